package io.lockstep.client.link;

import org.agrona.DirectBuffer;

/** Is told what comes over a {@link GatewayLink}, from within its {@code doWork}. Must not throw. */
interface LinkListener {
    /** A session with a gateway is there; nothing that was sent or open in another one counts any more. */
    void onOpened(int shardCount);

    /** The session is gone. */
    void onLost();

    /** How the gateway stands with a shard. */
    void onShardState(int shardId, boolean isConnected, int leaderNodeId);

    /** An answer of a shard. */
    void onAnswer(int shardId, DirectBuffer buffer, int offset, int length);

    /** A record for a read. */
    void onRecord(long readId, long position, DirectBuffer buffer, int offset, int length);

    /** How far a read is. */
    void onProgress(long readId, long position, int nodeId, String reason);

    /** A read is over because what it wants is gone. */
    void onReadLost(long readId, long wantedPosition, long firstReadablePosition);

    /** A read is over because the gateway does not allow it. */
    void onReadRefused(long readId, String reason);
}
