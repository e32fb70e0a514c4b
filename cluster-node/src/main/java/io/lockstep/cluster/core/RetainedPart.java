package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RetainedItemDecoder;
import io.lockstep.codecs.RetainedItemEncoder;
import io.lockstep.config.EngineSetting;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Part 10, the last values: for each topic at most one, found by the topic's id. */
final class RetainedPart implements Part {
    /** What a value counts for besides headers and payload: objects and its places in table and heap. */
    static final int VALUE_OVERHEAD_BYTES = 160;

    private static final int INITIAL_CAPACITY = 64;
    // What is cleared and set again in turn needs no new objects, and what is kept for that is little.
    private static final int MAX_SPARE_VALUES = 64;
    private static final int MAX_SPARE_CAPACITY = 1024;
    private static final int MAX_TOPICS = (int) EngineSetting.MAX_TOPICS.highest();
    private static final int FIXED_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + RetainedItemEncoder.BLOCK_LENGTH
            + RetainedItemEncoder.headersHeaderLength()
            + RetainedItemEncoder.payloadHeaderLength();

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final RetainedItemEncoder encoder = new RetainedItemEncoder();
    private final RetainedItemDecoder decoder = new RetainedItemDecoder();
    private final RetainedExpiries expiries = new RetainedExpiries();
    private final RetainedValue[] spareValues = new RetainedValue[MAX_SPARE_VALUES];

    private RetainedValue[] values = new RetainedValue[INITIAL_CAPACITY];
    // No topic with a higher id has a value. Depends on the past, and so is told to nobody.
    private int greatestTopicId;
    private int valueCount;
    private int spareCount;
    private long valueBytes;

    static long costOf(final int contentLength) {
        return VALUE_OVERHEAD_BYTES + (long) contentLength;
    }

    /** The value of a topic, or null. */
    RetainedValue find(final int topicId) {
        return topicId < values.length ? values[topicId] : null;
    }

    int valueCount() {
        return valueCount;
    }

    /** Size of all values as it counts under {@code limits.maxRetained}. */
    long valueBytes() {
        return valueBytes;
    }

    /** The value that expires first, or null where none does. */
    RetainedValue firstToExpire() {
        return expiries.first();
    }

    /** Makes a message the last value of its topic. */
    void put(final MessageContent message, final Topic topic, final long position, final long expiryNs) {
        final RetainedValue value = take(topic.id());
        value.at(position, topic.lastSequence(), topic.lastTimestampNs())
                .by(message.producerId(), message.producerSequence())
                .until(expiryNs)
                .holding(
                        message.buffer(),
                        message.headersOffset(),
                        message.headersLength(),
                        message.payloadOffset(),
                        message.payloadLength());
        add(value);
    }

    /** Forgets the value of a topic, if there is one. */
    void clear(final int topicId) {
        final RetainedValue value = find(topicId);
        if (value != null) {
            remove(value);
            if (spareCount < MAX_SPARE_VALUES && value.capacity() <= MAX_SPARE_CAPACITY) {
                spareValues[spareCount++] = value;
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 10;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return valueCount > 0;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return valueCount;
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        int longest = 0;
        for (int topicId = 1; topicId <= greatestTopicId; topicId++) {
            longest = values[topicId] == null ? longest : Math.max(longest, values[topicId].contentLength());
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FIXED_LENGTH + longest]);
        for (int topicId = 1; topicId <= greatestTopicId; topicId++) {
            final RetainedValue value = values[topicId];
            if (value != null) {
                encoder.wrapAndApplyHeader(buffer, 0, header)
                        .position(value.position())
                        .topicSequence(value.topicSequence())
                        .timestampNs(value.timestampNs())
                        .expiryNs(value.expiryNs())
                        .producerId(value.producerId())
                        .producerSequence(value.producerSequence())
                        .topicId(topicId)
                        .putHeaders(value.content(), 0, value.headersLength())
                        .putPayload(value.content(), value.headersLength(), value.payloadLength());
                sink.append(buffer, 0, FIXED_LENGTH + value.contentLength());
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final int headersHeader = WireShape.endOfBlock(item, offset);
        final int headersEnd = WireShape.endOfBytes(item, headersHeader, offset + length);
        ItemReader.checkVariableEnd(headersEnd, templateId);
        final int payloadEnd = WireShape.endOfBytes(item, headersEnd, offset + length);
        ItemReader.checkVariableEnd(payloadEnd, templateId);
        final int topicId = decoder.topicId();
        if (topicId <= greatestTopicId || topicId > MAX_TOPICS) {
            throw new IllegalStateException("the snapshot holds the last value of topic " + topicId
                    + " behind that of topic " + greatestTopicId);
        }
        final int headersOffset = headersHeader + RetainedItemDecoder.headersHeaderLength();
        final int payloadOffset = headersEnd + RetainedItemDecoder.payloadHeaderLength();
        final RetainedValue value = take(topicId)
                .at(decoder.position(), decoder.topicSequence(), decoder.timestampNs())
                .by(decoder.producerId(), decoder.producerSequence())
                .until(decoder.expiryNs())
                .holding(item, headersOffset, headersEnd - headersOffset, payloadOffset, payloadEnd - payloadOffset);
        add(value);
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return valueBytes;
    }

    // The topic's own value where it has one, so that its bytes are used again.
    private RetainedValue take(final int topicId) {
        final RetainedValue value = find(topicId);
        if (value != null) {
            remove(value);
            return value;
        }
        if (spareCount > 0) {
            final RetainedValue spare = spareValues[--spareCount];
            spareValues[spareCount] = null;
            return spare.of(topicId);
        }
        return new RetainedValue().of(topicId);
    }

    private void add(final RetainedValue value) {
        final int topicId = value.topicId();
        if (topicId >= values.length) {
            values = Arrays.copyOf(values, Math.max(2 * values.length, topicId + 1));
        }
        values[topicId] = value;
        greatestTopicId = Math.max(greatestTopicId, topicId);
        valueCount++;
        valueBytes += costOf(value.contentLength());
        if (value.expiryNs() != RetainedValue.NEVER) {
            expiries.add(value);
        }
    }

    private void remove(final RetainedValue value) {
        expiries.remove(value);
        values[value.topicId()] = null;
        valueCount--;
        valueBytes -= costOf(value.contentLength());
    }
}
