package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.SubscriptionMatch;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Messages on their way to one client, bounded in bytes: what waits here and what the client has not answered count
 * together. The bridge thread offers, the session's thread takes. (Later what does not fit stays in the journal, and the
 * session keeps a cursor.)
 */
public final class DeliveryQueue {
    private final ConcurrentLinkedQueue<Entry> queue = new ConcurrentLinkedQueue<>();
    private final AtomicLong pendingBytes = new AtomicLong();
    private final long maxPendingBytes;

    /**
     * Creates an empty queue.
     *
     * @param maxPendingBytes bound; one message is taken however long it is when nothing is pending.
     */
    public DeliveryQueue(final long maxPendingBytes) {
        this.maxPendingBytes = maxPendingBytes;
    }

    /**
     * Adds a message. Bridge thread only.
     *
     * @param delivery to send.
     * @param match    how to send it.
     * @return false when the bound is reached.
     */
    public boolean offer(final Delivery delivery, final SubscriptionMatch match) {
        final long pending = pendingBytes.get();
        if (pending > 0 && pending + delivery.lengthBytes() > maxPendingBytes) {
            return false;
        }
        pendingBytes.addAndGet(delivery.lengthBytes());
        queue.add(new Entry(delivery, match));
        return true;
    }

    /**
     * The next message, which stays in the queue. Session's thread only.
     *
     * @return the message, or null where none waits.
     */
    public Entry peek() {
        return queue.peek();
    }

    /** Takes the next message out; it counts as pending until {@link #release}. Session's thread only. */
    public void remove() {
        if (queue.poll() == null) {
            throw new IllegalStateException("there is no message to remove from the delivery queue");
        }
    }

    /**
     * A message needs no room any more.
     *
     * @param delivery that was taken out before.
     */
    public void release(final Delivery delivery) {
        pendingBytes.addAndGet(-delivery.lengthBytes());
    }

    /**
     * Bytes that are pending.
     *
     * @return from 0.
     */
    public long pendingBytes() {
        return pendingBytes.get();
    }

    /**
     * A message and how it is to be sent.
     *
     * @param delivery to send.
     * @param match    what the subscriptions ask.
     */
    public record Entry(Delivery delivery, SubscriptionMatch match) {
        /**
         * The QoS to send it with: the lower one of the publisher and the subscriptions.
         *
         * @return 0 or 1.
         */
        public int qos() {
            return Math.min(match.maximumQos(), delivery.traits().qos());
        }
    }
}
