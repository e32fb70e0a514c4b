package io.lockstep.testkit.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.Await;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(240)
class ProcessClusterSystemTest {
    private static final int FIRST_BASE_PORT = 27_000;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    @TempDir
    private Path folder;

    @Test
    void shouldLeadOnAnotherNodeWhenTheLeaderIsStoppedOrFrozenAndComeBack() {
        final ClusterConfig config = config();
        final ProcessHandle first;
        try (ProcessCluster cluster = ProcessCluster.start(config, true, TIMEOUT_NS)) {
            final int stopped = cluster.leader(0);
            assertTrue(cluster.isNodeAlive(stopped));

            assertEquals(0, cluster.stopNode(stopped, TIMEOUT_NS));
            final int next = cluster.awaitLeader(0, TIMEOUT_NS);
            assertNotEquals(stopped, next);
            cluster.startNode(stopped);
            cluster.awaitReady(TIMEOUT_NS);
            assertThrows(IllegalStateException.class, () -> cluster.startNode(stopped));

            cluster.freezeNode(next, true);
            Await.await("a leader beside the frozen node", () -> {
                final int leader = cluster.leader(0);
                return leader >= 0 && leader != next;
            });
            first = ProcessHandle.of(cluster.nodePid(next)).orElseThrow();
        }
        assertFalse(first.isAlive(), "a frozen node ends with the cluster too");
        assertFalse(Files.exists(config.baseDir()));
        assertFalse(Files.exists(config.markDir()));
    }

    @Test
    void shouldSayWhyWhenANodeCannotStart() throws Exception {
        final ClusterConfig config = config();
        try (ServerSocket taken = new ServerSocket()) {
            taken.bind(new InetSocketAddress("localhost", config.node(1).httpPort()));

            final IllegalStateException failure =
                    assertThrows(IllegalStateException.class, () -> ProcessCluster.start(config, true, TIMEOUT_NS));

            assertTrue(failure.getMessage().startsWith("node-1 ended with status 1"), failure.getMessage());
            assertTrue(failure.getMessage().contains(Integer.toString(taken.getLocalPort())), failure.getMessage());
        }
        assertFalse(Files.exists(config.baseDir()));
    }

    private ClusterConfig config() {
        final int basePort = LocalLayout.freeBasePort(FIRST_BASE_PORT, 3, 1, 0);
        return LocalLayout.config(folder.resolve("cluster"), basePort, 3, 1, 0, Profile.SMALL, Durability.REPLICATED);
    }
}
