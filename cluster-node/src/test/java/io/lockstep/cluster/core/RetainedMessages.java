package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ListRetainedEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RetainedPageDecoder;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.ExpandableArrayBuffer;

/** Encodes and decodes for tests what concerns last values. */
final class RetainedMessages {
    record Value(
            int topicId,
            long position,
            long topicSequence,
            long timestampNs,
            long producerId,
            long producerSequence,
            String topic,
            String headers,
            String payload) {}

    record Page(long journalPosition, boolean isLast, int scannedToTopicId, List<Value> values) {}

    private RetainedMessages() {}

    static byte[] list(final String filter) {
        return list(0, -1, filter.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] list(final int afterTopicId, final long upToPosition, final byte[] filter) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ListRetainedEncoder encoder = new ListRetainedEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(Commands.CORRELATION_ID)
                .afterTopicId(afterTopicId)
                .upToPosition(upToPosition)
                .putFilter(filter, 0, filter.length);
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    static Page page(final byte[] reply) {
        final RetainedPageDecoder decoder = EngineFixture.decode(new RetainedPageDecoder(), reply);
        if (decoder.correlationId() != Commands.CORRELATION_ID) {
            throw new AssertionError("correlation id " + decoder.correlationId());
        }
        final List<Value> values = new ArrayList<>();
        final Page page = new Page(
                decoder.journalPosition(), decoder.isLast() == BooleanType.TRUE, decoder.scannedToTopicId(), values);
        for (final RetainedPageDecoder.ValuesDecoder value : decoder.values()) {
            values.add(new Value(
                    value.topicId(),
                    value.position(),
                    value.topicSequence(),
                    value.timestampNs(),
                    value.producerId(),
                    value.producerSequence(),
                    value.topicName(),
                    text(bytesOf(value.headersLength(), value::getHeaders)),
                    text(bytesOf(value.payloadLength(), value::getPayload))));
        }
        return page;
    }

    /** Headers of a message that is to be a last value. */
    static byte[] headers(final long expiryMs) {
        final Map<String, String> headers = new LinkedHashMap<>();
        headers.put(ReservedHeaders.RETAIN, "1");
        if (expiryMs >= 0) {
            headers.put(ReservedHeaders.EXPIRY_MS, Long.toString(expiryMs));
        }
        return MessageHeaders.encode(headers);
    }

    static byte[] headers() {
        return headers(-1);
    }

    static PublishBuilder entry(final PublishBuilder builder, final String topic, final String payload) {
        return builder.entry(bytes(topic), headers(), bytes(payload), PublishFrame.NO_CONDITION);
    }

    static PublishBuilder entry(
            final PublishBuilder builder, final String topic, final String payload, final long expiryMs) {
        return builder.entry(bytes(topic), headers(expiryMs), bytes(payload), PublishFrame.NO_CONDITION);
    }

    /** Gives a shard some last values. */
    static void fill(final EngineFixture fixture) {
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
        fixture.open(10, 16, false);
        fixture.publish(entry(new PublishBuilder(10, 2, 1), "retained/1", "first"));
        fixture.publish(entry(new PublishBuilder(10, 2, 2), "retained/2", "second", 60_000));
        fixture.publish(entry(new PublishBuilder(10, 2, 3), "retained/3", "third"));
    }

    /** Bytes as text of which each char is one of them. */
    static String text(final byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private interface Getter {
        int get(byte[] target, int offset, int length);
    }

    private static byte[] bytesOf(final int length, final Getter getter) {
        final byte[] bytes = new byte[length];
        getter.get(bytes, 0, length);
        return bytes;
    }
}
