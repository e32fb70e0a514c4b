package io.lockstep.client;

/**
 * What a shard holds back for later as a whole. Immutable.
 *
 * @param shardId     of the shard.
 * @param heldCount   number of messages that are held back.
 * @param heldBytes   what they count for under {@code limits.maxScheduledBytes}.
 * @param timestampNs cluster time of the answer in nanoseconds.
 */
public record ScheduleState(int shardId, int heldCount, long heldBytes, long timestampNs) {}
