package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;

/**
 * Where the engine puts what it wants done. Whether any of it succeeds never flows back. Buffers belong to the engine
 * and are valid during the call only. Called on the engine's thread.
 */
public interface Outbox {
    /**
     * Appends a record to the journal.
     *
     * @param buffer      that holds the record, checksum included.
     * @param offset      of its first byte.
     * @param length      in bytes.
     * @param endPosition where the journal ends after the record, as the engine computes it.
     */
    void journal(DirectBuffer buffer, int offset, int length, long endPosition);

    /**
     * Answers a cluster session.
     *
     * @param clusterSessionId of the session, which may be gone.
     * @param buffer           that holds the message.
     * @param offset           of its first byte.
     * @param length           in bytes.
     */
    void reply(long clusterSessionId, DirectBuffer buffer, int offset, int length);

    /**
     * Asks for the one cluster timer; the deadline replaces the former one.
     *
     * @param deadlineNs in cluster time.
     */
    void requestTimer(long deadlineNs);
}
