package io.lockstep.client;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.MessageHeaders;
import java.util.Map;
import org.agrona.ExpandableArrayBuffer;

/** Messages as a subscriber gets them, without a cluster. */
public final class MessageFixture {
    private static final int OFFSET = 64;

    private MessageFixture() {}

    /**
     * A message in shard 3 at position 4096 with shard sequence 11, Raft log position 12, time 13, topic sequence 14,
     * producer 15 and producer sequence 16.
     *
     * @param topic   of the message.
     * @param headers of the message.
     * @param payload of the message.
     * @return the message.
     */
    public static Message message(final String topic, final Map<String, String> headers, final byte[] payload) {
        return message(topic, MessageHeaders.encode(headers), payload);
    }

    /**
     * The same message with a header block.
     *
     * @param topic       of the message.
     * @param headerBlock of the message.
     * @param payload     of the message.
     * @return the message.
     */
    public static Message message(final String topic, final byte[] headerBlock, final byte[] payload) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final MessageRecordEncoder encoder = new MessageRecordEncoder();
        encoder.wrapAndApplyHeader(buffer, OFFSET, new MessageHeaderEncoder());
        encoder.recordHeader().crc32c(0).kind(RecordKind.MESSAGE).flags().clear();
        encoder.recordHeader().reserved(0).shardSequence(11).raftLogPosition(12).timestampNs(13);
        encoder.topicSequence(14)
                .producerId(15)
                .producerSequence(16)
                .topicId(17)
                .topicName(topic)
                .putHeaders(headerBlock, 0, headerBlock.length)
                .putPayload(payload, 0, payload.length);
        final Message message = new Message();
        message.wrap(3, buffer, OFFSET, 4096);
        return message;
    }
}
