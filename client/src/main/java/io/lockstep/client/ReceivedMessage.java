package io.lockstep.client;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A copy of a message that may be kept. Immutable but for its payload, which is not copied again for each reader. */
public final class ReceivedMessage {
    private final int shardId;
    private final long position;
    private final String topic;
    private final long topicSequence;
    private final long timestampNs;
    private final Map<String, String> headers;
    private final byte[] payload;

    private ReceivedMessage(final Message message) {
        shardId = message.shardId();
        position = message.position();
        topic = message.topic();
        topicSequence = message.topicSequence();
        timestampNs = message.timestampNs();
        headers = message.headers();
        payload = new byte[message.payloadLength()];
        message.buffer().getBytes(message.payloadOffset(), payload);
    }

    /**
     * Copies a message.
     *
     * @param message valid during its handler call.
     * @return the copy.
     */
    public static ReceivedMessage copyOf(final Message message) {
        return new ReceivedMessage(message);
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
     * Name of the topic.
     *
     * @return the name.
     */
    public String topic() {
        return topic;
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
     * The headers as text.
     *
     * @return keys and values in their order; of a key that repeats, the last value.
     */
    public Map<String, String> headers() {
        return headers;
    }

    /**
     * The payload.
     *
     * @return this message's own array: who changes it changes the message.
     */
    public byte[] payload() {
        return payload;
    }

    /**
     * The payload as text.
     *
     * @return decoded as UTF-8.
     */
    public String payloadText() {
        return new String(payload, StandardCharsets.UTF_8);
    }
}
