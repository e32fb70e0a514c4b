package io.lockstep.client;

/**
 * What a shard holds back for later as a whole, and how late it released so far. Immutable.
 *
 * @param shardId            of the shard.
 * @param heldCount          number of messages that are held back.
 * @param heldBytes          what they count for under {@code limits.maxScheduledBytes}.
 * @param nextDueNs          when the first of them is due, in cluster time; {@link #NONE} where none is held back.
 * @param releasedCount      number of messages that were released since the shard exists.
 * @param latenessSumUs      sum of their lateness in microseconds: from when each was due to the timestamp of its record.
 * @param greatestLatenessUs greatest lateness of one of them in microseconds.
 * @param timestampNs        cluster time of the answer in nanoseconds.
 */
public record ScheduleState(
        int shardId,
        int heldCount,
        long heldBytes,
        long nextDueNs,
        long releasedCount,
        long latenessSumUs,
        long greatestLatenessUs,
        long timestampNs) {
    /** In place of a time where no message is held back. */
    public static final long NONE = -1;

    /**
     * Mean lateness of the messages that were released.
     *
     * @return in microseconds; 0 where none was.
     */
    public double meanLatenessUs() {
        return releasedCount == 0 ? 0 : (double) latenessSumUs / releasedCount;
    }
}
