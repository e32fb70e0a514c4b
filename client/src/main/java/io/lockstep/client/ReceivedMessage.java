package io.lockstep.client;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.agrona.DirectBuffer;

/**
 * A copy of a message that may be kept. Its payload is not copied again: who changes the array changes the message.
 *
 * @param shardId       where the message lives.
 * @param position      behind it in the shard's journal.
 * @param topic         name.
 * @param topicSequence dense number in the topic, from 1.
 * @param timestampNs   cluster time at which it was accepted.
 * @param headers       as text, in their order.
 * @param payload       bytes.
 */
public record ReceivedMessage(
        int shardId,
        long position,
        String topic,
        long topicSequence,
        long timestampNs,
        Map<String, String> headers,
        byte[] payload) {
    /**
     * Copies a message.
     *
     * @param message valid during its handler call.
     * @return the copy.
     */
    public static ReceivedMessage copyOf(final Message message) {
        final DirectBuffer buffer = message.buffer();
        final byte[] payload = new byte[message.payloadLength()];
        buffer.getBytes(message.payloadOffset(), payload);
        return new ReceivedMessage(
                message.shardId(),
                message.position(),
                message.topic(),
                message.topicSequence(),
                message.timestampNs(),
                message.headers(),
                payload);
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
