package io.lockstep.client;

/**
 * What a shard says of a group. Immutable.
 *
 * @param name            of the group.
 * @param shardId         of the shard.
 * @param groupId         of the group in this shard.
 * @param journalPosition end of the journal that the answer reflects.
 * @param lowPosition     where the record of the lowest message begins that the group has not finished with.
 * @param windowEnd       up to where the group knows the messages that match; journalPosition where it does not lag.
 * @param readyCount      messages that wait for a member.
 * @param inFlightCount   messages with members.
 * @param delayedCount    messages that wait for their next attempt.
 * @param deadCount       messages that were given up and wait for their dead letter.
 * @param memberCount     members.
 * @param isKeyOrdered    whether messages of one key are handed out in order.
 */
public record GroupState(
        String name,
        int shardId,
        int groupId,
        long journalPosition,
        long lowPosition,
        long windowEnd,
        int readyCount,
        int inFlightCount,
        int delayedCount,
        int deadCount,
        int memberCount,
        boolean isKeyOrdered) {
    /**
     * How much of the journal lies between the lowest unfinished message and the end.
     *
     * @return in bytes.
     */
    public long lagBytes() {
        return journalPosition - lowPosition;
    }
}
