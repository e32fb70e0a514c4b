package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishBatch;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.EngineSetting;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** One node of three is in trouble that the others must not feel: a follower hangs, a disk gets full. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class NodeTroubleSystemTest {
    private static final int BASE_PORT = 27_500;
    private static final int RATE = 1_000;
    private static final long LOW_SPACE_BYTES = 128L << 20;
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(30);

    @TempDir
    private Path dir;

    @Test
    void shouldGiveAFollowerUpWhenItsServiceIsWedged() {
        final WedgeSwitch wedge = new WedgeSwitch();
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).build()) {
            cluster.start(node -> cluster.config(), wedge::wrap);
            final int leader = cluster.awaitLeader(0);
            final int follower = (leader + 1) % 3;
            try (Exchange exchange = new Exchange(cluster.nodesText(), "wedge", 4, RATE, leader).start()) {
                exchange.awaitAccepted(500);

                wedge.hang(follower);
                Await.await(
                        "the watchdog gives the follower up",
                        () -> !cluster.watcher(follower).failures().isEmpty());
                exchange.awaitAccepted(500);

                wedge.release();
                exchange.stopAndVerify();
            }
            assertTrue(cluster.watcher(follower).failures().get(0).contains("has not moved"), cluster::log);
            assertEquals(leader, cluster.awaitLeader(0), "the leader has nothing to do with it");
        } finally {
            wedge.release();
        }
    }

    @Test
    void shouldTurnReadOnlyWhenADiskIsNearlyFullAndWritableWhenSpaceReturns() throws Exception {
        final Path disk = Files.createDirectory(dir.resolve("disk"));
        assumeTrue(
                run("mount", "-t", "tmpfs", "-o", "size=500m", "tmpfs", disk.toString()) == 0,
                "only root can make a small disk");
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).build()) {
            cluster.start(
                    node -> node == 1 ? onDisk(cluster.config(), disk) : cluster.config(), UnaryOperator.identity());
            try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
                final Outcomes outcomes = new Outcomes();
                final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
                publish(publisher, 1);
                assertEquals(1, outcomes.accepted.get());

                final Path filler = fill(disk);
                awaitReadOnly(cluster, true);
                publish(publisher, 1);
                assertEquals(ResultCode.READ_ONLY, outcomes.refusal.get());
                assertEquals(1, outcomes.accepted.get());

                Files.delete(filler);
                awaitReadOnly(cluster, false);
                publish(publisher, 10);
                assertEquals(11, outcomes.accepted.get());
            }
            cluster.awaitJournals(0, 1);
            assertEquals(
                    cluster.shardStatus(0, 0).rollingHash(),
                    cluster.shardStatus(1, 0).rollingHash());
        } finally {
            run("umount", disk.toString());
        }
    }

    @Test
    void shouldKeepItsLeaderWhenTheGreatestBatchIsRefused() {
        final int entries = (int) EngineSetting.MAX_BATCH_LENGTH.highest();
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT)
                        .setting(EngineSetting.MAX_BATCH_LENGTH, entries)
                        .start();
                LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
            final int leader = cluster.awaitLeader(0);
            final Outcomes outcomes = new Outcomes();
            final Publisher publisher = client.addPublisher(
                    new PublisherConfig().window(2 * entries).bufferLength(8 << 20), outcomes);
            final UnsafeBuffer payload = new UnsafeBuffer(new byte[1]);
            final PublishBatch batch = new PublishBatch().add("a", 77, null, 0, 0, payload, 0, 1);
            while (batch.size() < entries) {
                batch.add("a", payload, 0, 1);
            }

            Await.await("the publisher takes the batch", () -> publisher.offerBatch(batch) > 0);
            assertTrue(publisher.drain(DRAIN_NS), "every message has an outcome");

            assertEquals(entries, outcomes.refused.get());
            publish(publisher, 1);
            assertEquals(1, outcomes.accepted.get());
            assertEquals(leader, cluster.awaitLeader(0));
            assertEquals(List.of(), cluster.unexpectedErrors(), cluster::log);
        }
    }

    private static void publish(final Publisher publisher, final int count) {
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[100]);
        for (int i = 0; i < count; i++) {
            Await.await("the publisher takes a message", () -> publisher.offer("disk/a", payload, 0, 100) > 0);
        }
        assertTrue(publisher.drain(DRAIN_NS), "every message has an outcome");
    }

    private static void awaitReadOnly(final LocalCluster cluster, final boolean isReadOnly) {
        Await.await("every node's shard is " + (isReadOnly ? "read-only" : "writable"), () -> {
            for (int node = 0; node < 3; node++) {
                if (cluster.shardStatus(node, 0).isReadOnly() != isReadOnly) {
                    return false;
                }
            }
            return true;
        });
    }

    private static Path fill(final Path disk) throws IOException {
        final Path filler = disk.resolve("filler");
        final byte[] block = new byte[1 << 20];
        try (OutputStream output = Files.newOutputStream(filler)) {
            while (Files.getFileStore(disk).getUsableSpace() > LOW_SPACE_BYTES - (20 << 20)) {
                output.write(block);
                output.flush();
            }
        }
        return filler;
    }

    private static ClusterConfig onDisk(final ClusterConfig config, final Path disk) {
        return new ClusterConfig(
                config.name(),
                config.shardCount(),
                config.nodes(),
                config.profile(),
                config.durability(),
                config.secret(),
                disk,
                config.markDir(),
                config.segmentLength(),
                LOW_SPACE_BYTES,
                config.engineSettings(),
                config.gateways());
    }

    private static int run(final String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start()
                .waitFor();
    }

    private static final class Outcomes implements PublishListener {
        private final AtomicLong accepted = new AtomicLong();
        private final AtomicLong refused = new AtomicLong();
        private final AtomicReference<ResultCode> refusal = new AtomicReference<>();

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            accepted.incrementAndGet();
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            refused.incrementAndGet();
            refusal.set(code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            throw new AssertionError("message " + messageId + " has no outcome: " + reason);
        }
    }
}
