package io.lockstep.cluster.core;

import io.lockstep.codecs.AckConsumerEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.DeleteConsumerEncoder;
import io.lockstep.codecs.LeaveConsumerEncoder;
import io.lockstep.codecs.ListConsumersEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenConsumerEncoder;
import io.lockstep.codecs.SeekConsumerEncoder;
import java.nio.ByteOrder;
import java.util.Collection;
import java.util.List;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Encodes commands about durable consumers for tests. */
final class ConsumerRequests {
    private static final MessageHeaderEncoder HEADER = new MessageHeaderEncoder();

    private ConsumerRequests() {}

    static byte[] open(
            final long memberId,
            final String name,
            final int lane,
            final List<String> filters,
            final ConsumerStart startKind,
            final long startPosition) {
        return open(memberId, name, lane, filters, startKind, startPosition, 0);
    }

    static byte[] open(
            final long memberId,
            final String name,
            final int lane,
            final List<String> filters,
            final ConsumerStart startKind,
            final long startPosition,
            final long knownConsumerId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final OpenConsumerEncoder encoder = new OpenConsumerEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(Commands.CORRELATION_ID)
                .memberId(memberId)
                .startPosition(startPosition)
                .lane(lane)
                .startKind(startKind)
                .knownConsumerId(knownConsumerId);
        final OpenConsumerEncoder.FiltersEncoder group = encoder.filtersCount(filters.size());
        for (final String filter : filters) {
            group.next().filter(filter);
        }
        encoder.name(name);
        return bytes(buffer, encoder);
    }

    static byte[] ack(
            final long consumerId,
            final long memberId,
            final long ownerEpoch,
            final long position,
            final Collection<Long> acks) {
        final UnsafeBuffer list = new UnsafeBuffer(new byte[acks.size() * Long.BYTES]);
        int index = 0;
        for (final long ack : acks) {
            list.putLong(index, ack, ByteOrder.LITTLE_ENDIAN);
            index += Long.BYTES;
        }
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new AckConsumerEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .consumerId(consumerId)
                        .memberId(memberId)
                        .ownerEpoch(ownerEpoch)
                        .position(position)
                        .putAcks(list, 0, list.capacity()));
    }

    static byte[] leave(
            final long consumerId, final long memberId, final long ownerEpoch, final boolean isMembershipKept) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new LeaveConsumerEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .consumerId(consumerId)
                        .memberId(memberId)
                        .ownerEpoch(ownerEpoch)
                        .keepMembership(isMembershipKept ? BooleanType.TRUE : BooleanType.FALSE));
    }

    static byte[] seek(final long consumerId, final ConsumerStart startKind, final long startPosition) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new SeekConsumerEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .consumerId(consumerId)
                        .startPosition(startPosition)
                        .startKind(startKind));
    }

    static byte[] delete(final long consumerId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DeleteConsumerEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .consumerId(consumerId));
    }

    static byte[] list(final long afterConsumerId, final int maxConsumers, final String filter) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new ListConsumersEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(Commands.CORRELATION_ID)
                        .afterConsumerId(afterConsumerId)
                        .maxConsumers(maxConsumers)
                        .filter(filter));
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final MessageEncoderFlyweight encoder) {
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }
}
