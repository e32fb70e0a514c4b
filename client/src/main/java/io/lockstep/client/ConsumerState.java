package io.lockstep.client;

import java.util.List;

/**
 * A durable consumer as a shard told it. Immutable.
 *
 * @param name            of the consumer.
 * @param shardId         of the shard.
 * @param consumerId      number of the consumer in the shard.
 * @param filters         its topic filters.
 * @param position        up to where all is acknowledged.
 * @param journalPosition end of the journal then.
 * @param ownerEpoch      rises with each change of the owner.
 * @param ownerMemberId   the member that owns it, or 0.
 * @param wantedMemberId  the member that is to own it, or 0.
 * @param ackCount        number of messages beyond the position that are acknowledged alone.
 * @param memberCount     number of members.
 * @param lane            its lane, or -1.
 */
public record ConsumerState(
        String name,
        int shardId,
        long consumerId,
        List<String> filters,
        long position,
        long journalPosition,
        long ownerEpoch,
        long ownerMemberId,
        long wantedMemberId,
        int ackCount,
        int memberCount,
        int lane) {
    /**
     * What lies before the consumer, of its topics and of others.
     *
     * @return in bytes of the journal.
     */
    public long lagBytes() {
        return Math.max(0, journalPosition - position);
    }
}
