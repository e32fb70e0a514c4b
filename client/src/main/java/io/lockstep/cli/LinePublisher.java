package io.lockstep.cli;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.ShardState;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Publishes lines to one topic as one ordered producer, one line for each message, and goes on behind those that the
 * cluster has, once it is proved that they are the same. Stops at the first refusal: what follows was refused with it, so
 * a later run goes on right there.
 *
 * <p>Every wait ends: for the shard after 30 s without an answer, for the journal after 30 s without a record.
 */
final class LinePublisher {
    private static final long ANSWER_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long LIST_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int RECORD_LIMIT = 1000;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final LockstepClient client;
    private final PublisherConfig config;
    private final String topic;
    private final MessageOptions options;
    private final long expectedTopicSequence;
    private final double rate;
    private final Progress progress;
    private final LineTally tally;
    private final UnsafeBuffer payload = new UnsafeBuffer(0, 0);
    private final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();

    LinePublisher(
            final LockstepClient client,
            final PublisherConfig config,
            final String topic,
            final MessageOptions options,
            final long expectedTopicSequence,
            final double rate,
            final boolean isAnew,
            final Progress progress) {
        this.client = client;
        this.config = config;
        this.topic = topic;
        this.options = options;
        this.expectedTopicSequence = expectedTopicSequence;
        this.rate = rate;
        this.progress = progress;
        this.tally = new LineTally(!isAnew && config.producerId() != PublisherConfig.ANONYMOUS);
    }

    PubSummary run(final LineFeed lines, final BooleanSupplier isStopping) {
        final int partitions = client.partitionsOf(topic);
        if (partitions > 0 && tally.isResumable()) {
            throw new CommandFailure("'" + topic + "' has " + partitions + " partitions, and lines that are spread over"
                    + " them cannot resume: publish to one of them, as in '" + topic + "/$0', or use --again");
        }
        try (Publisher publisher = client.addPublisher(config, tally)) {
            final int shardId = client.shardOf(topic);
            awaitOpen(publisher, shardId, isStopping);
            final boolean isResumed = !tally.isResumable()
                    || !publisher.isOpen(shardId)
                    || skipKnown(publisher, shardId, lines, isStopping);
            final long beginNs = System.nanoTime();
            publish(publisher, lines, isStopping);
            drain(publisher, isStopping);
            final double seconds = (System.nanoTime() - beginNs) / 1e9;
            progress.end();
            final boolean isComplete = isResumed
                    && tally.problem() == null
                    && lines.isExhausted()
                    && lines.failure() == null
                    && tally.accepted() == tally.offered();
            return new PubSummary(
                    topic,
                    shardId,
                    publisher.producerId(),
                    tally.skipped(),
                    tally.accepted(),
                    tally.refused(),
                    tally.unknown(),
                    publisher.rateLimitedCount(shardId),
                    publisher.acceptedPosition(shardId),
                    seconds,
                    isComplete,
                    tally.isResumable(),
                    tally.problem());
        }
    }

    private void awaitOpen(final Publisher publisher, final int shardId, final BooleanSupplier isStopping) {
        publisher.open(shardId);
        final long deadlineNs = System.nanoTime() + ANSWER_TIMEOUT_NS;
        while (!publisher.isOpen(shardId) && !isStopping.getAsBoolean()) {
            idleStrategy.idle(client.doWork());
            if (publisher.isClosed()) {
                throw new LockstepException(publisher.closeReason());
            }
            if (System.nanoTime() - deadlineNs >= 0) {
                throw new LockstepException("shard " + shardId
                        + " did not open the producer in time; 'lockstep status' shows whether it has a leader");
            }
        }
    }

    // Sequences do not tell the lines: a refused message took one, an evicted producer began anew with 1, and the input
    // may be another one by now. So the journal itself is asked, but for a topic that holds nothing at all. False where
    // the user ended it half-way.
    private boolean skipKnown(
            final Publisher publisher, final int shardId, final LineFeed lines, final BooleanSupplier isStopping) {
        final boolean isNew = publisher.lastSequence(shardId) == 0;
        if (isNew && !mayTopicExist()) {
            return true;
        }
        final ShardState state = freshState(shardId, isStopping);
        if (state == null) {
            return false;
        }
        final boolean isTrimmed = state.firstReadablePosition() > 0;
        if (isTrimmed && publisher.lastRefusedSequence(shardId) > 0) {
            throw new CommandFailure("lines of this input were refused before, and the journal no longer tells which:"
                    + " remove the lines that are published and use --again");
        }
        final PublishedLines published = new PublishedLines(publisher.producerId(), isTrimmed, lines, tally);
        final boolean isRead = read(published, state, isStopping);
        if (isRead && isTrimmed && !isNew && !published.isAnySeen()) {
            throw new CommandFailure(
                    "retention removed all lines of this input from the journal, so nothing proves that"
                            + " they are still the same: remove the lines that are published and use --again");
        }
        return isRead;
    }

    // The question is asked behind the opening of the producer, so nobody else adds to the topic under its name.
    // Another
    // shard that does not answer must not hold up this one.
    private boolean mayTopicExist() {
        try {
            return !client.topics().list(topic, LIST_TIMEOUT_NS).isEmpty();
        } catch (final LockstepException ex) {
            return true;
        }
    }

    private boolean read(final PublishedLines published, final ShardState state, final BooleanSupplier isStopping) {
        final int shardId = state.shardId();
        // Not from the start, which retention moves meanwhile: what it takes then would be missed without notice.
        final SubscriberConfig everything = new SubscriberConfig()
                .filter(topic)
                .deliverExpired(true)
                .start(StartPosition.position(state.firstReadablePosition()))
                .listener(published);
        try (Subscriber subscriber = client.addSubscriber(everything, message -> {})) {
            long lastPosition = -1;
            long deadlineNs = System.nanoTime() + ANSWER_TIMEOUT_NS;
            while (subscriber.position(shardId) < state.journalPosition()) {
                if (isStopping.getAsBoolean()) {
                    return false;
                }
                idleStrategy.idle(subscriber.controlledPoll(published, RECORD_LIMIT));
                if (subscriber.position(shardId) != lastPosition || published.isWaiting()) {
                    lastPosition = subscriber.position(shardId);
                    deadlineNs = System.nanoTime() + ANSWER_TIMEOUT_NS;
                } else if (System.nanoTime() - deadlineNs >= 0) {
                    throw new CommandFailure("no node let the journal of shard " + shardId
                            + " be read, which tells the lines that are published; 'lockstep status' shows which nodes"
                            + " run");
                }
            }
        }
        return true;
    }

    // The description must be younger than the opening of the producer, which fenced whoever might still publish. Null
    // where the user ended the waiting.
    private ShardState freshState(final int shardId, final BooleanSupplier isStopping) {
        final ShardState before = client.shardState(shardId);
        final long deadlineNs = System.nanoTime() + ANSWER_TIMEOUT_NS;
        while (Objects.equals(before, client.shardState(shardId))) {
            if (isStopping.getAsBoolean()) {
                return null;
            }
            if (System.nanoTime() - deadlineNs >= 0) {
                throw new CommandFailure("shard " + shardId
                        + " did not tell the end of its journal in time; 'lockstep status' shows whether it has a"
                        + " leader");
            }
            idleStrategy.idle(client.doWork());
        }
        return client.shardState(shardId);
    }

    private void publish(final Publisher publisher, final LineFeed lines, final BooleanSupplier isStopping) {
        final long beginNs = System.nanoTime();
        byte[] line = null;
        while (tally.problem() == null && !isStopping.getAsBoolean() && !(line == null && lines.isExhausted())) {
            int workCount = client.doWork();
            if (line == null) {
                line = lines.poll();
            }
            if (line != null && isDue(beginNs) && offer(publisher, line)) {
                line = null;
                workCount++;
            }
            progress.show(tally.accepted(), tally.offered());
            idleStrategy.idle(workCount);
        }
    }

    // Under a rate the last window may take longer than a deadline. It ends: a publisher whose messages are not
    // answered
    // in time, not counting the time that the cluster asked to wait, closes.
    private void drain(final Publisher publisher, final BooleanSupplier isStopping) {
        boolean isDrained = false;
        while (!isDrained && !publisher.isClosed()) {
            isDrained = publisher.drain(config.deadlineNs() + SECOND_NS) || isStopping.getAsBoolean();
        }
    }

    private boolean isDue(final long beginNs) {
        return rate <= 0 || System.nanoTime() - beginNs >= tally.offered() * (SECOND_NS / rate);
    }

    private boolean offer(final Publisher publisher, final byte[] line) {
        payload.wrap(line);
        final long result = expectedTopicSequence == PubConditions.NO_CONDITION
                ? publisher.offer(topic, options, payload, 0, line.length)
                : publisher.offerIfSequence(topic, expectedTopicSequence, options, payload, 0, line.length);
        if (result > 0) {
            tally.onOffered();
            return true;
        }
        if (result == Publisher.TOO_LARGE) {
            tellTooLong(publisher.shardOf(topic), line.length);
        } else if (result == Publisher.CLOSED) {
            tally.onClosed(publisher.closeReason());
        }
        return false;
    }

    private void tellTooLong(final int shardId, final int lineLength) {
        final ShardState state = client.shardState(shardId);
        if (state != null && options.length() > state.maxHeadersLength()) {
            tally.onHeadersTooLong(options.length());
        } else {
            tally.onLineTooLong(lineLength);
        }
    }
}
