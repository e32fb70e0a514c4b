package io.lockstep.testkit.cli;

import io.lockstep.archive.verify.JournalVerifier;
import io.lockstep.archive.verify.VerifyResult;
import io.lockstep.config.ClusterConfig;

/** Whether the journals of all nodes are the same, in a word and in a sentence. */
record JournalCheck(boolean isIdentical, String sentence) {
    /**
     * Reads the journals of all nodes of a running cluster and compares them record by record.
     *
     * @param config    of the cluster.
     * @param positions by shard: what every journal must reach.
     */
    static JournalCheck of(final ClusterConfig config, final long[] positions) {
        long records = 0;
        long checkpoints = 0;
        for (int shardId = 0; shardId < positions.length; shardId++) {
            final VerifyResult result = JournalVerifier.verifyNodes(config.nodes(), shardId);
            if (!result.isIdentical()) {
                return new JournalCheck(false, "shard " + shardId + " differs: " + result.firstDifference());
            }
            if (result.copies().size() != config.nodes().size() || result.toPosition() < positions[shardId]) {
                return new JournalCheck(
                        false,
                        "shard " + shardId + " could be compared only up to position " + result.toPosition() + " of "
                                + positions[shardId]);
            }
            records += result.records();
            checkpoints += result.checkpoints();
        }
        return new JournalCheck(
                true,
                "identical on " + config.nodes().size() + " nodes: " + records + " records, " + checkpoints
                        + " checkpoint hashes");
    }
}
