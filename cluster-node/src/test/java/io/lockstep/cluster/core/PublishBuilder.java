package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.PublishEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;

/** Encodes publish commands for tests. */
final class PublishBuilder {
    // Nobody compares these as a whole or changes the bytes.
    @SuppressWarnings("ArrayRecordComponent")
    private record Entry(byte[] topic, byte[] headers, byte[] payload, long expectedSequence) {}

    private final long producerId;
    private final int epoch;
    private final long firstSequence;
    private final List<Entry> entries = new ArrayList<>();
    private long noted;
    private boolean isAtomic;

    PublishBuilder(final long producerId, final int epoch, final long firstSequence) {
        this.producerId = producerId;
        this.epoch = epoch;
        this.firstSequence = firstSequence;
    }

    PublishBuilder noted(final long sequence) {
        noted = sequence;
        return this;
    }

    PublishBuilder atomic() {
        isAtomic = true;
        return this;
    }

    PublishBuilder entry(final String topic, final String payload) {
        return entry(topic, payload, PublishFrame.NO_CONDITION);
    }

    PublishBuilder entry(final String topic, final String payload, final long expectedSequence) {
        return entry(
                topic.getBytes(StandardCharsets.UTF_8),
                new byte[0],
                payload.getBytes(StandardCharsets.UTF_8),
                expectedSequence);
    }

    PublishBuilder entry(final byte[] topic, final byte[] headers, final byte[] payload, final long expectedSequence) {
        entries.add(new Entry(topic, headers, payload, expectedSequence));
        return this;
    }

    byte[] build() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1024);
        final PublishEncoder encoder = new PublishEncoder();
        encoder.wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .producerId(producerId)
                .firstSequence(firstSequence)
                .notedRefusal(noted)
                .epoch(epoch)
                .atomic(isAtomic ? BooleanType.TRUE : BooleanType.FALSE);
        final PublishEncoder.EntriesEncoder group = encoder.entriesCount(entries.size());
        for (final Entry entry : entries) {
            group.next()
                    .expectedTopicSequence(entry.expectedSequence)
                    .putTopicName(entry.topic, 0, entry.topic.length)
                    .putHeaders(entry.headers, 0, entry.headers.length)
                    .putPayload(entry.payload, 0, entry.payload.length);
        }
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }
}
