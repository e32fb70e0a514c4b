package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/**
 * What a shard answered to a command about a publisher lease. Immutable.
 *
 * @param code            whether the command took effect, or why not.
 * @param detail          as the code says.
 * @param token           of the lease, 0 where there is none.
 * @param remainingNs     how long the lease is held from the command on, 0 where it is not.
 * @param journalPosition of the shard when it answered.
 */
public record LeaseGrant(ResultCode code, long detail, long token, long remainingNs, long journalPosition) {
    /**
     * Whether the command took effect.
     *
     * @return true if so.
     */
    public boolean isAccepted() {
        return code == ResultCode.ACCEPTED;
    }
}
