package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The last value of a topic: headers and payload behind each other in bytes of its own, which are used again as long as
 * they are neither too short nor many times too long.
 */
final class RetainedValue {
    /** The value does not expire. */
    static final long NEVER = Long.MAX_VALUE;

    /** Place in the heap of expiries of a value that is not there. */
    static final int NO_INDEX = -1;

    private static final int LEAST_CAPACITY = 64;
    private static final int SPARE_FACTOR = 4;

    private final UnsafeBuffer content = new UnsafeBuffer(0, 0);
    private byte[] bytes = {};
    private int topicId;
    private long position;
    private long topicSequence;
    private long timestampNs;
    private long expiryNs = NEVER;
    private long producerId;
    private long producerSequence;
    private int headersLength;
    private int payloadLength;
    private int heapIndex = NO_INDEX;

    RetainedValue of(final int newTopicId) {
        topicId = newTopicId;
        return this;
    }

    RetainedValue at(final long newPosition, final long newTopicSequence, final long newTimestampNs) {
        position = newPosition;
        topicSequence = newTopicSequence;
        timestampNs = newTimestampNs;
        return this;
    }

    RetainedValue by(final long newProducerId, final long newProducerSequence) {
        producerId = newProducerId;
        producerSequence = newProducerSequence;
        return this;
    }

    RetainedValue until(final long newExpiryNs) {
        expiryNs = newExpiryNs;
        return this;
    }

    /** Copies headers and payload. */
    RetainedValue holding(
            final DirectBuffer buffer,
            final int headersOffset,
            final int newHeadersLength,
            final int payloadOffset,
            final int newPayloadLength) {
        reserve(newHeadersLength + newPayloadLength);
        buffer.getBytes(headersOffset, bytes, 0, newHeadersLength);
        buffer.getBytes(payloadOffset, bytes, newHeadersLength, newPayloadLength);
        headersLength = newHeadersLength;
        payloadLength = newPayloadLength;
        return this;
    }

    int capacity() {
        return bytes.length;
    }

    int topicId() {
        return topicId;
    }

    long position() {
        return position;
    }

    long topicSequence() {
        return topicSequence;
    }

    long timestampNs() {
        return timestampNs;
    }

    long expiryNs() {
        return expiryNs;
    }

    boolean isExpired(final long nowNs) {
        return expiryNs <= nowNs && expiryNs != NEVER;
    }

    long producerId() {
        return producerId;
    }

    long producerSequence() {
        return producerSequence;
    }

    /** Headers from 0 on, and the payload directly behind them. */
    DirectBuffer content() {
        return content;
    }

    int headersLength() {
        return headersLength;
    }

    int payloadLength() {
        return payloadLength;
    }

    int contentLength() {
        return headersLength + payloadLength;
    }

    int heapIndex() {
        return heapIndex;
    }

    void heapIndex(final int index) {
        heapIndex = index;
    }

    // Growth in steps of an eighth, so that a value that grows a little each time does not allocate each time.
    private void reserve(final int length) {
        final int greatest = Math.max(LEAST_CAPACITY, SPARE_FACTOR * length);
        if (bytes.length < length || bytes.length > greatest) {
            final int capacity = Math.max(LEAST_CAPACITY, length + length / 8);
            bytes = new byte[capacity];
            content.wrap(bytes);
        }
    }
}
