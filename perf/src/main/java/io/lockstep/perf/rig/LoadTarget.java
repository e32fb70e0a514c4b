package io.lockstep.perf.rig;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;

/**
 * A system under load, seen from the load thread: messages go in, and the same messages come out somewhere else or
 * here. Everything is called by the load thread, which also drives the target's own threads-to-be through
 * {@link #poll}.
 */
public interface LoadTarget extends AutoCloseable {
    /** Is told what came out. */
    @FunctionalInterface
    interface Sink {
        /**
         * A payload that came out of the system.
         *
         * @param buffer that holds it, valid during the call.
         * @param offset of its first byte.
         * @param length in bytes.
         */
        void onPayload(DirectBuffer buffer, int offset, int length);
    }

    /**
     * Sets who is told; replaces the former one.
     *
     * @param newSink that is called within {@link #poll} and {@link #offer}.
     */
    void sink(Sink newSink);

    /**
     * Hands a message to the system without blocking.
     *
     * @param buffer that holds the payload.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return false where the system does not take it now; the caller offers it again.
     */
    boolean offer(DirectBuffer buffer, int offset, int length);

    /**
     * Drives the system's client side and delivers what has arrived.
     *
     * @return the amount of work done.
     */
    int poll();

    /**
     * Why results cannot be trusted any more, such as a refused message or a closed session.
     *
     * @return a sentence, or null where all is well.
     */
    String fault();

    /**
     * Number of messages that the system took and to which it has not said yes or no; they are the newest ones.
     *
     * @return from 0; always 0 for a system that gives no answers.
     */
    default long unansweredCount() {
        return 0;
    }

    /**
     * Number of messages that the system took and then refused.
     *
     * @return from 0.
     */
    default long refusedCount() {
        return 0;
    }

    /**
     * Whether messages come out in the order in which they went in; not where several share them.
     *
     * @return true if an arrival out of order is a fault.
     */
    default boolean isOrdered() {
        return true;
    }

    /**
     * How the load thread idles while it drives this target: each system idles in the way that gives it the lowest
     * latency on two shared cores. Always for much less than a node does, because a message that is due must not wait
     * for its sender.
     *
     * @return a new one.
     */
    IdleStrategy newIdleStrategy();

    /** {@inheritDoc} */
    @Override
    void close();
}
