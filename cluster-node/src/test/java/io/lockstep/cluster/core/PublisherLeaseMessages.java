package io.lockstep.cluster.core;

import io.lockstep.codecs.AcquireLeaseEncoder;
import io.lockstep.codecs.DropLeaseEncoder;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.LeaseAnswerDecoder;
import io.lockstep.codecs.ListLeasesEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ReleaseLeaseEncoder;
import io.lockstep.codecs.RenewLeaseEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Encodes commands of publisher leases for tests, and decodes their answers. */
final class PublisherLeaseMessages {
    static final long NO_FENCE = -1;
    private static final long CORRELATION_ID = 1234;
    private static final MessageHeaderEncoder HEADER = new MessageHeaderEncoder();

    record Lease(ResultCode code, long token, long remainingNs, long detail) {}

    record Change(int topicId, long token) {}

    private PublisherLeaseMessages() {}

    static byte[] acquire(final String topic, final long holderId, final long durationNs) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new AcquireLeaseEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .holderId(holderId)
                        .durationNs(durationNs)
                        .topicName(topic));
    }

    static byte[] renew(final String topic, final long token) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new RenewLeaseEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .token(token)
                        .topicName(topic));
    }

    static byte[] release(final String topic, final long token) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new ReleaseLeaseEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .token(token)
                        .topicName(topic));
    }

    static byte[] drop(final String topic) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DropLeaseEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .topicName(topic));
    }

    static byte[] list(final int afterTopicId, final int maxLeases, final String filter) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new ListLeasesEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .afterTopicId(afterTopicId)
                        .maxLeases(maxLeases)
                        .filter(filter));
    }

    static Lease answer(final byte[] bytes) {
        final LeaseAnswerDecoder answer = EngineFixture.decode(new LeaseAnswerDecoder(), bytes);
        return new Lease(answer.code(), answer.token(), answer.remainingNs(), answer.detail());
    }

    /** A header block with a fencing token; empty for {@link #NO_FENCE}. */
    static byte[] fence(final long token) {
        if (token == NO_FENCE) {
            return new byte[0];
        }
        final byte[] key = ReservedHeaders.bytesOf(ReservedHeaders.FENCE);
        final byte[] value = Long.toString(token).getBytes(StandardCharsets.US_ASCII);
        return ByteBuffer.allocate(Short.BYTES + key.length + Integer.BYTES + value.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putShort((short) key.length)
                .put(key)
                .putInt(value.length)
                .put(value)
                .array();
    }

    static List<Change> changes(final List<FakeOutbox.JournalRecord> records) {
        final List<Change> changes = new ArrayList<>();
        for (final FakeOutbox.JournalRecord record : records) {
            if (RecordLayout.kind(new UnsafeBuffer(record.bytes()), 0) == RecordKind.LEASE_CHANGED.value()) {
                final EventRecordDecoder event = EngineFixture.decode(new EventRecordDecoder(), record.bytes());
                changes.add(new Change((int) event.firstValue(), event.secondValue()));
            }
        }
        return changes;
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final MessageEncoderFlyweight encoder) {
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }
}
