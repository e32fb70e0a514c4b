package io.lockstep.testkit.process;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.testkit.Await;
import java.io.IOException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProcessThreadsTest {
    private Process process;

    @BeforeEach
    void start() throws IOException {
        process = new ProcessBuilder("sleep", "120").start();
    }

    @AfterEach
    void end() {
        process.destroyForcibly().onExit().join();
    }

    @Test
    void shouldTellWhetherAProcessStandsStill() throws IOException {
        assertFalse(ProcessThreads.areStopped(process.pid()));

        signal("STOP");
        Await.await("it stands still", () -> ProcessThreads.areStopped(process.pid()));

        signal("CONT");
        Await.await("it goes on", () -> !ProcessThreads.areStopped(process.pid()));
    }

    @Test
    void shouldHaveNothingToWaitForWhenTheProcessIsGone() {
        end();

        assertTrue(ProcessThreads.areStopped(process.pid()));
    }

    private void signal(final String name) throws IOException {
        new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                .start()
                .onExit()
                .join();
    }
}
