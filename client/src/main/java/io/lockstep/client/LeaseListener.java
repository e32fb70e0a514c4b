package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/** Told what becomes of a {@link Lease}, on the thread that owns the client. */
public interface LeaseListener {
    /**
     * The lease is held from now on. What other holders published lies before the position.
     *
     * @param lease           that is held.
     * @param token           to publish with.
     * @param shardId         of the topic's shard.
     * @param journalPosition of the shard when the lease was given or found to be held.
     */
    void onAcquired(Lease lease, long token, int shardId, long journalPosition);

    /**
     * The lease is not held any more, as far as this process may rely on it. It is asked for again.
     *
     * @param lease  that was held.
     * @param reason one sentence.
     */
    void onLost(Lease lease, String reason);

    /**
     * The lease is not given now. It is asked for again.
     *
     * @param lease  that was asked for.
     * @param code   {@link ResultCode#LEASE_HELD} where another holder has it, or why else not.
     * @param detail as the code says.
     */
    default void onRefused(final Lease lease, final ResultCode code, final long detail) {}
}
