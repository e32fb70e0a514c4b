package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.MessageTraits;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A message on its way to clients: one copy for all of them, made on the bridge thread where at least one wants it. Not
 * changed after that, so that any thread may read it.
 */
public final class Delivery {
    // What the objects around the bytes weigh; keeps a queue of empty messages bounded too.
    static final int OVERHEAD_BYTES = 128;

    private final String topic;
    private final int topicLengthBytes;
    private final byte[] headers;
    private final byte[] payload;
    private final MessageTraits traits;
    private final long timestampNs;

    private Delivery(
            final byte[] topic,
            final byte[] headers,
            final byte[] payload,
            final MessageTraits traits,
            final long timestampNs) {
        this.topic = new String(topic, StandardCharsets.UTF_8);
        this.topicLengthBytes = topic.length;
        this.headers = headers;
        this.payload = payload;
        this.traits = traits;
        this.timestampNs = timestampNs;
    }

    /**
     * A message that did not come with the stream.
     *
     * @param topic       name of the topic.
     * @param headers     header block, not written to any more.
     * @param payload     payload, not written to any more.
     * @param timestampNs cluster time of the message.
     * @return the delivery.
     */
    public static Delivery of(final String topic, final byte[] headers, final byte[] payload, final long timestampNs) {
        return new Delivery(
                topic.getBytes(StandardCharsets.UTF_8),
                headers,
                payload,
                MessageTraits.of(new UnsafeBuffer(headers), 0, headers.length),
                timestampNs);
    }

    static Delivery copyOf(final LinkMessage message, final MessageTraits traits) {
        final byte[] topic = new byte[message.topicLength()];
        message.buffer().getBytes(message.topicOffset(), topic);
        final byte[] headers = new byte[message.headersLength()];
        message.buffer().getBytes(message.headersOffset(), headers);
        final byte[] payload = new byte[message.payloadLength()];
        message.buffer().getBytes(message.payloadOffset(), payload);
        return new Delivery(topic, headers, payload, traits, message.timestampNs());
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
     * Length of the topic's name.
     *
     * @return in bytes of UTF-8.
     */
    public int topicLengthBytes() {
        return topicLengthBytes;
    }

    /**
     * Header block.
     *
     * @return not to be written to.
     */
    public byte[] headers() {
        return headers;
    }

    /**
     * Payload.
     *
     * @return not to be written to.
     */
    public byte[] payload() {
        return payload;
    }

    /**
     * What the headers say of the delivery.
     *
     * @return the traits.
     */
    public MessageTraits traits() {
        return traits;
    }

    /**
     * Cluster time of the message.
     *
     * @return nanoseconds since 1970-01-01T00:00:00Z.
     */
    public long timestampNs() {
        return timestampNs;
    }

    /**
     * What the message counts in bounded queues.
     *
     * @return bytes.
     */
    public int lengthBytes() {
        return OVERHEAD_BYTES + topicLengthBytes + headers.length + payload.length;
    }
}
