package io.lockstep.client;

import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.topic.PartitionName;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A message as a subscriber gets it: a flyweight over the record in the receive buffer, valid during the handler call
 * only. Methods that return text or a map allocate; the others do not. Belongs to the thread that owns the client.
 */
public final class Message {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int BODY_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH;

    private DirectBuffer buffer = new UnsafeBuffer(0, 0);
    private int offset;
    private int shardId;
    private long position;
    private int topicOffset;
    private int topicLength;
    private int fullTopicLength;
    private int headersOffset;
    private int headersLength;
    private int payloadOffset;
    private int payloadLength;
    private boolean isRetained;
    private final MessageMarks marks = new MessageMarks();
    private boolean isMarksRead;

    Message() {}

    // Offsets are taken from the lengths in the record itself, so that fields can be read in any order.
    void wrap(final int newShardId, final DirectBuffer newBuffer, final int newOffset, final long newPosition) {
        buffer = newBuffer;
        offset = newOffset;
        isRetained = false;
        shardId = newShardId;
        position = newPosition;
        final int blockLength = newBuffer.getShort(newOffset, ORDER) & 0xFFFF;
        final int topicLengthOffset = newOffset + BODY_OFFSET + blockLength;
        fullTopicLength = newBuffer.getShort(topicLengthOffset, ORDER) & 0xFFFF;
        topicOffset = topicLengthOffset + Short.BYTES;
        topicLength = PartitionName.baseLength(newBuffer, topicOffset, fullTopicLength);
        final int headersLengthOffset = topicOffset + fullTopicLength;
        headersLength = newBuffer.getInt(headersLengthOffset, ORDER);
        headersOffset = headersLengthOffset + Integer.BYTES;
        final int payloadLengthOffset = headersOffset + headersLength;
        payloadLength = newBuffer.getInt(payloadLengthOffset, ORDER);
        payloadOffset = payloadLengthOffset + Integer.BYTES;
        isMarksRead = false;
    }

    /** Marks the message as a last value; {@link #wrap} takes the mark away. */
    void markRetained(final boolean isLastValue) {
        isRetained = isLastValue;
    }

    /**
     * Whether the message is the last value of its topic as it was when the subscriber began, see
     * {@link SubscriberConfig#withLastValues}; its {@link #shardSequence} and {@link #raftLogPosition} are not known then
     * and are 0.
     *
     * @return false for all messages of the stream, also for those that become the last value of their topic.
     */
    public boolean isRetained() {
        return isRetained;
    }

    /**
     * The shard in which the message lives.
     *
     * @return from 0.
     */
    public int shardId() {
        return shardId;
    }

    /**
     * The place behind the message in its shard's journal: where to go on after it.
     *
     * @return in bytes.
     */
    public long position() {
        return position;
    }

    /**
     * Name of the topic, without that of the partition. Allocates.
     *
     * @return the name.
     */
    public String topic() {
        return text(topicOffset, topicLength);
    }

    /**
     * The partition of the topic in which the message is.
     *
     * @return from 0, or -1 where the topic has no partitions.
     */
    public int partition() {
        return PartitionName.partitionOf(buffer, topicOffset, fullTopicLength);
    }

    /**
     * Name of the topic as it is in the record: with that of the partition, where it has one. Allocates.
     *
     * @return the name.
     */
    public String fullTopic() {
        return text(topicOffset, fullTopicLength);
    }

    /**
     * Buffer that holds the whole record: topic name, headers and payload at their offsets.
     *
     * @return the buffer; not to be kept.
     */
    public DirectBuffer buffer() {
        return buffer;
    }

    /**
     * First byte of the topic's name in {@link #buffer()}.
     *
     * @return the offset.
     */
    public int topicOffset() {
        return topicOffset;
    }

    /**
     * Length of the topic's name, without that of the partition.
     *
     * @return in bytes of UTF-8.
     */
    public int topicLength() {
        return topicLength;
    }

    /**
     * Length of the topic's name with that of the partition, which follows it in {@link #buffer()}.
     *
     * @return in bytes of UTF-8; {@link #topicLength()} where the topic has no partitions.
     */
    public int fullTopicLength() {
        return fullTopicLength;
    }

    /**
     * First byte of the payload in {@link #buffer()}.
     *
     * @return the offset.
     */
    public int payloadOffset() {
        return payloadOffset;
    }

    /**
     * Length of the payload.
     *
     * @return in bytes.
     */
    public int payloadLength() {
        return payloadLength;
    }

    /**
     * The payload as UTF-8 text. Allocates.
     *
     * @return the text.
     */
    public String payloadText() {
        final byte[] bytes = new byte[payloadLength];
        buffer.getBytes(payloadOffset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /**
     * First byte of the header block in {@link #buffer()}, see {@link MessageHeaders}.
     *
     * @return the offset.
     */
    public int headersOffset() {
        return headersOffset;
    }

    /**
     * Length of the header block.
     *
     * @return in bytes, 0 where there are no headers.
     */
    public int headersLength() {
        return headersLength;
    }

    /**
     * The headers as text. Allocates.
     *
     * @return keys and values in their order; of a key that repeats, the last value.
     */
    public Map<String, String> headers() {
        return MessageHeaders.decode(buffer, headersOffset, headersLength);
    }

    /**
     * Dense number of the message in its topic, or in its partition where the topic has partitions.
     *
     * @return from 1.
     */
    public long topicSequence() {
        return buffer.getLong(offset + BODY_OFFSET + MessageRecordDecoder.topicSequenceEncodingOffset(), ORDER);
    }

    /**
     * Dense number of the record in its shard; records that are not messages are counted too.
     *
     * @return from 1.
     */
    public long shardSequence() {
        return RecordLayout.shardSequence(buffer, offset);
    }

    /**
     * Cluster time at which the message was accepted.
     *
     * @return nanoseconds since 1970-01-01T00:00:00Z.
     */
    public long timestampNs() {
        return RecordLayout.timestampNs(buffer, offset);
    }

    /**
     * Place of the message's command in the Raft log.
     *
     * @return in bytes.
     */
    public long raftLogPosition() {
        return RecordLayout.raftLogPosition(buffer, offset);
    }

    /**
     * Who published the message.
     *
     * @return the producer's id.
     */
    public long producerId() {
        return buffer.getLong(offset + BODY_OFFSET + MessageRecordDecoder.producerIdEncodingOffset(), ORDER);
    }

    /**
     * The producer's own number of the message in this shard.
     *
     * @return from 1; not dense in the journal where messages were refused.
     */
    public long producerSequence() {
        return buffer.getLong(offset + BODY_OFFSET + MessageRecordDecoder.producerSequenceEncodingOffset(), ORDER);
    }

    /**
     * How long the message is of use after its {@link #timestampNs}.
     *
     * @return in milliseconds, or -1 where it does not expire.
     */
    public long expiryMs() {
        return marks().expiryMs();
    }

    /**
     * Whether the message is of no use any more.
     *
     * @param nowNs cluster time in nanoseconds.
     * @return true if so; false where it does not expire.
     */
    public boolean isExpired(final long nowNs) {
        final long expiryMs = marks().expiryMs();
        return expiryMs >= 0 && TimeUnit.NANOSECONDS.toMillis(Math.max(0, nowNs - timestampNs())) >= expiryMs;
    }

    /**
     * When the message was due, where it was published with a delay or a time of delivery.
     *
     * @return cluster time in milliseconds since 1970-01-01T00:00:00Z, or -1 where it was not held back.
     */
    public long dueMs() {
        return marks().dueMs();
    }

    /**
     * Whether the message has a key.
     *
     * @return true if so; it may be empty.
     */
    public boolean hasKey() {
        return marks().keyLength() != MessageMarks.NONE;
    }

    /**
     * First byte of the key in {@link #buffer()}.
     *
     * @return the offset, meaningless where there is no key.
     */
    public int keyOffset() {
        return marks().keyOffset();
    }

    /**
     * Length of the key.
     *
     * @return in bytes, or -1 where there is no key.
     */
    public int keyLength() {
        return marks().keyLength();
    }

    /**
     * The key as text. Allocates.
     *
     * @return the text, or null where there is no key.
     */
    public String key() {
        return text(marks().keyOffset(), marks().keyLength());
    }

    /**
     * Topic to which a reply is expected. Allocates.
     *
     * @return the topic, or null where no reply is expected.
     */
    public String replyTo() {
        return text(marks().responseTopicOffset(), marks().responseTopicLength());
    }

    /**
     * First byte of the name of the topic to which a reply is expected, in {@link #buffer()}.
     *
     * @return the offset, meaningless where no reply is expected.
     */
    public int replyToOffset() {
        return marks().responseTopicOffset();
    }

    /**
     * Length of the name of the topic to which a reply is expected.
     *
     * @return in bytes, or -1 where no reply is expected.
     */
    public int replyToLength() {
        return marks().responseTopicLength();
    }

    /**
     * First byte in {@link #buffer()} of what a reply carries back to the asker.
     *
     * @return the offset, meaningless where there is none.
     */
    public int correlationOffset() {
        return marks().correlationOffset();
    }

    /**
     * Length of what a reply carries back to the asker.
     *
     * @return in bytes, or -1 where there is none.
     */
    public int correlationLength() {
        return marks().correlationLength();
    }

    private MessageMarks marks() {
        if (!isMarksRead) {
            marks.read(buffer, headersOffset, headersLength);
            isMarksRead = true;
        }
        return marks;
    }

    private String text(final int textOffset, final int textLength) {
        if (textLength == MessageMarks.NONE) {
            return null;
        }
        final byte[] bytes = new byte[textLength];
        buffer.getBytes(textOffset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
