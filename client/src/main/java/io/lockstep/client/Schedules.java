package io.lockstep.client;

import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CancelScheduledEncoder;
import io.lockstep.codecs.DescribeScheduleEncoder;
import io.lockstep.codecs.ListScheduledEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ScheduleDescribedDecoder;
import io.lockstep.codecs.ScheduledPageDecoder;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The messages that a cluster holds back for later. Made by {@link LockstepClient#schedules()}; belongs to the thread that
 * owns the client, and is not to be called from a handler or listener.
 */
public final class Schedules {
    private static final int PAGE_LENGTH = 100;
    private static final String WHAT = "list what it holds back";

    private final LockstepClient client;

    Schedules(final LockstepClient client) {
        this.client = client;
    }

    /**
     * The messages that all shards hold back. Waits for the answers.
     *
     * @param filter    topic filter; {@code #} for all.
     * @param timeoutNs greatest time to wait.
     * @return the messages, by shard and in the order in which they were accepted.
     * @throws LockstepException where a shard did not answer in time, or does not know the question.
     */
    public List<ScheduledMessage> list(final String filter, final long timeoutNs) {
        final String checked = TopicFilter.parse(filter).toString();
        return PagedList.collect(
                client,
                ScheduledPageDecoder.TEMPLATE_ID,
                WHAT,
                (buffer, header, correlationId, after) -> new ListScheduledEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .afterPosition(after)
                        .maxEntries(PAGE_LENGTH)
                        .filter(checked),
                Schedules::readPage,
                timeoutNs);
    }

    /**
     * How much all shards hold back, and how late they released so far. Waits for the answers.
     *
     * @param timeoutNs greatest time to wait.
     * @return by shard.
     * @throws LockstepException where a shard did not answer in time, or does not know the question.
     */
    public List<ScheduleState> states(final long timeoutNs) {
        final ShardCommand question = (buffer, header, correlationId) -> new DescribeScheduleEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId);
        final List<ScheduleState> states = new ArrayList<>();
        for (final BlockingCall call : BlockingCall.askAll(client, shardId -> question, timeoutNs)) {
            final ScheduleDescribedDecoder reply = new ScheduleDescribedDecoder()
                    .wrapAndApplyHeader(
                            call.require(ScheduleDescribedDecoder.TEMPLATE_ID, "tell what it holds back")
                                    .answer(),
                            0,
                            new MessageHeaderDecoder());
            states.add(new ScheduleState(
                    call.shardId(),
                    reply.heldCount(),
                    reply.heldBytes(),
                    reply.nextDueNs(),
                    reply.releasedCount(),
                    reply.latenessSumUs(),
                    reply.greatestLatenessUs(),
                    reply.timestampNs()));
        }
        return states;
    }

    /**
     * Cancels a message that is held back and waits for the answer.
     *
     * @param shardId   that holds it.
     * @param position  the message's id: the position that {@link PublishListener#onAccepted} told.
     * @param timeoutNs greatest time to wait.
     * @return {@link ResultCode#ACCEPTED}: it will not be released; {@link ResultCode#SCHEDULE_UNKNOWN}: it is not held
     *     back, because it was released or cancelled. Where an answer was lost and the command repeated, that may have been
     *     this call.
     * @throws LockstepException where the shard did not answer in time; the message may be cancelled then.
     */
    public CommandAnswer cancel(final int shardId, final long position, final long timeoutNs) {
        return BlockingCall.ask(
                        client,
                        shardId,
                        (buffer, header, correlationId) -> new CancelScheduledEncoder()
                                .wrapAndApplyHeader(buffer, 0, header)
                                .correlationId(correlationId)
                                .schedulePosition(position),
                        timeoutNs)
                .commandAnswer();
    }

    private static long readPage(
            final int shardId, final DirectBuffer buffer, final int offset, final List<ScheduledMessage> messages) {
        final ScheduledPageDecoder page =
                new ScheduledPageDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long after = page.isLast() == BooleanType.TRUE ? PagedList.LAST : page.scannedToPosition();
        for (final ScheduledPageDecoder.ScheduledDecoder entry : page.scheduled()) {
            final long position = entry.schedulePosition();
            final long dueNs = entry.dueNs();
            final long producerId = entry.producerId();
            final long producerSequence = entry.producerSequence();
            final int headersLength = entry.headersLength();
            final int payloadLength = entry.payloadLength();
            messages.add(new ScheduledMessage(
                    shardId,
                    position,
                    entry.topicName(),
                    dueNs,
                    producerId,
                    producerSequence,
                    headersLength,
                    payloadLength));
        }
        return after;
    }
}
