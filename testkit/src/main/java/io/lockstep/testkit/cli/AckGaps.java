package io.lockstep.testkit.cli;

import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * Measures the fail-over: for each shard that the killed node led, the longest time without an ack around the kill. The
 * publisher's thread tells of acks, another one of the kill.
 */
final class AckGaps {
    /** Acks that were on their way at the kill arrive later, and much later on a busy machine; no election is as fast. */
    private static final long LATE_ACKS_NS = TimeUnit.SECONDS.toNanos(1);

    private final long[] lastAckNs;
    private final boolean[] hasAck;
    private volatile Kill kill;
    private long longestNs = -1;
    private volatile double failoverMs = -1;

    AckGaps(final int shardCount) {
        lastAckNs = new long[shardCount];
        hasAck = new boolean[shardCount];
    }

    void onKill(final long nowNs, final boolean[] ledShards) {
        kill = new Kill(nowNs, Arrays.copyOf(ledShards, ledShards.length));
    }

    void onAck(final int shardId, final long nowNs) {
        final Kill current = kill;
        if (current != null
                && current.ledShards[shardId]
                && hasAck[shardId]
                && nowNs - current.timeNs > 0
                && lastAckNs[shardId] - current.timeNs < LATE_ACKS_NS) {
            longestNs = Math.max(longestNs, nowNs - lastAckNs[shardId]);
            failoverMs = longestNs / (double) TimeUnit.MILLISECONDS.toNanos(1);
        }
        lastAckNs[shardId] = nowNs;
        hasAck[shardId] = true;
    }

    /** From the last ack before the kill to the first one after it; -1 where none came after. */
    double failoverMs() {
        return failoverMs;
    }

    private static final class Kill {
        private final long timeNs;
        private final boolean[] ledShards;

        private Kill(final long timeNs, final boolean[] ledShards) {
            this.timeNs = timeNs;
            this.ledShards = ledShards;
        }
    }
}
