package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class MessageTest {
    @Test
    void shouldShowEveryFieldWhenWrappedOverRecord() {
        // when
        final Message message =
                MessageFixture.message("plant/7/größe", Map.of("unit", "°C"), "21.5".getBytes(StandardCharsets.UTF_8));

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

    @Test
    void shouldTellTopicAndPartitionApartWhenTheRecordIsOfAPartition() {
        // when
        final Message message = MessageFixture.message("orders/eu/$12", Map.of("a", "b"), new byte[] {'x'});

        // then
        assertEquals("orders/eu", message.topic());
        assertEquals(12, message.partition());
        assertEquals("orders/eu/$12", message.fullTopic());
        assertEquals(9, message.topicLength());
        assertEquals(13, message.fullTopicLength());
        assertEquals(Map.of("a", "b"), message.headers());
        assertEquals("x", message.payloadText());
        final Message plain = MessageFixture.message("orders/eu", Map.of(), new byte[0]);
        assertEquals(-1, plain.partition());
        assertEquals("orders/eu", plain.fullTopic());
    }
}
