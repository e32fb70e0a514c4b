package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.node.Tuning;
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
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Three real processes, killed with SIGKILL while a publisher and readers work through it. */
@Timeout(value = 6, unit = TimeUnit.MINUTES)
class KillChaosTest {
    private static final int BASE_PORT = 28_000;
    private static final int RATE = 1_000;
    private static final int PAGE_LENGTH = 4_096;
    private static final int FRAME_HEADER_LENGTH = 32;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(120);
    private static final int KILLS = Integer.getInteger("lockstep.kills", 2);

    // A client's connection that dies with a node, and a peer that is gone, are what these tests cause.
    @RegisterExtension
    private final ClusterExtension clusters = new ClusterExtension(ExpectedErrors.ofLostNodes());

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldLoseNothingWhenTheLeaderIsKilledAgainAndAgain(final int shardCount) throws IOException {
        final ProcessCluster cluster = start(shardCount);
        try (Exchange exchange = new Exchange(cluster.nodes(), "leader", 8, RATE, 0, 1, 2).start()) {
            for (int kill = 0; kill < KILLS; kill++) {
                exchange.awaitAccepted(1_000);
                final int leader = cluster.awaitLeader(kill % shardCount, READY_NS);

                cluster.killNode(leader);
                exchange.awaitAccepted(500);
                cluster.startNode(leader);
                cluster.awaitReady(READY_NS);
            }
            exchange.stopAndVerify();
        }
        StoredJournals.assertSame(cluster);
    }

    @Test
    void shouldNotPauseWhenAFollowerIsKilled() throws IOException {
        final ProcessCluster cluster = start(1);
        try (Exchange exchange = new Exchange(cluster.nodes(), "follower", 8, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(1_000);
            final int leader = cluster.awaitLeader(0, READY_NS);
            final int follower = (leader + 1) % 3;
            final long term = term(cluster, leader);
            exchange.resetLongestAckGap();

            cluster.killNode(follower);
            exchange.awaitAccepted(2_000);
            cluster.startNode(follower);
            cluster.awaitReady(READY_NS);
            exchange.awaitAccepted(1_000);

            // Whoever waits for an election waits at least for the heartbeats that stay away.
            final long gapMs = TimeUnit.NANOSECONDS.toMillis(exchange.longestAckGapNs());
            final long limitMs =
                    TimeUnit.NANOSECONDS.toMillis(Tuning.of(Profile.SMALL).heartbeatTimeoutNs());
            System.out.println("longest time without an ack around the end of a follower: " + gapMs + " ms");
            assertTrue(gapMs < limitMs, () -> "no ack came for " + gapMs + " ms, of at most " + limitMs);
            assertEquals(leader, cluster.awaitLeader(0, READY_NS));
            assertEquals(term, term(cluster, leader));
            exchange.stopAndVerify();
        }
        StoredJournals.assertSame(cluster);
    }

    @Test
    void shouldKeepWhatWasAcknowledgedWhenAllAreKilledAtOnce() throws IOException {
        final ProcessCluster cluster = start(1);
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
        StoredJournals.assertSame(cluster);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void shouldRepairTheJournalWhenItsTailWasTornByAKill(final int shardCount) throws IOException {
        final ProcessCluster cluster = start(shardCount);
        try (Exchange exchange = new Exchange(cluster.nodes(), "torn", 8, RATE, 0, 1, 2).start()) {
            exchange.awaitAccepted(2_000);
            final int follower = (cluster.awaitLeader(0, READY_NS) + 1) % 3;

            cluster.killNode(follower);
            final List<Path> journals =
                    journalFiles(cluster.config().nodeDir(follower).resolve("journal-archive"));
            assertEquals(shardCount, journals.size(), journals::toString);
            final List<String> cuts = new ArrayList<>();
            for (final Path journal : journals) {
                cuts.add(tearTail(journal));
            }
            exchange.awaitAccepted(500);
            cluster.startNode(follower);
            cluster.awaitReady(READY_NS);
            for (final String cut : cuts) {
                // Two shards may have been torn at the same place.
                assertEquals(
                        Collections.frequency(cuts, cut),
                        linesWith(cluster, follower, cut).size(),
                        cut);
            }
            exchange.awaitAccepted(500);
            exchange.stopAndVerify();
        }
        StoredJournals.assertSame(cluster);
    }

    private ProcessCluster start(final int shardCount) throws IOException {
        final ClusterConfig config = LocalLayout.config(
                Files.createTempDirectory("lockstep-kill-"),
                BASE_PORT,
                3,
                shardCount,
                0,
                Profile.SMALL,
                Durability.REPLICATED);
        return clusters.start(config, READY_NS);
    }

    private static long term(final ProcessCluster cluster, final int nodeId) {
        return cluster.status(nodeId).path("shards").path(0).path("term").asLong(-1);
    }

    private static List<Path> journalFiles(final Path archiveDir) throws IOException {
        try (Stream<Path> files = Files.list(archiveDir)) {
            return files.filter(file -> file.toString().endsWith(".rec"))
                    .sorted()
                    .toList();
        }
    }

    /**
     * Leaves of the last record only its frame header, as a machine does that lost what was written last. The archive
     * itself looks closer at a frame that lies across a page, so the last one that does not is taken.
     *
     * @return what the node says when it repairs this.
     */
    private static String tearTail(final Path journal) throws IOException {
        try (FileChannel channel = FileChannel.open(journal, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer length = ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            long end = 0;
            long tornBegin = 0;
            long tornEnd = 0;
            while (channel.read(length.clear(), end) == Integer.BYTES && length.getInt(0) > 0) {
                final long begin = end;
                end += (length.getInt(0) + FRAME_HEADER_LENGTH - 1L) & -FRAME_HEADER_LENGTH;
                if (begin / PAGE_LENGTH == (end - 1) / PAGE_LENGTH) {
                    tornBegin = begin;
                    tornEnd = end;
                }
            }
            assertTrue(tornBegin > 0, () -> "no frame in " + journal);
            final long from = tornBegin + FRAME_HEADER_LENGTH;
            channel.write(ByteBuffer.allocate((int) (end - from)), from);
            return "journal: cut from " + tornEnd + " to " + tornBegin + ": ";
        }
    }

    private static List<String> linesWith(final ProcessCluster cluster, final int nodeId, final String text)
            throws IOException {
        try (Stream<String> lines = Files.lines(cluster.folder().log("node-" + nodeId))) {
            return lines.filter(line -> line.contains(text)).toList();
        }
    }
}
