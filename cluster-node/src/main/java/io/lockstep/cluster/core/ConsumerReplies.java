package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ConsumerOpenedEncoder;
import io.lockstep.codecs.ConsumersPageEncoder;
import io.lockstep.codecs.ConsumersPageEncoder.ConsumersEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/** Encodes answers about durable consumers and hands them to the outbox. Allocates nothing. */
final class ConsumerReplies {
    private final Outbox outbox;
    private final JournalPart journal;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[Limits.MAX_REPLY_LENGTH]);
    private final UnsafeBuffer acks = new UnsafeBuffer(new byte[Limits.MAX_ACKS_IN_COMMAND * Long.BYTES]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ConsumerOpenedEncoder opened = new ConsumerOpenedEncoder();
    private final ConsumersPageEncoder page = new ConsumersPageEncoder();

    ConsumerReplies(final Outbox outbox, final PartList parts) {
        this.outbox = outbox;
        this.journal = parts.journal();
    }

    /** What a consumer adds to a page in bytes. */
    static int lengthOf(final Consumer consumer) {
        return ConsumersEncoder.sbeBlockLength()
                + ConsumersEncoder.nameHeaderLength()
                + consumer.name().length
                + ConsumersEncoder.filtersHeaderLength()
                + consumer.filters().length;
    }

    void opened(final long clusterSessionId, final long correlationId, final Consumer consumer) {
        for (int i = 0; i < consumer.ackCount(); i++) {
            acks.putLong(i * Long.BYTES, consumer.ack(i), ByteOrder.LITTLE_ENDIAN);
        }
        opened.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(journal.position())
                .detail(0)
                .consumerId(consumer.id())
                .ownerEpoch(consumer.ownerEpoch())
                .ownerMemberId(consumer.ownerMemberId())
                .wantedMemberId(consumer.wantedMemberId())
                .position(consumer.position())
                .code(ResultCode.ACCEPTED)
                .putAcks(acks, 0, consumer.ackCount() * Long.BYTES);
        send(clusterSessionId, opened.encodedLength());
    }

    void refused(final long clusterSessionId, final long correlationId, final ResultCode code, final long detail) {
        opened.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(journal.position())
                .detail(detail)
                .consumerId(0)
                .ownerEpoch(0)
                .ownerMemberId(Consumer.NOBODY)
                .wantedMemberId(Consumer.NOBODY)
                .position(0)
                .code(code)
                .putAcks(acks, 0, 0);
        send(clusterSessionId, opened.encodedLength());
    }

    void page(
            final long clusterSessionId,
            final long correlationId,
            final boolean isLast,
            final long scannedToConsumerId,
            final Consumer[] consumers,
            final int count) {
        page.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(journal.position())
                .scannedToConsumerId(scannedToConsumerId)
                .isLast(isLast ? BooleanType.TRUE : BooleanType.FALSE);
        final ConsumersEncoder group = page.consumersCount(count);
        for (int i = 0; i < count; i++) {
            final Consumer consumer = consumers[i];
            group.next()
                    .consumerId(consumer.id())
                    .position(consumer.position())
                    .ownerEpoch(consumer.ownerEpoch())
                    .ownerMemberId(consumer.ownerMemberId())
                    .wantedMemberId(consumer.wantedMemberId())
                    .ackCount(consumer.ackCount())
                    .memberCount(consumer.memberCount())
                    .lane(consumer.lane())
                    .putName(consumer.name(), 0, consumer.name().length)
                    .putFilters(consumer.filters(), 0, consumer.filters().length);
        }
        send(clusterSessionId, page.encodedLength());
    }

    private void send(final long clusterSessionId, final int encodedLength) {
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength);
    }
}
