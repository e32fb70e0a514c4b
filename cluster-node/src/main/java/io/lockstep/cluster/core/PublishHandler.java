package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;

/**
 * Publishing. A command is refused as a whole, and then no sequence is consumed; or each of its entries consumes its
 * sequence and gets an answer, which is kept for duplicates. Allocates nothing unless a topic is created.
 */
final class PublishHandler {
    private final PartList parts;
    private final EntryCheck entryCheck;
    private final JournalAppender appender;
    private final MessagePipeline pipeline;
    private final ScheduleHandler schedule;
    private final ReplyProxy replies;
    private final PublishRefusals refusals;
    private final MessageContent content = new MessageContent();
    private final PublishResults results = new PublishResults();
    private final BatchPlan plan = new BatchPlan();

    PublishHandler(
            final PartList parts,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final MessagePipeline pipeline,
            final ScheduleHandler schedule,
            final ReplyProxy replies,
            final PublishRefusals refusals) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.appender = appender;
        this.pipeline = pipeline;
        this.schedule = schedule;
        this.replies = replies;
        this.refusals = refusals;
    }

    void onPublish(final long clusterSessionId, final long logPosition, final PublishFrame frame) {
        final Producer producer = parts.producers().find(frame.producerId());
        final ResultCode code = checkCommand(frame, producer);
        if (code != ResultCode.ACCEPTED) {
            replies.publishRefused(clusterSessionId, frame, code, detailOf(code, frame, producer));
            return;
        }
        producer.use(parts.clock().nowNs());
        producer.note(frame.notedRefusal());
        results.clear();
        final int duplicates = (int) Math.min(frame.entryCount(), producer.lastSequence() - frame.firstSequence() + 1);
        for (int entry = 0; entry < duplicates; entry++) {
            answerDuplicate(producer, frame.firstSequence() + entry);
        }
        if (duplicates < frame.entryCount()) {
            if (frame.isAtomic()) {
                publishBatch(logPosition, frame, producer);
            } else {
                publishEach(logPosition, frame, producer, duplicates);
            }
        }
        replies.publishAnswered(clusterSessionId, frame, results);
    }

    private ResultCode checkCommand(final PublishFrame frame, final Producer producer) {
        if (entryCheck.isSeedMissing()) {
            return ResultCode.NOT_SEEDED;
        }
        if (producer == null || frame.epoch() > producer.epoch()) {
            return ResultCode.PRODUCER_UNKNOWN;
        }
        if (frame.epoch() < producer.epoch()) {
            return ResultCode.PRODUCER_FENCED;
        }
        if (frame.entryCount() > Limits.MAX_BATCH_LENGTH) {
            return ResultCode.BATCH_TOO_LARGE;
        }
        final long lastSequence = producer.lastSequence();
        if (frame.firstSequence() > lastSequence + 1) {
            return ResultCode.SEQUENCE_GAP;
        }
        // What was answered before is answered again even where a limit has been lowered since.
        if (frame.lastSequence() <= lastSequence) {
            return ResultCode.ACCEPTED;
        }
        if (frame.isAtomic() && frame.firstSequence() <= lastSequence) {
            return ResultCode.MALFORMED;
        }
        if (frame.entryCount() > greatestBatch(producer)) {
            return ResultCode.BATCH_TOO_LARGE;
        }
        if (pipeline.isOn()) {
            parts.quotas().followSettings();
            return retryAfterNs(frame, producer) > 0 ? ResultCode.RATE_LIMITED : ResultCode.ACCEPTED;
        }
        return ResultCode.ACCEPTED;
    }

    // How long nothing of the new entries would be taken.
    private long retryAfterNs(final PublishFrame frame, final Producer producer) {
        final long nowNs = parts.clock().nowNs();
        long retryAfterNs = parts.quotas().producerRetryAfterNs(producer.id(), nowNs);
        if (parts.quotas().hasTopicRate()) {
            final int firstNew = (int) (producer.lastSequence() + 1 - frame.firstSequence());
            for (int entry = firstNew; entry < frame.entryCount(); entry++) {
                retryAfterNs = Math.max(retryAfterNs, parts.quotas().topicRetryAfterNs(findTopic(frame, entry), nowNs));
            }
        }
        return retryAfterNs;
    }

    private long detailOf(final ResultCode code, final PublishFrame frame, final Producer producer) {
        return switch (code) {
            case PRODUCER_FENCED -> producer.epoch();
            case SEQUENCE_GAP -> producer.lastSequence() + 1;
            case BATCH_TOO_LARGE -> greatestBatch(producer);
            case RATE_LIMITED -> retryAfterNs(frame, producer);
            default -> 0;
        };
    }

    private long greatestBatch(final Producer producer) {
        return Math.min(producer.windowLength(), parts.settings().value(EngineSetting.MAX_BATCH_LENGTH));
    }

    private void answerDuplicate(final Producer producer, final long sequence) {
        if (!producer.isAnswerKept(sequence)) {
            results.addRefused(ResultCode.ANSWER_FORGOTTEN, 0);
            return;
        }
        final long answer = producer.answerOf(sequence);
        if (answer >= 0) {
            results.addDuplicate(answer);
        } else {
            results.addRefused(ResultCode.get((int) -answer), 0);
        }
    }

    private void publishEach(
            final long logPosition, final PublishFrame frame, final Producer producer, final int firstEntry) {
        for (int entry = firstEntry; entry < frame.entryCount(); entry++) {
            final Topic topic = findTopic(frame, entry);
            final long lastTopicSequence = topic == null ? 0 : topic.lastSequence();
            ResultCode code = checkProducerAndShard(producer);
            if (code == ResultCode.ACCEPTED) {
                content.wrap(frame, entry, producer.lastSequence() + 1);
                code = entryCheck.check(frame, entry, content, topic, false, lastTopicSequence, 0, 0);
            }
            if (code == ResultCode.ACCEPTED) {
                accept(logPosition, frame, entry, producer, JournalAppender.NO_BATCH);
                appender.appendCheckpointIfFull(logPosition);
            } else {
                refuse(producer, code, entryCheck.detailOf(code, content, topic, lastTopicSequence));
                refusals.onRefused(code, content, logPosition);
            }
        }
    }

    private void publishBatch(final long logPosition, final PublishFrame frame, final Producer producer) {
        if (!isBatchAcceptable(logPosition, frame, producer)) {
            return;
        }
        final int last = frame.entryCount() - 1;
        for (int entry = 0; entry <= last; entry++) {
            final int begin = entry == 0 ? JournalAppender.BATCH_BEGIN : JournalAppender.NO_BATCH;
            final int end = entry == last ? JournalAppender.BATCH_END : JournalAppender.NO_BATCH;
            accept(logPosition, frame, entry, producer, begin | end);
        }
        appender.appendCheckpointIfFull(logPosition);
    }

    // Where an entry is not acceptable, all are refused and answered.
    private boolean isBatchAcceptable(final long logPosition, final PublishFrame frame, final Producer producer) {
        int plannedTopics = 0;
        long plannedBytes = 0;
        plan.begin(frame.entryCount());
        pipeline.beginBatch();
        final ResultCode general = checkProducerAndShard(producer);
        for (int entry = 0; entry < frame.entryCount(); entry++) {
            final int first = plan.firstEntryOf(frame, entry);
            final boolean isPlanned = first != entry;
            final Topic topic = findTopic(frame, entry);
            final long inherited = topic == null ? 0 : topic.lastSequence();
            final long lastTopicSequence = isPlanned ? plan.lastSequence(first) : inherited;
            content.wrap(frame, entry, producer.lastSequence() + 1 + entry);
            final ResultCode code = general == ResultCode.ACCEPTED
                    ? entryCheck.check(
                            frame, entry, content, topic, isPlanned, lastTopicSequence, plannedTopics, plannedBytes)
                    : general;
            if (code != ResultCode.ACCEPTED) {
                final long detail = entryCheck.detailOf(code, content, topic, lastTopicSequence);
                refuseBatch(frame, producer, entry, code, detail);
                refusals.onRefused(code, content, logPosition);
                return false;
            }
            plan.lastSequence(first, lastTopicSequence + 1);
            plannedBytes += pipeline.isOn() ? pipeline.additionalBytes(content, topic) : 0;
            pipeline.plan(content, topic);
            if (topic == null && !isPlanned) {
                plannedTopics++;
                plannedBytes += TopicsPart.costOf(frame.nameLength(entry));
            }
        }
        return true;
    }

    private void refuseBatch(
            final PublishFrame frame,
            final Producer producer,
            final int offendingEntry,
            final ResultCode code,
            final long detail) {
        for (int entry = 0; entry < frame.entryCount(); entry++) {
            if (entry == offendingEntry) {
                refuse(producer, code, detail);
            } else {
                refuse(producer, ResultCode.BATCH_REFUSED, 0);
            }
        }
    }

    private ResultCode checkProducerAndShard(final Producer producer) {
        if (producer.isHeldBack()) {
            return ResultCode.AFTER_REFUSAL;
        }
        return parts.shard().isReadOnly() ? ResultCode.READ_ONLY : ResultCode.ACCEPTED;
    }

    private void accept(
            final long logPosition,
            final PublishFrame frame,
            final int entry,
            final Producer producer,
            final int batchFlags) {
        Topic topic = findTopic(frame, entry);
        if (topic == null) {
            topic = parts.topics().create(frame.buffer(), frame.nameOffset(entry), frame.nameLength(entry));
            if (pipeline.isOn()) {
                parts.quotas().countTopic(producer.id());
            }
        }
        content.wrap(frame, entry, producer.lastSequence() + 1);
        if (pipeline.isOn()) {
            if (!content.readTraits()) {
                throw new IllegalStateException("the headers of an entry were checked and are not what they were");
            }
            parts.quotas()
                    .take(
                            producer.id(),
                            topic,
                            content.payloadLength(),
                            parts.clock().nowNs());
        }
        if (content.traits().isDelayed()) {
            final long id = schedule.hold(content, topic, logPosition);
            producer.answer(id);
            results.addHeld(id);
        } else {
            final long position = pipeline.append(content, topic, batchFlags, logPosition);
            producer.answer(position);
            results.addAccepted(position);
        }
    }

    private void refuse(final Producer producer, final ResultCode code, final long detail) {
        producer.answer(-code.value());
        results.addRefused(code, detail);
    }

    private Topic findTopic(final PublishFrame frame, final int entry) {
        return parts.topics().find(frame.buffer(), frame.nameOffset(entry), frame.nameLength(entry));
    }
}
