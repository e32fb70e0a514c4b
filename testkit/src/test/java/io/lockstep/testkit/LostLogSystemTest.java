package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes that come back without the end of their log, or without any: they must not vote before they have it again. */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class LostLogSystemTest {
    private static final int HITS = Integer.getInteger("lockstep.kills", 1);
    private static final int BASE_PORT = 28_500;
    private static final int RATE = 1_000;
    private static final int PAYLOAD_LENGTH = 1_000;
    private static final int PAGE_LENGTH = 4_096;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);

    @Test
    void shouldKeepWhatWasAcknowledgedWhenAnEmptiedNodeCouldElectALaggingOne() throws IOException {
        final Path dir = Files.createTempDirectory("lockstep-lost-");
        final ClusterConfig config = LocalLayout.config(dir, BASE_PORT, 3, 1, 0, Profile.SMALL, Durability.REPLICATED);
        try (ProcessCluster cluster = ProcessCluster.start(config, true, READY_NS)) {
            final int leader = cluster.awaitLeader(0, READY_NS);
            final int lagging = (leader + 1) % 3;
            final int emptied = (leader + 2) % 3;
            try (Exchange exchange = new Exchange(cluster.nodes(), "lost", 4, RATE, 0, 1, 2).start()) {
                exchange.awaitAccepted(500);
                cluster.killNode(lagging);
                // Acknowledged by the leader and the node whose disk goes next.
                exchange.awaitAccepted(1_000);
                cluster.killNode(leader);
                cluster.killNode(emptied);
                IoUtil.delete(config.nodeDir(emptied).toFile(), false);

                cluster.startNode(lagging);
                cluster.startNode(emptied);
                Await.await("the emptied node waits, and nobody leads without it", () -> {
                    final JsonNode status = cluster.status(emptied);
                    assertEquals(-1, cluster.leader(0), "a node leads that lacks acknowledged messages");
                    return status != null
                            && status.path("waitsFor").asText().contains("node " + leader + " does not answer")
                            && cluster.status(lagging) != null;
                });
                final long accepted = exchange.acceptedCount();
                cluster.startNode(leader);
                cluster.awaitReady(READY_NS);

                exchange.awaitAccepted(500);
                assertTrue(exchange.stopAndVerify() >= accepted + 500, exchange::toString);
            }
            StoredJournals.assertSame(cluster);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldFetchTheLogWhenOneNodeAfterTheOtherIsEmptied(final int shardCount) {
        try (LocalCluster cluster =
                        LocalCluster.on(BASE_PORT).shards(shardCount).start();
                Exchange exchange = new Exchange(cluster.nodesText(), "rotate", 8, RATE, 0, 1, 2).start()) {
            // Several terms, one of them closed before the snapshot and one after.
            exchange.awaitAccepted(300);
            restartLeader(cluster, exchange);
            for (int shard = 0; shard < shardCount; shard++) {
                cluster.takeSnapshot(shard);
            }
            restartLeader(cluster, exchange);

            for (int node = 0; node < 3; node++) {
                cluster.abandonNode(node);
                cluster.deleteNode(node);
                exchange.awaitAccepted(300);
                cluster.startNode(node);
                assertTrue(
                        cluster.watcher(node).lines().stream().anyMatch(line -> line.contains("fetched the log up to")),
                        cluster::log);
                exchange.awaitAccepted(300);
            }
            // Each node has only a fetched log by now; whoever leads next does so with it.
            restartLeader(cluster, exchange);

            exchange.stopAndVerify();
            StoredJournals.assertSame(cluster);
        }
    }

    @Test
    void shouldFetchTheLogWhenTheMachineLostPower() throws IOException {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).start();
                Exchange exchange = new Exchange(cluster.nodesText(), "power", 4, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(1_000);
            final int follower = (cluster.awaitLeader(0) + 1) % 3;
            cluster.abandonNode(follower);
            final Path nodeDir = cluster.config().nodeDir(follower);
            // What a power cut leaves: another boot, and pages of the log that never reached the disk.
            Files.writeString(nodeDir.resolve("last-run"), "running another-boot");
            zeroFrom(newestSegment(nodeDir.resolve("raft-archive")), 20_000);

            exchange.awaitAccepted(300);
            cluster.startNode(follower);
            exchange.awaitAccepted(300);

            assertTrue(
                    cluster.watcher(follower).lines().stream().anyMatch(line -> line.contains("fetched the log up to")),
                    cluster::log);
            assertTrue(Files.readString(nodeDir.resolve("last-run")).startsWith("running "), "the mark is renewed");
            exchange.stopAndVerify();
            StoredJournals.assertSame(cluster);
        }
    }

    @Test
    void shouldKeepTheLastMessageWhenAllAreKilledAndItLiesAcrossAPage() throws IOException {
        final Path dir = Files.createTempDirectory("lockstep-page-");
        final ClusterConfig config = LocalLayout.config(dir, BASE_PORT, 3, 1, 0, Profile.SMALL, Durability.REPLICATED);
        try (ProcessCluster cluster = ProcessCluster.start(config, true, READY_NS)) {
            cluster.awaitLeader(0, READY_NS);
            long acknowledged = 0;
            int hits = 0;
            for (int round = 0; round < 8 * HITS && hits < HITS; round++) {
                try (LockstepClient client = LockstepClient.connect(cluster.nodes())) {
                    acknowledged += publishUntilTheLastFrameLiesAcrossAPage(cluster, client);
                    // While the client is connected: its leaving would be one more entry in the log.
                    for (int node = 0; node < 3; node++) {
                        cluster.killNode(node);
                    }
                }
                // A timer of the shard may have added an entry since, so the files decide whether this round counts.
                int nodesAcross = 0;
                for (int node = 0; node < 3; node++) {
                    nodesAcross +=
                            isAcrossAPage(newestSegment(config.nodeDir(node).resolve("raft-archive"))) ? 1 : 0;
                }
                hits += nodesAcross == 3 ? 1 : 0;
                cluster.startAll();
                cluster.awaitReady(READY_NS);
                assertEquals(
                        acknowledged,
                        shard(cluster, cluster.awaitLeader(0, READY_NS))
                                .path("messageCount")
                                .asLong());
            }
            assertEquals(HITS, hits, "rounds in which the last frame of every node lay across a page");
            StoredJournals.assertSame(cluster);
        }
    }

    /** Publishes one message after the other; returns how many were accepted. */
    private static long publishUntilTheLastFrameLiesAcrossAPage(
            final ProcessCluster cluster, final LockstepClient client) {
        final AtomicLong accepted = new AtomicLong();
        final Publisher publisher = client.addPublisher(new PublisherConfig(), new PublishListener() {
            @Override
            public void onAccepted(final long messageId, final int shardId, final long position) {
                accepted.incrementAndGet();
            }

            @Override
            public void onRefused(final long messageId, final ResultCode code, final long detail) {
                throw new AssertionError("message " + messageId + " was refused: " + code);
            }

            @Override
            public void onUnknown(final long messageId, final String reason) {
                throw new AssertionError("message " + messageId + " has no outcome: " + reason);
            }
        });
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_LENGTH]);
        Await.await("the first message is accepted", () -> publishOne(publisher, payload, accepted));
        long end = awaitCommitPosition(cluster, 0);
        for (int tries = 0; tries < 200; tries++) {
            final long begin = end;
            Await.await("a message is accepted", () -> publishOne(publisher, payload, accepted));
            end = awaitCommitPosition(cluster, begin);
            if (begin / PAGE_LENGTH != (end - 1) / PAGE_LENGTH) {
                return accepted.get();
            }
        }
        throw new AssertionError("no message of 200 lay across a page");
    }

    private static boolean publishOne(
            final Publisher publisher, final UnsafeBuffer payload, final AtomicLong accepted) {
        final long before = accepted.get();
        if (publisher.offer("page/a", payload, 0, PAYLOAD_LENGTH) < 0) {
            return false;
        }
        publisher.drain(READY_NS);
        return accepted.get() > before;
    }

    private static long awaitCommitPosition(final ProcessCluster cluster, final long greaterThan) {
        return Await.awaitValue("the same commit position on all nodes", () -> {
            final long position = shard(cluster, 0).path("commitPosition").asLong();
            return position > greaterThan
                            && position
                                    == shard(cluster, 1).path("commitPosition").asLong()
                            && position
                                    == shard(cluster, 2).path("commitPosition").asLong()
                    ? position
                    : null;
        });
    }

    private static boolean isAcrossAPage(final Path segment) throws IOException {
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.READ)) {
            final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            long begin = 0;
            long end = 0;
            while (channel.read(length.clear(), end) == Integer.BYTES && length.getInt(0) > 0) {
                begin = end;
                end += (length.getInt(0) + 31L) & -32L;
            }
            return begin / PAGE_LENGTH != (end - 1) / PAGE_LENGTH;
        }
    }

    private static JsonNode shard(final ProcessCluster cluster, final int nodeId) {
        final JsonNode status = cluster.status(nodeId);
        return status == null
                ? MissingNode.getInstance()
                : status.path("shards").path(0);
    }

    private static void restartLeader(final LocalCluster cluster, final Exchange exchange) {
        final int leader = cluster.awaitLeader(0);
        cluster.abandonNode(leader);
        exchange.awaitAccepted(300);
        cluster.startNode(leader);
        exchange.awaitAccepted(100);
    }

    private static Path newestSegment(final Path archiveDir) throws IOException {
        try (Stream<Path> files = Files.list(archiveDir)) {
            return files.filter(file -> file.toString().endsWith(".rec"))
                    .max(Comparator.comparing(file -> file.toFile().lastModified()))
                    .orElseThrow();
        }
    }

    private static void zeroFrom(final Path segment, final long offset) throws IOException {
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            final ByteBuffer zeros = ByteBuffer.allocate(64 * 1024);
            for (long position = offset & -32L; position < offset + (2 << 20); ) {
                position += channel.write(zeros.clear(), position);
            }
        }
    }
}
