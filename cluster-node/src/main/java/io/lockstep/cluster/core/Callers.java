package io.lockstep.cluster.core;

import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.topic.TopicSlots;
import org.agrona.DirectBuffer;
import org.agrona.collections.Long2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Who has which session with the cluster. The Raft log says so when one opens, and the snapshots of the cluster keep it, so
 * that all replicas know the same; the limit of sessions bounds it.
 */
final class Callers {
    private static final int DELEGATES = 1024;

    private final Caller unknown = new Caller(SessionPrincipal.UNKNOWN);
    private final Long2ObjectHashMap<Caller> callerBySession = new Long2ObjectHashMap<>();
    // On whose behalf messages were published last, each at the place that its bytes hash to.
    private final byte[][] delegateKeys = new byte[DELEGATES][];
    private final Caller[] delegates = new Caller[DELEGATES];

    void onSessionOpen(final long clusterSessionId, final byte[] encodedPrincipal) {
        final UnsafeBuffer buffer = new UnsafeBuffer(encodedPrincipal);
        final SessionPrincipal who = SessionPrincipal.decode(buffer, 0, encodedPrincipal.length);
        if (!who.equals(SessionPrincipal.UNKNOWN)) {
            callerBySession.put(clusterSessionId, new Caller(who));
        }
    }

    void onSessionClose(final long clusterSessionId) {
        callerBySession.remove(clusterSessionId);
    }

    Caller of(final long clusterSessionId) {
        final Caller caller = callerBySession.get(clusterSessionId);
        return caller == null ? unknown : caller;
    }

    /** The one that an encoded principal names; allocates only for one that was not named lately. */
    Caller ofBytes(final DirectBuffer buffer, final int offset, final int length) {
        final int place = TopicSlots.hash(buffer, offset, length) & (DELEGATES - 1);
        final byte[] key = delegateKeys[place];
        if (key == null || key.length != length || !isEqual(key, buffer, offset)) {
            delegateKeys[place] = QueryHandler.copy(buffer, offset, length);
            delegates[place] = new Caller(SessionPrincipal.decode(buffer, offset, length));
        }
        return delegates[place];
    }

    private static boolean isEqual(final byte[] key, final DirectBuffer buffer, final int offset) {
        for (int i = 0; i < key.length; i++) {
            if (key[i] != buffer.getByte(offset + i)) {
                return false;
            }
        }
        return true;
    }
}
