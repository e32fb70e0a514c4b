package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProgressTest {
    private static final String PROPERTY = "lockstep.terminal";

    private final StringWriter err = new StringWriter();
    private String before;

    @BeforeEach
    void keepProperty() {
        before = System.getProperty(PROPERTY);
    }

    @AfterEach
    void restoreProperty() {
        if (before == null) {
            System.clearProperty(PROPERTY);
        } else {
            System.setProperty(PROPERTY, before);
        }
    }

    @Test
    void shouldShowAndClearOneLineWhenTheLauncherSawATerminal() {
        // given
        System.setProperty(PROPERTY, "true");
        final Progress progress = Progress.ofTerminal(new PrintWriter(err));

        // when
        progress.show(3, 5);
        final String shown = err.toString();
        progress.end();

        // then
        assertEquals("\r3 acknowledged, 2 under way ", shown);
        assertEquals('\r' + " ".repeat(60) + '\r', err.toString().substring(shown.length()));
    }

    @Test
    void shouldSayNothingWhenStandardErrorIsNoTerminal() {
        // given
        System.clearProperty(PROPERTY);
        final Progress progress = Progress.ofTerminal(new PrintWriter(err));

        // when
        progress.show(3, 5);
        progress.end();

        // then
        assertEquals("", err.toString());
    }
}
