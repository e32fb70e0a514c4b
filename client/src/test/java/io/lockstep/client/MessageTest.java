package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;

class MessageTest {
    @Test
    void shouldShowEveryFieldWhenWrappedOverRecord() {
        // given
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final byte[] headers = MessageHeaders.encode(Map.of("unit", "°C"));
        final byte[] payload = "21.5".getBytes(StandardCharsets.UTF_8);
        final MessageRecordEncoder encoder = new MessageRecordEncoder();
        encoder.wrapAndApplyHeader(buffer, 64, new MessageHeaderEncoder());
        encoder.recordHeader().crc32c(0).kind(RecordKind.MESSAGE).flags().clear();
        encoder.recordHeader().reserved(0).shardSequence(11).raftLogPosition(12).timestampNs(13);
        encoder.topicSequence(14)
                .producerId(15)
                .producerSequence(16)
                .topicId(17)
                .topicName("plant/7/größe")
                .putHeaders(headers, 0, headers.length)
                .putPayload(payload, 0, payload.length);
        final Message message = new Message();

        // when
        message.wrap(3, buffer, 64, 4096);

        // then
        assertEquals(3, message.shardId());
        assertEquals(4096, message.position());
        assertEquals(11, message.shardSequence());
        assertEquals(12, message.raftLogPosition());
        assertEquals(13, message.timestampNs());
        assertEquals(14, message.topicSequence());
        assertEquals(15, message.producerId());
        assertEquals(16, message.producerSequence());
        assertEquals("plant/7/größe", message.topic());
        assertEquals(Map.of("unit", "°C"), message.headers());
        assertEquals("21.5", message.payloadText());
    }
}
