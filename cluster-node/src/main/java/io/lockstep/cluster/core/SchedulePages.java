package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ScheduleDescribedEncoder;
import io.lockstep.codecs.ScheduledPageEncoder;
import io.lockstep.codecs.ScheduledPageEncoder.ScheduledEncoder;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicName;
import org.agrona.concurrent.UnsafeBuffer;

/** Answers who asks which messages are held back, a page at a time, and who asks for the figures of all. */
final class SchedulePages {
    /** Greatest number of messages in a page. */
    static final int MAX_ENTRIES = 100;

    private static final long NONE_HELD = -1;
    private static final int MAX_SCANNED = Limits.MAX_TOPICS_SCANNED;
    private static final int HEAD_LENGTH =
            MessageHeaderEncoder.ENCODED_LENGTH + ScheduledPageEncoder.BLOCK_LENGTH + ScheduledEncoder.sbeHeaderSize();

    private final Outbox outbox;
    private final PartList parts;
    private final SchedulePart schedule;
    private final UnsafeBuffer buffer =
            new UnsafeBuffer(new byte[HEAD_LENGTH + Limits.MAX_PAGE_LENGTH + TopicName.MAX_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ScheduledPageEncoder encoder = new ScheduledPageEncoder();
    private final ScheduleDescribedEncoder description = new ScheduleDescribedEncoder();
    private final int[] page = new int[MAX_ENTRIES];

    SchedulePages(final Outbox outbox, final PartList parts) {
        this.outbox = outbox;
        this.parts = parts;
        this.schedule = parts.schedule();
    }

    void reply(
            final long clusterSessionId,
            final long correlationId,
            final long afterPosition,
            final int maxEntries,
            final TopicFilter filter) {
        final int maxInPage = Math.max(1, Math.min(maxEntries, MAX_ENTRIES));
        int index = schedule.listIndexAfter(afterPosition);
        long scannedTo = afterPosition;
        int scanned = 0;
        int count = 0;
        int length = 0;
        while (index != SchedulePart.NO_SLOT && scanned < MAX_SCANNED && count < maxInPage) {
            final int slot = schedule.listedSlot(index);
            final Topic topic = topicOf(slot);
            if (filter == null || filter.matches(topic.name(), 0, topic.nameLength())) {
                length += ScheduledEncoder.sbeBlockLength()
                        + ScheduledEncoder.topicNameHeaderLength()
                        + topic.nameLength();
                if (length > Limits.MAX_PAGE_LENGTH) {
                    break;
                }
                page[count++] = slot;
            }
            scannedTo = schedule.idOf(slot);
            scanned++;
            index = schedule.nextListed(index + 1);
        }
        send(clusterSessionId, correlationId, scannedTo, index == SchedulePart.NO_SLOT, count);
    }

    void describe(final long clusterSessionId, final long correlationId) {
        final ReleaseTotals totals = schedule.totals();
        description
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .timestampNs(parts.clock().nowNs())
                .heldBytes(schedule.stateBytes())
                .nextDueNs(schedule.count() == 0 ? NONE_HELD : schedule.firstDueNs())
                .releasedCount(totals.releasedCount())
                .latenessSumUs(totals.latenessSumUs())
                .greatestLatenessUs(totals.greatestLatenessUs())
                .heldCount(schedule.count());
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + description.encodedLength());
    }

    private void send(
            final long clusterSessionId,
            final long correlationId,
            final long scannedTo,
            final boolean isLast,
            final int count) {
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .scannedToPosition(scannedTo)
                .timestampNs(parts.clock().nowNs())
                .heldBytes(schedule.stateBytes())
                .heldCount(schedule.count())
                .isLast(isLast ? BooleanType.TRUE : BooleanType.FALSE);
        final ScheduledEncoder group = encoder.scheduledCount(count);
        for (int i = 0; i < count; i++) {
            final int slot = page[i];
            final Topic topic = topicOf(slot);
            group.next()
                    .schedulePosition(schedule.idOf(slot))
                    .dueNs(schedule.dueNsOf(slot))
                    .producerId(schedule.producerIdOf(slot))
                    .producerSequence(schedule.producerSequenceOf(slot))
                    .topicId(topic.id())
                    .headersLength(schedule.headersLengthOf(slot))
                    .payloadLength(schedule.payloadLengthOf(slot))
                    .putTopicName(topic.name(), 0, topic.nameLength());
        }
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    private Topic topicOf(final int slot) {
        return parts.topics().ofId(schedule.topicIdOf(slot));
    }
}
