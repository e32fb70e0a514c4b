package io.lockstep.testkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.journal.JournalException;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.compare.Comparison;
import io.lockstep.testkit.process.LocalLayout;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** What becomes of the evidence; no process is started. */
class DemoCommandTest {
    private static final int BASE_PORT = 24_300;
    private static final DemoReport GOOD = new DemoReport(
            List.of(new Comparison(10, 10, 0, 0, 0, 0, 0, List.of())),
            new JournalCheck(true, "identical"),
            1,
            new Histogram(3));

    @TempDir
    private Path parent;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void shouldDeleteTheFolderWhenEverythingIsGood() {
        assertEquals(0, finish(() -> GOOD));
        assertFalse(Files.exists(folder()));
    }

    @Test
    void shouldKeepTheFolderAndSayWhyWhenAJournalCannotBeRead() {
        final int status = finish(() -> {
            throw new JournalException("The journal of node 1 is torn.");
        });

        assertEquals(1, status);
        assertTrue(
                err.toString().contains("The journal of node 1 is torn.; data and logs stay in " + folder()),
                err.toString());
        assertTrue(Files.isDirectory(folder()));
    }

    @Test
    void shouldKeepTheFolderWhenTheDemoItselfIsBroken() {
        assertThrows(
                AssertionError.class,
                () -> finish(() -> {
                    throw new AssertionError("planted");
                }));

        assertTrue(Files.isDirectory(folder()));
    }

    private Path folder() {
        return parent.resolve("demo");
    }

    private int finish(final Supplier<DemoReport> run) {
        final DemoCommand command = new DemoCommand();
        new CommandLine(command).setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        final Progress progress = new Progress(new PrintWriter(err, true));
        try (Demo demo = new Demo(
                LocalLayout.config(folder(), BASE_PORT, 3, 1, 0, Profile.SMALL, Durability.REPLICATED),
                LineSource.sample(),
                1,
                progress)) {
            return command.finish(demo, run, progress, folder(), System.nanoTime());
        }
    }
}
