package io.lockstep.client;

import io.lockstep.codecs.RetainedPageDecoder;
import io.lockstep.topic.PartitionName;
import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;

/** The last value of a topic as {@link LockstepClient#lastValues} tells it. Immutable. */
public final class LastValue {
    private final String topic;
    private final int partition;
    private final int shardId;
    private final long position;
    private final long topicSequence;
    private final long timestampNs;
    private final long producerId;
    private final long producerSequence;
    private final byte[] headers;
    private final byte[] payload;

    LastValue(final Message message) {
        topic = message.topic();
        partition = message.partition();
        shardId = message.shardId();
        position = message.position();
        topicSequence = message.topicSequence();
        timestampNs = message.timestampNs();
        producerId = message.producerId();
        producerSequence = message.producerSequence();
        headers = new byte[message.headersLength()];
        message.buffer().getBytes(message.headersOffset(), headers);
        payload = new byte[message.payloadLength()];
        message.buffer().getBytes(message.payloadOffset(), payload);
    }

    /** A value at which a page's decoder stands; reads it to its end. */
    LastValue(final int shardId, final RetainedPageDecoder.ValuesDecoder value) {
        this.shardId = shardId;
        position = value.position();
        topicSequence = value.topicSequence();
        timestampNs = value.timestampNs();
        producerId = value.producerId();
        producerSequence = value.producerSequence();
        final byte[] name = new byte[value.topicNameLength()];
        value.getTopicName(name, 0, name.length);
        final UnsafeBuffer nameBuffer = new UnsafeBuffer(name);
        topic = new String(name, 0, PartitionName.baseLength(nameBuffer, 0, name.length), StandardCharsets.UTF_8);
        partition = PartitionName.partitionOf(nameBuffer, 0, name.length);
        headers = new byte[value.headersLength()];
        value.getHeaders(headers, 0, headers.length);
        payload = new byte[value.payloadLength()];
        value.getPayload(payload, 0, payload.length);
    }

    /**
     * Name of the topic.
     *
     * @return the name.
     */
    public String topic() {
        return topic;
    }

    /**
     * The partition of the topic: each has a last value of its own.
     *
     * @return from 0, or -1 where the topic has no partitions.
     */
    public int partition() {
        return partition;
    }

    /**
     * The shard in which the topic lives.
     *
     * @return from 0.
     */
    public int shardId() {
        return shardId;
    }

    /**
     * The place behind the message in its shard's journal.
     *
     * @return in bytes.
     */
    public long position() {
        return position;
    }

    /**
     * Dense number of the message in its topic.
     *
     * @return from 1.
     */
    public long topicSequence() {
        return topicSequence;
    }

    /**
     * Cluster time at which the message was accepted.
     *
     * @return nanoseconds since 1970-01-01T00:00:00Z.
     */
    public long timestampNs() {
        return timestampNs;
    }

    /**
     * Who published the message.
     *
     * @return the producer's id.
     */
    public long producerId() {
        return producerId;
    }

    /**
     * The producer's own number of the message in this shard.
     *
     * @return from 1.
     */
    public long producerSequence() {
        return producerSequence;
    }

    /**
     * The headers as text.
     *
     * @return keys and values in their order; of a key that repeats, the last value.
     */
    public Map<String, String> headers() {
        return MessageHeaders.decode(new UnsafeBuffer(headers), 0, headers.length);
    }

    /**
     * The headers as they were published.
     *
     * @return a copy of the header block, empty where there are none.
     */
    public byte[] headerBlock() {
        return headers.clone();
    }

    /**
     * The content.
     *
     * @return a copy of its bytes, at least one.
     */
    public byte[] payload() {
        return payload.clone();
    }

    /**
     * Length of the content.
     *
     * @return in bytes.
     */
    public int payloadLength() {
        return payload.length;
    }

    /**
     * The content as UTF-8 text.
     *
     * @return the text.
     */
    public String payloadText() {
        return new String(payload, StandardCharsets.UTF_8);
    }

    /**
     * Topic, partition, length and place, for logs.
     *
     * @return one line.
     */
    @Override
    public String toString() {
        return topic + (partition < 0 ? "" : " partition " + partition) + ": " + payload.length + " bytes @" + position
                + " of shard " + shardId;
    }
}
