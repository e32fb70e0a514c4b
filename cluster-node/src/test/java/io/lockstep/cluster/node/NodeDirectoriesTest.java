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
    void shouldLeaveTheDriverOfARunningNodeAloneWhenAnotherDataDirectoryIsGiven() throws IOException {
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900);
        final ClusterConfig copy = TestConfigs.withBaseDir(config, dir.resolve("other"));
        final NodeDirectories second = new NodeDirectories(copy, 0);
        try (NodeDirectories first = new NodeDirectories(config, 0)) {
            first.acquire();
            first.clearStale();
            final Path driverFile = Files.createDirectories(first.aeronDir()).resolve("cnc.dat");
            Files.createFile(driverFile);

            final NodeStartException refusal = assertThrows(NodeStartException.class, second::acquire);
            assertThrows(IllegalStateException.class, second::clearStale);
            second.close();

            assertTrue(refusal.getMessage().contains("lockstep-test-0-27900.lock"), refusal.getMessage());
            assertTrue(Files.exists(driverFile), "it belongs to the first");
            assertTrue(Files.exists(first.marksDir("x")), "it belongs to the first");
        }

        second.acquire();
        second.close();
    }

    @Test
    void shouldDeleteNothingWhenItIsClosedWithoutHavingCleared() throws IOException {
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900);
        final Path driver = Files.createDirectories(dir.resolve("lockstep-test-0-27900"));
        final NodeDirectories directories = new NodeDirectories(config, 0);
        directories.acquire();

        directories.close();

        assertTrue(Files.exists(driver), "the ports may have been another's");
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
            assertTrue(Files.exists(staleDriver), "nothing is deleted before the ports are known to be free");

            directories.clearStale();

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
                    assertThrows(NodeStartException.class, () -> PreFlight.checkPlace(config, 0));

            assertTrue(
                    refusal.getMessage().contains("UDP port " + config.node(0).consensusPort(0)), refusal.getMessage());
        }
    }

    @Test
    void shouldRefuseToStartWhenTheDiskIsFull() throws IOException {
        final ClusterConfig config = TestConfigs.oneNode(dir, 27_900, Long.MAX_VALUE);
        Files.createDirectories(config.nodeDir(0));

        final NodeStartException refusal =
                assertThrows(NodeStartException.class, () -> PreFlight.checkRoom(config, config.nodeDir(0)));

        assertTrue(refusal.getMessage().contains("free some space"), refusal.getMessage());
    }
}
