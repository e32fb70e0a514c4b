package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** One topic: its name, which never changes, and what was published to it. */
final class Topic {
    private final int id;
    private final int hash;
    private final int slot;
    private final UnsafeBuffer name;
    private long lastSequence;
    private long lastTimestampNs;
    private long payloadBytes;

    Topic(final int id, final int hash, final int slot, final byte[] name) {
        this.id = id;
        this.hash = hash;
        this.slot = slot;
        this.name = new UnsafeBuffer(name);
    }

    void countMessage(final long timestampNs, final int payloadLength) {
        lastSequence++;
        lastTimestampNs = timestampNs;
        payloadBytes += payloadLength;
    }

    void restore(final long sequence, final long timestampNs, final long sumOfPayloadBytes) {
        lastSequence = sequence;
        lastTimestampNs = timestampNs;
        payloadBytes = sumOfPayloadBytes;
    }

    boolean hasName(final DirectBuffer buffer, final int offset, final int length) {
        return name.capacity() == length && BytesEqual.areEqual(name, 0, buffer, offset, length);
    }

    int id() {
        return id;
    }

    int hash() {
        return hash;
    }

    int slot() {
        return slot;
    }

    DirectBuffer name() {
        return name;
    }

    int nameLength() {
        return name.capacity();
    }

    long lastSequence() {
        return lastSequence;
    }

    long lastTimestampNs() {
        return lastTimestampNs;
    }

    long payloadBytes() {
        return payloadBytes;
    }
}
