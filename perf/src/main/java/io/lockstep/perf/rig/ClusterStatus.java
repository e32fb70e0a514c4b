package io.lockstep.perf.rig;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.testkit.process.ProcessCluster;

/** Reads what nodes say of the load's shard. No state. */
final class ClusterStatus {
    private ClusterStatus() {}

    /** The leadership term, as a node knows it; -1 where the node does not answer. */
    static long term(final ProcessCluster cluster, final int nodeId) {
        return figure(cluster, nodeId, "term");
    }

    /** The newest term that any node knows; -1 where none answers. */
    static long newestTerm(final ProcessCluster cluster) {
        long newest = -1;
        for (final NodeEndpoint node : cluster.config().nodes()) {
            newest = Math.max(newest, term(cluster, node.id()));
        }
        return newest;
    }

    /** Whether every node's journal has come to a position. */
    static boolean isAtPosition(final ProcessCluster cluster, final long position) {
        for (final NodeEndpoint node : cluster.config().nodes()) {
            if (figure(cluster, node.id(), "journalPosition") < position) {
                return false;
            }
        }
        return true;
    }

    /** Position to which a node knows the Raft log to be committed; -1 where it does not answer. */
    static long commitPosition(final ProcessCluster cluster, final int nodeId) {
        return figure(cluster, nodeId, "commitPosition");
    }

    /** Size of the replicated state of a node, as it is counted; -1 where it does not answer. */
    static long stateBytes(final ProcessCluster cluster, final int nodeId) {
        return figure(cluster, nodeId, "stateBytes");
    }

    /** Whether a node has recovered and follows a leader. */
    static boolean isFollowing(final ProcessCluster cluster, final int nodeId) {
        final JsonNode status = cluster.status(nodeId);
        if (status == null || !status.path("isHealthy").asBoolean()) {
            return false;
        }
        for (final JsonNode shard : status.path("shards")) {
            if (shard.path("shard").asInt() == LockstepRig.SHARD_ID) {
                return "FOLLOWER".equals(shard.path("role").asText());
            }
        }
        return false;
    }

    private static long figure(final ProcessCluster cluster, final int nodeId, final String name) {
        final JsonNode status = cluster.status(nodeId);
        if (status != null) {
            for (final JsonNode shard : status.path("shards")) {
                if (shard.path("shard").asInt() == LockstepRig.SHARD_ID) {
                    return shard.path(name).asLong(-1);
                }
            }
        }
        return -1;
    }
}
