package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Three real processes, killed with SIGKILL while a publisher and readers work through it. */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class KillChaosTest {
    private static final int BASE_PORT = 28_000;
    private static final int RATE = 1_000;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);

    private Path dir;
    private ProcessCluster cluster;

    @BeforeEach
    void startCluster() throws IOException {
        dir = Files.createTempDirectory("lockstep-kill-");
        final ClusterConfig config = LocalLayout.config(dir, BASE_PORT, 3, 1, 0, Profile.SMALL, Durability.REPLICATED);
        cluster = ProcessCluster.start(config, true, READY_NS);
        cluster.awaitLeader(0, READY_NS);
    }

    @AfterEach
    void stopCluster() {
        cluster.close();
        IoUtil.delete(dir.toFile(), true);
    }

    @Test
    void shouldLoseNothingWhenTheLeaderIsKilledAgainAndAgain() {
        try (Exchange exchange = new Exchange(cluster.nodes(), "leader", 8, RATE, 0, 1, 2).start()) {
            for (int kill = 0; kill < 3; kill++) {
                exchange.awaitAccepted(1_000);
                final int leader = cluster.awaitLeader(0, READY_NS);

                cluster.killNode(leader);
                exchange.awaitAccepted(500);
                cluster.startNode(leader);
                cluster.awaitReady(READY_NS);
            }
            exchange.stopAndVerify();
        }
        assertSameJournals();
    }

    @Test
    void shouldNotPauseWhenAFollowerIsKilled() {
        try (Exchange exchange = new Exchange(cluster.nodes(), "follower", 8, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(1_000);
            final int follower = (cluster.awaitLeader(0, READY_NS) + 1) % 3;

            cluster.killNode(follower);
            exchange.awaitAccepted(2_000);
            cluster.startNode(follower);
            cluster.awaitReady(READY_NS);
            exchange.awaitAccepted(1_000);

            exchange.stopAndVerify();
        }
        assertSameJournals();
    }

    @Test
    void shouldKeepWhatWasAcknowledgedWhenAllAreKilledAtOnce() {
        try (Exchange exchange = new Exchange(cluster.nodes(), "all", 8, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(2_000);

            for (int node = 0; node < 3; node++) {
                cluster.killNode(node);
            }
            cluster.startAll();
            cluster.awaitReady(READY_NS);
            exchange.awaitAccepted(1_000);

            exchange.stopAndVerify();
        }
        assertSameJournals();
    }

    @Test
    void shouldRepairTheJournalWhenItsTailWasTornByAKill() throws IOException {
        try (Exchange exchange = new Exchange(cluster.nodes(), "torn", 8, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(2_000);
            final int follower = (cluster.awaitLeader(0, READY_NS) + 1) % 3;

            cluster.killNode(follower);
            final long journalEnd = cluster.status((follower + 1) % 3)
                    .path("shards")
                    .path(0)
                    .path("journalPosition")
                    .asLong();
            damageLastSegment(follower, journalEnd / 2);
            exchange.awaitAccepted(500);
            cluster.startNode(follower);
            cluster.awaitReady(READY_NS);
            exchange.awaitAccepted(500);

            exchange.stopAndVerify();
        }
        assertSameJournals();
    }

    // Zeroes what follows an offset, as a machine does that lost pages, in the journal's newest segment file.
    private void damageLastSegment(final int nodeId, final long offset) throws IOException {
        final Path journalDir = cluster.config().nodeDir(nodeId).resolve("journal-archive");
        final Path segment;
        try (Stream<Path> files = Files.list(journalDir)) {
            segment = files.filter(file -> file.toString().endsWith(".rec"))
                    .max(Comparator.comparing(Path::getFileName))
                    .orElseThrow();
        }
        try (FileChannel channel = FileChannel.open(segment, StandardOpenOption.WRITE)) {
            final long size = channel.size();
            assertTrue(offset < size, "the damage lies inside the segment");
            final long aligned = offset & -32L;
            final ByteBuffer zeros = ByteBuffer.allocate(64 * 1024);
            for (long position = aligned; position < Math.min(size, aligned + (4 << 20)); ) {
                zeros.clear().limit((int) Math.min(zeros.capacity(), size - position));
                position += channel.write(zeros, position);
            }
        }
    }

    private void assertSameJournals() {
        Await.await("equal journals on all nodes", () -> {
            final JsonNode first = shard(0);
            return first != null
                    && isSame(first, shard(1))
                    && isSame(first, shard(2))
                    && first.path("journalPosition").asLong() > 0;
        });
        assertEquals(shard(0).path("rollingHash"), shard(1).path("rollingHash"));
    }

    private JsonNode shard(final int nodeId) {
        final JsonNode status = cluster.status(nodeId);
        return status == null ? null : status.path("shards").path(0);
    }

    private static boolean isSame(final JsonNode one, final JsonNode other) {
        return other != null
                && one.path("journalPosition").equals(other.path("journalPosition"))
                && one.path("rollingHash").equals(other.path("rollingHash"));
    }
}
