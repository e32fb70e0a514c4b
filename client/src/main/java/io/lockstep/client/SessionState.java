package io.lockstep.client;

/**
 * The piece of a session in one shard as the shard told it. Immutable.
 *
 * @param shardId           of the shard.
 * @param sessionId         number of the session, the same in all shards.
 * @param clientId          whose session it is.
 * @param epoch             its epoch in this shard.
 * @param memberId          the gateway that has or had it.
 * @param cursorPosition    everything before this place of the journal is done.
 * @param journalPosition   end of the journal then.
 * @param expiryNs          how long it lives on when its connection is over, in nanoseconds.
 * @param disconnectedNs    cluster time at which its connection ended, in nanoseconds; -1 while it is connected.
 * @param subscriptionCount number of subscriptions that go on.
 * @param markCount         number of messages beyond the cursor that are noted.
 * @param packetCount       number of packet ids of messages with QoS 2 that were not released.
 * @param hasWill           whether this shard keeps its will.
 */
public record SessionState(
        int shardId,
        long sessionId,
        String clientId,
        long epoch,
        long memberId,
        long cursorPosition,
        long journalPosition,
        long expiryNs,
        long disconnectedNs,
        int subscriptionCount,
        int markCount,
        int packetCount,
        boolean hasWill) {
    /**
     * Whether a client is connected with it.
     *
     * @return true if so, as far as this shard knows.
     */
    public boolean isConnected() {
        return disconnectedNs < 0;
    }

    /**
     * What lies before the session, of its topics and of others.
     *
     * @return in bytes of the journal.
     */
    public long lagBytes() {
        return Math.max(0, journalPosition - cursorPosition);
    }
}
