package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.archive.verify.JournalVerifier;
import io.lockstep.archive.verify.VerifyResult;
import io.lockstep.cluster.node.NodeStatus;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.testkit.process.ProcessCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Compares the journals of all nodes of a cluster that runs and is quiet: what the engines say of them, and what the
 * archives have stored, record by record. An engine's hash covers what it made, not what came to the disk. No state; any
 * thread may call it.
 */
public final class StoredJournals {
    private static final Told NOTHING = new Told(-1, "");

    private record Told(long position, String rollingHash) {}

    private StoredJournals() {}

    /**
     * Waits until all nodes are at the same end of every journal, and compares what they have stored.
     *
     * @param cluster whose nodes all run.
     * @throws AssertionError where they do not come to the same end, or have stored something else.
     */
    public static void assertSame(final LocalCluster cluster) {
        for (int i = 0; i < cluster.config().shardCount(); i++) {
            final int shardId = i;
            assertSame(cluster.config(), shardId, nodeId -> {
                final List<NodeStatus.Shard> shards =
                        cluster.node(nodeId).status().shards();
                return shardId < shards.size()
                        ? new Told(
                                shards.get(shardId).journalPosition(),
                                shards.get(shardId).rollingHash())
                        : NOTHING;
            });
        }
    }

    /**
     * Waits until all nodes are at the same end of every journal, and compares what they have stored.
     *
     * @param cluster whose nodes all run.
     * @throws AssertionError where they do not come to the same end, or have stored something else.
     */
    public static void assertSame(final ProcessCluster cluster) {
        for (int i = 0; i < cluster.config().shardCount(); i++) {
            final int shardId = i;
            assertSame(cluster.config(), shardId, nodeId -> {
                final JsonNode status = cluster.status(nodeId);
                final JsonNode shard =
                        status == null ? null : status.path("shards").path(shardId);
                return shard == null
                        ? NOTHING
                        : new Told(
                                shard.path("journalPosition").asLong(-1),
                                shard.path("rollingHash").asText());
            });
        }
    }

    private static void assertSame(final ClusterConfig config, final int shardId, final IntFunction<Told> teller) {
        final List<Told> told = new ArrayList<>();
        Await.await(
                "equal journal positions of shard " + shardId + " on all nodes",
                Await.DEFAULT_TIMEOUT_SECONDS,
                () -> {
                    told.clear();
                    for (final NodeEndpoint node : config.nodes()) {
                        told.add(teller.apply(node.id()));
                    }
                    final long position = told.get(0).position();
                    return position > 0 && told.stream().allMatch(other -> other.position() == position);
                },
                told::toString);
        for (final Told other : told) {
            assertEquals(told.get(0), other, told::toString);
        }
        assertStored(config, shardId, told.get(0).position());
    }

    // A recorder may still be behind its engine, so what is stored is read again until all of it is there.
    private static void assertStored(final ClusterConfig config, final int shardId, final long endPosition) {
        final VerifyResult result =
                Await.awaitValue("shard " + shardId + " is stored up to " + endPosition + " on all nodes", () -> {
                    final VerifyResult found = JournalVerifier.verifyNodes(config.nodes(), shardId);
                    return !found.isIdentical() || found.toPosition() >= endPosition ? found : null;
                });
        assertTrue(result.isIdentical(), () -> "shard " + shardId + " differs: " + result.firstDifference());
        assertEquals(config.nodes().size(), result.copies().size(), result::toString);
        assertTrue(result.records() > 0, result::toString);
    }
}
