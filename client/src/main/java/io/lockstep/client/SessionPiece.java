package io.lockstep.client;

import io.lockstep.codecs.ResultCode;
import java.util.List;

/**
 * The piece of a session in one shard as its new connection got it. The arrays are not copied and not to be changed.
 *
 * @param code            {@link ResultCode#ACCEPTED}, or why the connection did not get it; then all below but the journal
 *                        position is 0 or empty.
 * @param detail          as the code says.
 * @param journalPosition end of the journal that this reflects.
 * @param sessionId       number of the session, the same in all shards.
 * @param epoch           under which the connection has it.
 * @param cursorPosition  everything before this place of the journal is done, or noted in the marks.
 * @param cursorOrdinal   number of messages with a QoS above 0 for this session before that place.
 * @param expiryNs        how long the session lives on when its connection is over: no more than the cluster allows.
 * @param isPresent       whether the shard had it before.
 * @param subscriptions   all of them, in the order in which they were made; a filter may be there more than once, with an end.
 * @param marks           what is noted beyond the cursor, rising: twice the ordinal, plus 1 where the message is done, plus 0
 *                        where only PUBREC came.
 * @param packets         packet ids of messages with QoS 2 that were accepted and not released, rising.
 */
@SuppressWarnings("ArrayRecordComponent")
public record SessionPiece(
        ResultCode code,
        long detail,
        long journalPosition,
        long sessionId,
        long epoch,
        long cursorPosition,
        long cursorOrdinal,
        long expiryNs,
        boolean isPresent,
        List<SessionSubscription> subscriptions,
        long[] marks,
        int[] packets) {
    /** Takes a copy of the subscriptions. */
    public SessionPiece {
        subscriptions = List.copyOf(subscriptions);
    }

    static SessionPiece refused(final ResultCode code, final long detail, final long journalPosition) {
        return new SessionPiece(
                code, detail, journalPosition, 0, 0, 0, 0, 0, false, List.of(), new long[0], new int[0]);
    }

    SessionPiece with(final List<SessionSubscription> allSubscriptions) {
        return new SessionPiece(
                code,
                detail,
                journalPosition,
                sessionId,
                epoch,
                cursorPosition,
                cursorOrdinal,
                expiryNs,
                isPresent,
                allSubscriptions,
                marks,
                packets);
    }
}
