package io.lockstep.client;

import java.util.Objects;

/**
 * What a connection asks of one shard for its session.
 *
 * @param connectionId tells connections apart: a number chosen at random for each; who opens again with the same is only
 *                     answered.
 * @param epoch        0 in the home shard of the client id, which gives one; else the epoch that it gave.
 * @param sessionId    0 with epoch 0; else as the home shard told it.
 * @param expiryNs     how long the session lives on when its connection is over, in nanoseconds of cluster time, from 0.
 * @param isCleanStart whether the session that there is ends and a new one begins; read with epoch 0 only.
 * @param clientId     whose session it is, 1 to 1,024 bytes.
 * @param will         null where there is none, or where another shard keeps it.
 */
public record SessionOpening(
        long connectionId,
        long epoch,
        long sessionId,
        long expiryNs,
        boolean isCleanStart,
        String clientId,
        SessionWill will) {
    /** Checks that there is a client id. */
    public SessionOpening {
        Objects.requireNonNull(clientId, "clientId");
    }
}
