package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.TimeUnit;
import org.agrona.IoUtil;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a cluster when the test that it belongs to is over. One node is enough for that. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class ClusterExtensionSystemTest {
    private static final int BASE_PORT = 27_300;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(60);

    private final ClusterExtension clusters = new ClusterExtension("planted but expected");

    @TempDir
    private Path folder;

    @Test
    void shouldLeaveNothingWhenTheTestPassed() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT).nodes(1));
        cluster.watcher(0).onError(new IllegalStateException("planted but expected"));

        clusters.finish(null);

        assertFalse(Files.exists(cluster.config().baseDir()));
    }

    @Test
    void shouldKeepDataCountersAndThreadsAndSayWhereWhenTheTestFailed() throws IOException {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT).nodes(1));
        final Path dir = cluster.config().baseDir();
        final AssertionError failure = new AssertionError("planted");

        clusters.finish(failure);

        try {
            assertTrue(failure.getSuppressed()[0].getMessage().contains(dir.toString()));
            final Path evidence = dir.resolve("evidence");
            assertTrue(Files.readString(evidence.resolve("threads.txt")).contains("io.lockstep.cluster."));
            final String counters = Files.readString(evidence.resolve("counters-0-" + BASE_PORT + ".txt"));
            assertTrue(counters.contains("Bytes sent"), counters);
            assertTrue(Files.readString(evidence.resolve("log.txt")).contains("node-0: "));
            assertTrue(Files.isDirectory(cluster.config().nodeDir(0)));
        } finally {
            IoUtil.delete(dir.toFile(), true);
        }
    }

    @Test
    void shouldFailAndKeepTheDataWhenANodeLoggedAnErrorThatNobodyExpected() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT).nodes(1));
        final Path dir = cluster.config().baseDir();
        cluster.watcher(0).onError(new IllegalStateException("planted"));

        final AssertionError failure = assertThrows(AssertionError.class, () -> clusters.finish(null));

        try {
            assertTrue(failure.getMessage().contains("planted"), failure.getMessage());
            assertTrue(Files.isDirectory(cluster.config().nodeDir(0)));
        } finally {
            IoUtil.delete(dir.toFile(), true);
        }
    }

    @Test
    void shouldFindErrorsInTheLogsAndKeepThreadsAndCountersWhenTheNodesAreProcesses() throws IOException {
        final ClusterConfig config =
                LocalLayout.config(folder.resolve("cluster"), BASE_PORT, 1, 1, 0, Profile.SMALL, Durability.REPLICATED);
        final ProcessCluster cluster = clusters.start(config, READY_NS);
        final Path log = cluster.folder().log("node-0");
        Files.writeString(log, """
                2026-01-01T00:00:00Z ERROR io.aeron.cluster.client.ClusterEvent: WARN - no matter
                2026-01-01T00:00:00Z ERROR java.lang.IllegalStateException: planted but expected
                2026-01-01T00:00:00Z ERROR java.lang.IllegalStateException: planted
                """, StandardOpenOption.APPEND);

        final AssertionError failure = assertThrows(AssertionError.class, () -> clusters.finish(null));

        assertEquals(
                "errors that nobody expected: [node-0: 2026-01-01T00:00:00Z ERROR java.lang.IllegalStateException:"
                        + " planted]",
                failure.getMessage());
        assertTrue(Files.readString(log).contains("Full thread dump"), "the process wrote its threads");
        assertTrue(Files.exists(config.baseDir().resolve("evidence").resolve("counters-0-" + BASE_PORT + ".txt")));
    }
}
