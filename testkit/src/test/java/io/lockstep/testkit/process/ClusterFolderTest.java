package io.lockstep.testkit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterFolderTest {
    private static final int BASE_PORT = 24_900;
    private static final long TIMEOUT_NS = 1;

    @TempDir
    private Path folder;

    @AfterEach
    void deleteMarks() {
        ClusterFolder.deleteTree(config("any").markDir());
    }

    @Test
    void shouldLeaveTheMarksOfAnotherClusterWhenAFolderIsStoppedWhoseClusterCrashed() throws IOException {
        // given
        final ClusterFolder crashed = begin("crashed");
        final ClusterFolder running = begin("running");
        final Path driver = Files.createDirectory(config("running").markDir().resolve("driver"));

        // when
        final int count = crashed.stop(TIMEOUT_NS);

        // then
        assertEquals(0, count);
        assertTrue(Files.exists(driver));
        running.stop(TIMEOUT_NS);
        assertFalse(Files.exists(config("running").markDir()));
    }

    @Test
    void shouldDeleteItsMarksWhenAFolderIsStoppedWhoseClusterCrashed() throws IOException {
        // given
        final ClusterFolder crashed = begin("crashed");
        Files.createDirectory(config("crashed").markDir().resolve("driver"));

        // when
        crashed.stop(TIMEOUT_NS);

        // then
        assertFalse(Files.exists(config("crashed").markDir()));
    }

    @Test
    void shouldLeaveTheMarksToTheirOwnerWhenItRunsAndAnotherFolderBegins() throws IOException {
        // given
        final ClusterFolder running = begin("running");
        running.pidFile("node-0").write(ProcessHandle.current());

        // when
        begin("other").stop(TIMEOUT_NS);

        // then
        assertTrue(Files.exists(config("running").markDir()));
    }

    private ClusterFolder begin(final String name) {
        final ClusterConfig config = config(name);
        final ClusterFolder begun = new ClusterFolder(config.baseDir());
        begun.write(config);
        begun.claimMarks(config);
        return begun;
    }

    private ClusterConfig config(final String name) {
        return LocalLayout.config(folder.resolve(name), BASE_PORT, 3, 1, 0, Profile.SMALL, Durability.REPLICATED);
    }
}
