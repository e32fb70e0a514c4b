package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Aeron;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ArchiveException;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.EngineSetting;
import io.lockstep.config.NodeEndpoint;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three real nodes in this JVM: order, restart, recovery of journals, hand-over. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ClusterSystemTest {
    private static final int BASE_PORT = 27_000;
    private static final int RATE = 1_000;
    // A client's connection that dies with a node, and a peer that is gone, are what these tests cause.
    @RegisterExtension
    private final ClusterExtension clusters = new ClusterExtension(ExpectedErrors.ofLostNodes());

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldDeliverEverythingInOrderFromEveryNodeWhenNothingFails(final int shardCount) {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT).shards(shardCount));
        try (Exchange exchange = new Exchange(cluster.nodesText(), "plain", 8, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(3_000);

            final long delivered = exchange.stopAndVerify();

            assertTrue(delivered >= 3_000, exchange::toString);
            StoredJournals.assertSame(cluster);
        }
    }

    @Test
    void shouldGoOnWithoutLossWhenTheLeaderIsStoppedAndComesBack() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        try (Exchange exchange = new Exchange(cluster.nodesText(), "stop", 4, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(1_000);
            final int leader = cluster.awaitLeader(0);

            cluster.stopNode(leader);
            exchange.awaitAccepted(1_000);
            cluster.startNode(leader);
            exchange.awaitAccepted(1_000);

            exchange.stopAndVerify();
            StoredJournals.assertSame(cluster);
        }
    }

    @Test
    void shouldKeepEverythingWhenAllNodesAreStoppedAndRestartedAfterASnapshot() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).start()) {
            final long before;
            try (Exchange exchange = new Exchange(cluster.nodesText(), "before", 4, RATE, 0, 1).start()) {
                exchange.awaitAccepted(1_000);
                cluster.takeSnapshot(0);
                exchange.awaitAccepted(500);
                exchange.stopAndVerify();
                before = cluster.shardStatus(cluster.awaitLeader(0), 0).messageCount();
            }
            for (int node = 0; node < 3; node++) {
                cluster.stopNode(node);
            }

            cluster.start();

            try (Exchange exchange = new Exchange(cluster.nodesText(), "after", 4, RATE, 0, 1, 2).start()) {
                exchange.awaitAccepted(500);
                exchange.stopAndVerify();
            }
            StoredJournals.assertSame(cluster);
            assertTrue(cluster.shardStatus(0, 0).messageCount() >= before + 500, cluster::log);
        }
    }

    @Test
    void shouldFetchTheJournalFromAPeerWhenItWasDeleted() {
        final LocalCluster cluster = clusters.start(LocalCluster.on(BASE_PORT));
        try (Exchange exchange = new Exchange(cluster.nodesText(), "deleted", 4, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(1_000);
            cluster.takeSnapshot(0);
            exchange.awaitAccepted(500);
            final int follower = (cluster.awaitLeader(0) + 1) % 3;

            cluster.stopNode(follower);
            cluster.deleteJournal(follower);
            exchange.awaitAccepted(500);
            cluster.startNode(follower);
            exchange.awaitAccepted(500);

            exchange.stopAndVerify();
            StoredJournals.assertSame(cluster);
            assertTrue(
                    cluster.watcher(follower).lines().stream().anyMatch(line -> line.contains("copied")), cluster::log);
        }
    }

    @Test
    void shouldKeepThreeNodesIdenticalWhenTheirFilesDiffer() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).build()) {
            cluster.start(node -> withOtherSettings(cluster.config(), node), UnaryOperator.identity());

            try (Exchange exchange = new Exchange(cluster.nodesText(), "differ", 4, RATE, 0, 1, 2).start()) {
                exchange.awaitAccepted(1_000);
                exchange.stopAndVerify();
            }

            StoredJournals.assertSame(cluster);
            assertTrue(cluster.shardStatus(0, 0).checkpointPosition() >= 0, "a checkpoint was written");
        }
    }

    @Test
    void shouldDeleteOldSegmentsAndStillRestartWhenRetentionIsLimited() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT)
                .setting(EngineSetting.RETENTION_BYTES, 8 << 20)
                .start()) {
            final int[] readerNodes = {0, 1};
            try (Exchange exchange =
                    new Exchange(cluster.nodesText(), "retained", 4, 4 * RATE, 20_000, readerNodes).start()) {
                Await.await(
                        "the journal begins above its first segment",
                        120,
                        () -> cluster.shardStatus(0, 0).firstReadablePosition()
                                >= cluster.config().segmentLength(),
                        exchange::toString);
                exchange.stopAndVerify();
            }
            Await.await("every node deleted its first segment", () -> firstSegmentsAreGone(cluster));
            for (int node = 0; node < 3; node++) {
                cluster.stopNode(node);
            }

            cluster.start();

            try (Exchange exchange = new Exchange(cluster.nodesText(), "later", 4, RATE).start()) {
                exchange.awaitAccepted(500);
            }
            StoredJournals.assertSame(cluster);
        }
    }

    @Test
    void shouldDeleteOldSegmentsWhenTheirRecordsAreTooOld() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT)
                .setting(EngineSetting.RETENTION_AGE, TimeUnit.SECONDS.toNanos(5))
                .start()) {
            try (Exchange exchange = new Exchange(cluster.nodesText(), "aged", 4, 4 * RATE, 20_000, 0, 1).start()) {
                Await.await(
                        "more than two segments",
                        () -> cluster.shardStatus(0, 0).journalPosition()
                                > 2L * cluster.config().segmentLength());
                exchange.stopAndVerify();
            }

            // Nothing is written any more, and yet what is there grows old.
            Await.await("every node deleted its first segment", () -> firstSegmentsAreGone(cluster));
            StoredJournals.assertSame(cluster);
        }
    }

    @Test
    void shouldHandOverWhenTheServiceOfTheLeaderIsWedged() {
        final WedgeSwitch wedge = new WedgeSwitch();
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).build()) {
            cluster.start(node -> cluster.config(), wedge::wrap);
            final int leader = cluster.awaitLeader(0);
            try (Exchange exchange = new Exchange(cluster.nodesText(), "wedge", 4, RATE, (leader + 1) % 3).start()) {
                exchange.awaitAccepted(500);

                wedge.hang(leader);
                Await.await(
                        "the watchdog gives the node up",
                        () -> !cluster.watcher(leader).failures().isEmpty());
                exchange.awaitAccepted(500);

                wedge.release();
                exchange.stopAndVerify();
                assertTrue(cluster.watcher(leader).failures().get(0).contains("has not moved"), cluster::log);
                assertFalse(cluster.awaitLeader(0) == leader, "another node leads");
            }
        } finally {
            wedge.release();
        }
    }

    @Test
    void shouldStopANodeWhenItsServiceThrows() {
        final WedgeSwitch wedge = new WedgeSwitch();
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).build()) {
            cluster.start(node -> cluster.config(), wedge::wrap);
            final int leader = cluster.awaitLeader(0);
            try (Exchange exchange = new Exchange(cluster.nodesText(), "throw", 4, RATE, (leader + 1) % 3).start()) {
                exchange.awaitAccepted(500);

                wedge.damageJournal(leader);
                Await.await(
                        "the watchdog gives the node up",
                        () -> !cluster.watcher(leader).failures().isEmpty());
                exchange.awaitAccepted(500);

                exchange.stopAndVerify();
            }
        }
    }

    @Test
    void shouldLetNobodyReadTheRaftLogWhoDoesNotKnowTheSecret() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).start();
                MediaDriver driver = MediaDriver.launchEmbedded(new MediaDriver.Context()
                        .threadingMode(ThreadingMode.SHARED)
                        .sharedIdleStrategy(SharedCoreIdling.newIdleStrategy())
                        .dirDeleteOnShutdown(true));
                Aeron aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(driver.aeronDirectoryName()))) {
            final NodeEndpoint node = cluster.config().node(0);

            final ArchiveException refusal = assertThrows(
                    ArchiveException.class, () -> connectArchive(aeron, node.endpoint(node.raftArchivePort()), 10));
            try (AeronArchive journal = connectArchive(aeron, node.endpoint(node.journalArchivePort()), 11)) {
                assertEquals(2_000, journal.archiveId());
            }

            assertEquals(ArchiveException.AUTHENTICATION_REJECTED, refusal.errorCode());
        }
    }

    private static AeronArchive connectArchive(final Aeron aeron, final String endpoint, final int streamId) {
        return AeronArchive.connect(new AeronArchive.Context()
                .aeron(aeron)
                .controlRequestChannel("aeron:udp?endpoint=" + endpoint)
                .controlRequestStreamId(streamId)
                .controlResponseChannel("aeron:udp?endpoint=localhost:0"));
    }

    private static boolean firstSegmentsAreGone(final LocalCluster cluster) {
        for (int node = 0; node < 3; node++) {
            if (java.nio.file.Files.exists(cluster.journalDir(node).resolve("0-0.rec"))) {
                return false;
            }
        }
        return true;
    }

    private static ClusterConfig withOtherSettings(final ClusterConfig config, final int node) {
        final Map<EngineSetting, Long> settings = new EnumMap<>(config.engineSettings());
        settings.put(EngineSetting.CHECKPOINT_MESSAGES, 64L + 32L * node);
        settings.put(EngineSetting.MAX_TOPICS, 100L + node);
        settings.put(EngineSetting.MAX_PAYLOAD_LENGTH, 1_000L + node);
        return new ClusterConfig(
                config.name(),
                config.shardCount(),
                config.nodes(),
                config.profile(),
                config.durability(),
                config.secret(),
                config.baseDir(),
                config.markDir(),
                config.segmentLength(),
                config.lowSpaceBytes() + node,
                settings,
                config.gateways());
    }
}
