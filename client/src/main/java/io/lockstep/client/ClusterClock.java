package io.lockstep.client;

import java.util.Arrays;

/** The cluster time of each shard, as far as a client can tell: never ahead of it by more than clocks drift. */
final class ClusterClock {
    private long[] describedNs = {};
    private long[] receivedNs = {};

    /** A shard told its time. */
    void onDescribed(final int shardId, final long timestampNs, final long nowNs) {
        if (shardId >= describedNs.length) {
            describedNs = Arrays.copyOf(describedNs, shardId + 1);
            receivedNs = Arrays.copyOf(receivedNs, shardId + 1);
        }
        describedNs[shardId] = timestampNs;
        receivedNs[shardId] = nowNs;
    }

    /** What the shard told last and what passed since, or 0 where it told nothing yet. */
    long timeNs(final int shardId, final long nowNs) {
        return shardId < describedNs.length && describedNs[shardId] != 0
                ? describedNs[shardId] + (nowNs - receivedNs[shardId])
                : 0;
    }
}
