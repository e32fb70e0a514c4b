package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;

/**
 * A piece of the replicated state. What a part writes to a snapshot is also what it is hashed by, so that a field cannot
 * be in one and not in the other. Belongs to the engine's thread.
 */
interface Part {
    /**
     * Identifies the part in snapshots; ids are never reused.
     *
     * @return the id; parts are ordered by it.
     */
    int id();

    /**
     * Whether the part is in snapshots and in the hash of the state now. Parts that came with a later feature level are
     * not while they are empty, so that older state keeps its hash and its snapshots.
     *
     * @return true if so.
     */
    default boolean isWritten() {
        return true;
    }

    /**
     * Number of messages that {@link #writeTo} writes.
     *
     * @return the number.
     */
    long itemCount();

    /**
     * Writes the part, in an order that depends on its content only and not on its past.
     *
     * @param sink that takes the items.
     */
    void writeTo(SnapshotSink sink);

    /**
     * Reads an item back into a part that is fresh from its constructor.
     *
     * @param templateId  of the item.
     * @param buffer      that holds the item.
     * @param offset      of its message header.
     * @param length      in bytes, message header included.
     * @throws IllegalStateException with a sentence, where the item is not one of this part.
     */
    void readItem(int templateId, DirectBuffer buffer, int offset, int length);

    /**
     * Size that the part counts for under {@code MAX_STATE_BYTES}: a function of its content, not of the heap.
     *
     * @return in bytes.
     */
    long stateBytes();

    /**
     * Hash of the part: the rolling hash over the items that it writes.
     *
     * @return the hash.
     */
    default long hash() {
        final HashSink sink = new HashSink();
        writeTo(sink);
        return sink.hash();
    }
}
