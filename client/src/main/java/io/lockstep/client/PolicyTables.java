package io.lockstep.client;

import io.lockstep.topic.TopicPolicies;
import java.util.Arrays;

/**
 * The topic policies as the shards told them. They are the same but for the moments in which a change goes from shard to
 * shard; then the newest count, for a change is held until all shards have it. Belongs to the thread that owns the client.
 */
final class PolicyTables {
    private final long[] versions;
    // Where a shard's journal ended when it was last seen with the policies that are known of it; -1 where it never
    // was.
    private final long[] knownPositions;
    // A place before anything that the last change of a shard's policies let in.
    private final long[] changedPositions;
    private TopicPolicies newest = TopicPolicies.NONE;
    private long newestVersion;

    PolicyTables(final int shardCount) {
        versions = new long[shardCount];
        knownPositions = new long[shardCount];
        changedPositions = new long[shardCount];
        Arrays.fill(knownPositions, -1);
    }

    /** The newest policies. */
    TopicPolicies newest() {
        return newest;
    }

    /** Takes over what a shard told; true where the newest policies are others now. */
    boolean onPolicies(
            final int shardId,
            final long version,
            final long changedPosition,
            final long journalPosition,
            final TopicPolicies policies) {
        if (version < versions[shardId]) {
            return false;
        }
        if (version > versions[shardId]) {
            // What an unseen version between the two let in lies behind the place where the old one was seen.
            changedPositions[shardId] =
                    knownPositions[shardId] < 0 ? changedPosition : Math.min(knownPositions[shardId], changedPosition);
            versions[shardId] = version;
        }
        knownPositions[shardId] = journalPosition;
        if (version <= newestVersion) {
            return false;
        }
        newestVersion = version;
        final boolean isChange = !policies.equals(newest);
        newest = policies;
        return isChange;
    }

    /** A place in a shard's journal before all that the newest policies let in; 0 where none is known. */
    long startOf(final int shardId) {
        return versions[shardId] == newestVersion ? changedPositions[shardId] : Math.max(0, knownPositions[shardId]);
    }
}
