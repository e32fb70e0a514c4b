package io.lockstep.testkit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PidFileTest {
    @TempDir
    private Path folder;

    @Test
    void shouldFindTheProcessWhenItStillRuns() {
        final PidFile file = new PidFile(folder.resolve("pids").resolve("me.pid"));

        file.write(ProcessHandle.current());

        assertEquals(ProcessHandle.current().pid(), file.process().orElseThrow().pid());
    }

    @Test
    void shouldFindNothingWhenTheIdWasGivenToAStranger() throws IOException {
        final Path path = folder.resolve("stranger.pid");
        Files.writeString(path, ProcessHandle.current().pid() + "\n2001-01-01T00:00:00Z\n");

        assertTrue(new PidFile(path).process().isEmpty());
    }

    @Test
    void shouldFindNothingWhenTheFileIsMissingOrTorn() throws IOException {
        final Path path = folder.resolve("torn.pid");

        assertTrue(new PidFile(path).process().isEmpty());
        Files.writeString(path, "12");
        assertTrue(new PidFile(path).process().isEmpty());
        Files.writeString(path, "x\ny\n");
        assertTrue(new PidFile(path).process().isEmpty());
    }
}
