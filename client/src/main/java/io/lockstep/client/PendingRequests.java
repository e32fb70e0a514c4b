package io.lockstep.client;

import io.lockstep.codecs.ResultCode;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The requests of a requester that have no end yet, and how each ends: with the first reply that is read before its deadline,
 * with the refusal of its message, or with a time-out. A listener is told when its request is gone from here, so it may make
 * requests or close the requester. Belongs to the thread that owns the client; allocates nothing once it is warm.
 */
final class PendingRequests {
    private static final int MAX_POOLED = 1024;
    private static final long IDLE_NS = TimeUnit.HOURS.toNanos(1);

    private final ClientCounters counters;
    private final Long2ObjectHashMap<Pending> byId = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Pending> byMessage = new Long2ObjectHashMap<>();
    // In no order: what ends is replaced by the last.
    private Pending[] pending = new Pending[16];
    private int count;
    private Pending[] pool = new Pending[16];
    private int poolCount;
    private long nextDeadlineNs;

    private static final class Pending {
        private long requestId;
        private long messageId;
        private long deadlineNs;
        private ReplyListener listener;
        private int index;
    }

    PendingRequests(final ClientCounters counters) {
        this.counters = counters;
    }

    int count() {
        return count;
    }

    /** A request was published as a message whose fate is not known yet. */
    void add(final long requestId, final long messageId, final long deadlineNs, final ReplyListener listener) {
        final Pending added = poolCount > 0 ? pool[--poolCount] : new Pending();
        added.requestId = requestId;
        added.messageId = messageId;
        added.deadlineNs = deadlineNs;
        added.listener = listener;
        added.index = count;
        if (count == pending.length) {
            pending = Arrays.copyOf(pending, 2 * count);
        }
        if (count == 0) {
            nextDeadlineNs = deadlineNs;
        }
        pending[count++] = added;
        noteDeadline(deadlineNs);
        byId.put(requestId, added);
        byMessage.put(messageId, added);
    }

    /** A message of the reply topic was read: the reply to one of these, or to a request that ended, or to somebody else. */
    void onReply(final Message message, final long nowNs) {
        if (message.correlationLength() != Long.BYTES) {
            return;
        }
        final long requestId = message.buffer().getLong(message.correlationOffset(), ByteOrder.LITTLE_ENDIAN);
        final Pending answered = byId.get(requestId);
        // What is overdue ends with a time-out, however late this looks at it.
        if (answered != null && nowNs - answered.deadlineNs < 0) {
            counters.increment(ClientCounter.REPLIES);
            remove(answered).onReply(requestId, message);
        }
    }

    /** The message is in the journal, or nobody knows: a reply or the deadline will tell. */
    void onFateOver(final long messageId) {
        byMessage.remove(messageId);
    }

    /** The message is not in the journal. */
    void onRefused(final long messageId, final ResultCode code, final long detail) {
        final Pending refused = byMessage.get(messageId);
        if (refused != null) {
            final long requestId = refused.requestId;
            remove(refused).onRefused(requestId, code, detail);
        }
    }

    /** Ends what has no reply at its deadline; returns how many. */
    int endOverdue(final long nowNs) {
        if (count == 0 || nowNs - nextDeadlineNs < 0) {
            return 0;
        }
        int ended = 0;
        // Backwards: what ends is replaced by one that was looked at.
        for (int i = count - 1; i >= 0; i--) {
            // A listener may have ended or begun others.
            if (i < count && nowNs - pending[i].deadlineNs >= 0) {
                final long requestId = pending[i].requestId;
                counters.increment(ClientCounter.REQUEST_TIMEOUTS);
                ended++;
                remove(pending[i]).onTimeout(requestId);
            }
        }
        nextDeadlineNs = nowNs + IDLE_NS;
        for (int i = 0; i < count; i++) {
            noteDeadline(pending[i].deadlineNs);
        }
        return ended;
    }

    /** Ends all with a time-out, also where a listener throws; the first exception leaves when all are told. */
    void endAll() {
        RuntimeException thrown = null;
        while (count > 0) {
            final long requestId = pending[count - 1].requestId;
            try {
                remove(pending[count - 1]).onTimeout(requestId);
            } catch (final RuntimeException ex) {
                thrown = thrown == null ? ex : thrown;
            }
        }
        if (thrown != null) {
            throw thrown;
        }
    }

    private void noteDeadline(final long deadlineNs) {
        if (nextDeadlineNs - deadlineNs > 0) {
            nextDeadlineNs = deadlineNs;
        }
    }

    /** Ends one, before its listener is told. */
    private ReplyListener remove(final Pending ended) {
        final Pending last = pending[--count];
        pending[ended.index] = last;
        last.index = ended.index;
        pending[count] = null;
        byId.remove(ended.requestId);
        if (ended.equals(byMessage.get(ended.messageId))) {
            byMessage.remove(ended.messageId);
        }
        final ReplyListener listener = ended.listener;
        ended.listener = null;
        if (poolCount < MAX_POOLED) {
            if (poolCount == pool.length) {
                pool = Arrays.copyOf(pool, 2 * poolCount);
            }
            pool[poolCount++] = ended;
        }
        return listener;
    }
}
