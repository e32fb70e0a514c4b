package io.lockstep.perf;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.PublishEncoder;
import java.nio.charset.StandardCharsets;
import org.agrona.MutableDirectBuffer;

/** Encodes publish commands of one message with no headers, as the client does. One thread; allocates once. */
final class PublishFixture {
    static final long PRODUCER_ID = 77;
    static final int BUFFER_LENGTH = 128 * 1024;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final PublishEncoder publish = new PublishEncoder();
    private final byte[] topic;
    private final byte[] payload;
    private final byte[] noHeaders = new byte[0];

    PublishFixture(final String topic, final int payloadLength) {
        this.topic = topic.getBytes(StandardCharsets.UTF_8);
        this.payload = new byte[payloadLength];
        for (int i = 0; i < payloadLength; i++) {
            payload[i] = (byte) (i * 31);
        }
    }

    /**
     * Encodes a command.
     *
     * @param buffer   that takes it, from its first byte on.
     * @param sequence of the message.
     * @param epoch    of the producer.
     * @return the length in bytes.
     */
    int encode(final MutableDirectBuffer buffer, final long sequence, final int epoch) {
        publish.wrapAndApplyHeader(buffer, 0, header)
                .producerId(PRODUCER_ID)
                .firstSequence(sequence)
                .notedRefusal(0)
                .epoch(epoch)
                .atomic(BooleanType.FALSE)
                .entriesCount(1)
                .next()
                .expectedTopicSequence(-1)
                .putTopicName(topic, 0, topic.length)
                .putHeaders(noHeaders, 0, 0)
                .putPayload(payload, 0, payload.length);
        return MessageHeaderEncoder.ENCODED_LENGTH + publish.encodedLength();
    }

    byte[] topic() {
        return topic;
    }

    byte[] payload() {
        return payload;
    }
}
