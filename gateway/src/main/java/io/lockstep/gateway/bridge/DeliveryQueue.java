package io.lockstep.gateway.bridge;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Messages on their way to one client, bounded in bytes: what waits here and what the client has not answered count
 * together. What does not fit stays in the journal, where the session's lanes find it later. The bridge thread offers, the
 * session's thread takes.
 */
public final class DeliveryQueue {
    private final ConcurrentLinkedQueue<PendingDelivery> queue = new ConcurrentLinkedQueue<>();
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
     * Whether a message fits. Bridge thread only.
     *
     * @param lengthBytes of the message.
     * @return false when the bound is reached.
     */
    public boolean hasRoomFor(final int lengthBytes) {
        final long pending = pendingBytes.get();
        return pending == 0 || pending + lengthBytes <= maxPendingBytes;
    }

    /**
     * Whether at least half of the room is free.
     *
     * @return true if so.
     */
    public boolean isHalfFree() {
        return pendingBytes.get() <= maxPendingBytes / 2;
    }

    /**
     * Adds a message. Bridge thread only.
     *
     * @param pending to send.
     */
    public void add(final PendingDelivery pending) {
        pendingBytes.addAndGet(pending.lengthBytes());
        queue.add(pending);
    }

    /**
     * The next message, which stays in the queue. Session's thread only.
     *
     * @return the message, or null where none waits.
     */
    public PendingDelivery peek() {
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
     * @param pending that was taken out before.
     */
    public void release(final PendingDelivery pending) {
        pendingBytes.addAndGet(-pending.lengthBytes());
    }

    /**
     * Bytes that are pending.
     *
     * @return from 0.
     */
    public long pendingBytes() {
        return pendingBytes.get();
    }
}
