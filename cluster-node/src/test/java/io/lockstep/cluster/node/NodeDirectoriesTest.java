package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.ClusterConfig;
import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeDirectoriesTest {
    @TempDir
    private Path dir;

    @Test
    void shouldRefuseTheSecondWhenAProcessHoldsTheLock() {
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900);
        try (NodeDirectories first = new NodeDirectories(config, 0);
                NodeDirectories second = new NodeDirectories(config, 0)) {
            first.acquire();

            final NodeStartException refusal = assertThrows(NodeStartException.class, second::acquire);

            assertTrue(refusal.getMessage().contains("another process runs this node"), refusal.getMessage());
        }
    }

    @Test
    void shouldClearWhatADeadProcessLeftWhenTheLockIsFree() throws IOException {
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900);
        final Path staleMark = config.nodeDir(0).resolve("raft-archive").resolve("archive-mark.dat");
        final Path data = config.nodeDir(0).resolve("raft-archive").resolve("0-0.rec");
        Files.createDirectories(staleMark.getParent());
        Files.createFile(staleMark);
        Files.createFile(data);
        final Path staleDriver = dir.resolve("lockstep-test-0-27900");
        Files.createDirectories(staleDriver);

        try (NodeDirectories directories = new NodeDirectories(config, 0)) {
            directories.acquire();

            assertFalse(Files.exists(staleMark));
            assertFalse(Files.exists(staleDriver));
            assertTrue(Files.exists(data), "data is never deleted");
        }
    }

    @Test
    void shouldNameThePortWhenItIsInUse() throws IOException {
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900);
        Files.createDirectories(config.nodeDir(0));
        try (DatagramSocket taken = new DatagramSocket(null)) {
            taken.bind(new InetSocketAddress(
                    InetAddress.getByName("localhost"), config.node(0).consensusPort(0)));

            final NodeStartException refusal =
                    assertThrows(NodeStartException.class, () -> PreFlight.check(config, 0, config.nodeDir(0)));

            assertTrue(
                    refusal.getMessage().contains("UDP port " + config.node(0).consensusPort(0)), refusal.getMessage());
        }
    }

    @Test
    void shouldRefuseToStartWhenTheDiskIsFull() throws IOException {
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900, Long.MAX_VALUE);
        Files.createDirectories(config.nodeDir(0));

        final NodeStartException refusal =
                assertThrows(NodeStartException.class, () -> PreFlight.check(config, 0, config.nodeDir(0)));

        assertTrue(refusal.getMessage().contains("free some space"), refusal.getMessage());
    }
}
