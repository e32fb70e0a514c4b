package io.lockstep.cluster.core;

import io.lockstep.codecs.CancelScheduledDecoder;
import io.lockstep.codecs.DescribeScheduleDecoder;
import io.lockstep.codecs.ListScheduledDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Holds messages back until their time and releases them then, in the order of due time and id. A message that was
 * accepted cannot be refused any more; while the shard is read-only it waits. Allocates nothing in steady state.
 */
final class ScheduleHandler implements PublishRule, DueWork, CommandFamily {
    /** Greatest number of messages that are released at once; what is left is released by the next timer. */
    static final int MAX_RELEASED = 1_000;

    /** Bytes of content after which no more messages are released at once. */
    static final long MAX_RELEASED_BYTES = 1L << 20;

    private static final long NS_IN_MS = 1_000_000;
    private static final long MAX_DUE_MS = Long.MAX_VALUE / NS_IN_MS - 1;
    private static final byte[] DUE_MS = ReservedHeaders.bytesOf(ReservedHeaders.DUE_MS);
    private static final int INITIAL_BUFFER_LENGTH = 4096;
    private static final int HEADER_OVERHEAD_BYTES = Short.BYTES + Integer.BYTES;

    private final PartList parts;
    private final SchedulePart schedule;
    private final JournalAppender appender;
    private final MessagePipeline pipeline;
    private final ReplyProxy replies;
    private final SchedulePages pages;
    private final MessageContent released = new MessageContent();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[INITIAL_BUFFER_LENGTH]);
    private final CancelScheduledDecoder cancelScheduled = new CancelScheduledDecoder();
    private final ListScheduledDecoder listScheduled = new ListScheduledDecoder();
    private final DescribeScheduleDecoder describeSchedule = new DescribeScheduleDecoder();

    ScheduleHandler(
            final Outbox outbox,
            final PartList parts,
            final JournalAppender appender,
            final MessagePipeline pipeline,
            final ReplyProxy replies) {
        this.parts = parts;
        this.schedule = parts.schedule();
        this.appender = appender;
        this.pipeline = pipeline;
        this.replies = replies;
        this.pages = new SchedulePages(outbox, parts);
    }

    /** {@inheritDoc} */
    @Override
    public ResultCode check(final MessageContent content, final Topic topic, final boolean isInBatch) {
        if (!content.traits().isDelayed()) {
            return ResultCode.ACCEPTED;
        }
        if (isInBatch || content.isConditional() || dueMs(content.traits()) > MAX_DUE_MS) {
            return ResultCode.BAD_SCHEDULE;
        }
        final int headersLength = headersLengthOf(content);
        if (headersLength > parts.settings().value(EngineSetting.MAX_HEADERS_LENGTH)) {
            return ResultCode.HEADERS_TOO_LARGE;
        }
        if (isAtLimit(schedule.heldCounts().ofProducer(content.producerId()), EngineSetting.PRODUCER_SCHEDULED)) {
            return ResultCode.TOO_MANY_SCHEDULED_OF_PRODUCER;
        }
        if (topic != null && isAtLimit(schedule.heldCounts().ofTopic(topic.id()), EngineSetting.TOPIC_SCHEDULED)) {
            return ResultCode.TOO_MANY_SCHEDULED_OF_TOPIC;
        }
        final long bytes = schedule.stateBytes() + SchedulePart.costOf(headersLength, content.payloadLength());
        return schedule.count() >= parts.settings().value(EngineSetting.MAX_SCHEDULED)
                        || bytes > parts.settings().value(EngineSetting.MAX_SCHEDULED_BYTES)
                ? ResultCode.SCHEDULE_FULL
                : ResultCode.ACCEPTED;
    }

    /** {@inheritDoc} */
    @Override
    public long additionalBytes(final MessageContent content, final Topic topic) {
        return content.traits().isDelayed()
                ? SchedulePart.costOf(headersLengthOf(content), content.payloadLength())
                : 0;
    }

    /** {@inheritDoc} */
    @Override
    public long detailOf(final ResultCode code, final MessageContent content, final Topic topic) {
        return switch (code) {
            case SCHEDULE_FULL -> schedule.count();
            case TOO_MANY_SCHEDULED_OF_PRODUCER -> parts.settings().value(EngineSetting.PRODUCER_SCHEDULED);
            case TOO_MANY_SCHEDULED_OF_TOPIC -> parts.settings().value(EngineSetting.TOPIC_SCHEDULED);
            default -> 0;
        };
    }

    /** Holds a message back that may not be refused any more, and returns the position that is its id. */
    long hold(final MessageContent content, final Topic topic, final long logPosition) {
        final long dueMs = dueMs(content.traits());
        final long dueNs = dueMs * NS_IN_MS;
        appender.appendEvent(RecordKind.SCHEDULED, dueNs, topic.id(), logPosition);
        final long id = parts.journal().position();
        reserve(headersLengthOf(content) + content.payloadLength());
        final int headersLength = writeHeaders(content, dueMs);
        buffer.putBytes(headersLength, content.buffer(), content.payloadOffset(), content.payloadLength());
        schedule.add(id, dueNs, content, topic.id(), buffer, headersLength, content.payloadLength());
        return id;
    }

    /** {@inheritDoc} */
    @Override
    public long dueNs() {
        return parts.shard().isReadOnly() ? NEVER : schedule.firstDueNs();
    }

    /** {@inheritDoc} */
    @Override
    public void run(final long nowNs, final long logPosition) {
        long bytes = 0;
        for (int i = 0; i < MAX_RELEASED && bytes < MAX_RELEASED_BYTES && schedule.firstDueNs() <= nowNs; i++) {
            bytes += release(schedule.firstDue(), logPosition);
            appender.appendCheckpointIfFull(logPosition);
        }
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId == CancelScheduledDecoder.TEMPLATE_ID
                || templateId == ListScheduledDecoder.TEMPLATE_ID
                || templateId == DescribeScheduleDecoder.TEMPLATE_ID;
    }

    /** {@inheritDoc} */
    @Override
    public boolean onCommand(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer command,
            final int offset,
            final int length) {
        final int templateId = WireShape.templateId(command, offset);
        if (templateId == ListScheduledDecoder.TEMPLATE_ID) {
            return onList(clusterSessionId, command, offset, length);
        }
        if (templateId == DescribeScheduleDecoder.TEMPLATE_ID) {
            return onDescribe(clusterSessionId, command, offset, length);
        }
        if (!WireShape.wrap(cancelScheduled, command, offset, length)) {
            return false;
        }
        final ResultCode code = cancel(cancelScheduled.schedulePosition(), logPosition);
        replies.commandReply(clusterSessionId, cancelScheduled.correlationId(), code, 0);
        return true;
    }

    private ResultCode cancel(final long id, final long logPosition) {
        final int slot = schedule.find(id);
        if (slot == SchedulePart.NO_SLOT) {
            return ResultCode.SCHEDULE_UNKNOWN;
        }
        final int topicId = schedule.topicIdOf(slot);
        schedule.remove(slot);
        appender.appendEvent(RecordKind.SCHEDULE_CANCELLED, id, topicId, logPosition);
        return ResultCode.ACCEPTED;
    }

    private boolean onList(
            final long clusterSessionId, final DirectBuffer command, final int offset, final int length) {
        if (!WireShape.wrapWithText(listScheduled, command, offset, length)) {
            return false;
        }
        final byte[] filterText = WireShape.textBehindBlock(command, offset);
        final long correlationId = listScheduled.correlationId();
        final TopicFilter filter = filterText.length == 0 ? null : QueryHandler.parse(filterText);
        if (filter == null && filterText.length > 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_TOPIC, 0);
        } else {
            pages.reply(
                    clusterSessionId, correlationId, listScheduled.afterPosition(), listScheduled.maxEntries(), filter);
        }
        return true;
    }

    private boolean onDescribe(
            final long clusterSessionId, final DirectBuffer command, final int offset, final int length) {
        if (!WireShape.wrap(describeSchedule, command, offset, length)) {
            return false;
        }
        pages.describe(clusterSessionId, describeSchedule.correlationId());
        return true;
    }

    private boolean isAtLimit(final long heldCount, final EngineSetting setting) {
        final long limit = parts.settings().value(setting);
        return limit > 0 && heldCount >= limit;
    }

    // Returns the length of the content.
    private int release(final int slot, final long logPosition) {
        final Topic topic = parts.topics().ofId(schedule.topicIdOf(slot));
        final int headersLength = schedule.headersLengthOf(slot);
        final int payloadLength = schedule.payloadLengthOf(slot);
        final int headersOffset = topic.nameLength();
        reserve(headersOffset + headersLength + payloadLength);
        buffer.putBytes(0, topic.name(), 0, topic.nameLength());
        schedule.readContent(slot, buffer, headersOffset);
        released.wrap(buffer, schedule.producerIdOf(slot), schedule.producerSequenceOf(slot))
                .name(0, topic.nameLength())
                .headers(headersOffset, headersLength)
                .payload(headersOffset + headersLength, payloadLength);
        if (!released.readTraitsOfEngine()) {
            throw new IllegalStateException("the headers of the message with the id " + schedule.idOf(slot)
                    + " were checked and are not what they were");
        }
        schedule.totals().count(schedule.dueNsOf(slot), parts.clock().nowNs());
        schedule.remove(slot);
        pipeline.append(released, topic, JournalAppender.NO_BATCH, logPosition);
        return headersLength + payloadLength;
    }

    private void reserve(final int length) {
        if (length > buffer.capacity()) {
            buffer.wrap(new byte[BitUtil.findNextPositivePowerOfTwo(length)]);
        }
    }

    // Whole milliseconds, so that the header tells exactly when the message was due: never before what was asked for.
    private long dueMs(final MessageTraits traits) {
        final long nowNs = parts.clock().nowNs();
        return traits.delayMs() == MessageTraits.NONE
                ? Math.max(traits.deliverAtMs(), nowNs / NS_IN_MS)
                : (nowNs + NS_IN_MS - 1) / NS_IN_MS + traits.delayMs();
    }

    private int headersLengthOf(final MessageContent content) {
        return content.headersLength()
                - content.traits().delayEntryLength()
                + HEADER_OVERHEAD_BYTES
                + DUE_MS.length
                + digitsOf(dueMs(content.traits()));
    }

    // The headers with when the message is due in place of what the client asked for; returns their length.
    private int writeHeaders(final MessageContent content, final long dueMs) {
        final int entryOffset = content.traits().delayEntryOffset();
        final int entryEnd = entryOffset + content.traits().delayEntryLength();
        int index = entryOffset - content.headersOffset();
        buffer.putBytes(0, content.buffer(), content.headersOffset(), index);
        buffer.putShort(index, (short) DUE_MS.length, ByteOrder.LITTLE_ENDIAN);
        index += Short.BYTES;
        buffer.putBytes(index, DUE_MS);
        index += DUE_MS.length;
        buffer.putInt(index, digitsOf(dueMs), ByteOrder.LITTLE_ENDIAN);
        index += Integer.BYTES;
        index += buffer.putNaturalLongAscii(index, dueMs);
        final int restLength = content.headersOffset() + content.headersLength() - entryEnd;
        buffer.putBytes(index, content.buffer(), entryEnd, restLength);
        return index + restLength;
    }

    private static int digitsOf(final long number) {
        int digits = 1;
        for (long rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        return digits;
    }
}
