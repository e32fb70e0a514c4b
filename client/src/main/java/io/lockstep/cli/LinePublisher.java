package io.lockstep.cli;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.ShardState;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.StartPosition;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Publishes lines to one topic as one ordered producer, one line for each message, and goes on behind those that the
 * cluster has. Stops at the first refusal: what follows was refused with it, so a later run goes on right there.
 */
final class LinePublisher {
    private static final long OPEN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final LockstepClient client;
    private final PublisherConfig config;
    private final String topic;
    private final DirectBuffer headers;
    private final double rate;
    private final boolean isAnew;
    private final Progress progress;
    private final LineTally tally;
    private final UnsafeBuffer payload = new UnsafeBuffer(0, 0);
    private final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();

    LinePublisher(
            final LockstepClient client,
            final PublisherConfig config,
            final String topic,
            final DirectBuffer headers,
            final double rate,
            final boolean isAnew,
            final Progress progress) {
        this.client = client;
        this.config = config;
        this.topic = topic;
        this.headers = headers;
        this.rate = rate;
        this.isAnew = isAnew;
        this.progress = progress;
        this.tally = new LineTally(!isAnew && config.producerId() != PublisherConfig.ANONYMOUS);
    }

    PubSummary run(final LineFeed lines, final BooleanSupplier isStopping) {
        try (Publisher publisher = client.addPublisher(config, tally)) {
            final int shardId = client.shardOf(topic);
            awaitOpen(publisher, shardId, isStopping);
            final long known = isAnew || !publisher.isOpen(shardId) ? 0 : countKnown(publisher, shardId, isStopping);
            final long beginNs = System.nanoTime();
            publish(publisher, lines, known, isStopping);
            publisher.drain(config.deadlineNs() + SECOND_NS);
            final double seconds = (System.nanoTime() - beginNs) / 1e9;
            progress.end();
            final boolean isComplete = tally.problem() == null
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
                    publisher.acceptedPosition(shardId),
                    seconds,
                    isComplete,
                    tally.isResumable(),
                    tally.problem());
        }
    }

    private void awaitOpen(final Publisher publisher, final int shardId, final BooleanSupplier isStopping) {
        publisher.open(shardId);
        final long deadlineNs = System.nanoTime() + OPEN_TIMEOUT_NS;
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

    // A refused message took a sequence but is no published line, so the sequences tell the lines only where nothing
    // was
    // ever refused; else the journal itself is asked.
    private long countKnown(final Publisher publisher, final int shardId, final BooleanSupplier isStopping) {
        final long consumed = publisher.lastSequence(shardId);
        if (consumed == 0 || publisher.lastRefusedSequence(shardId) == 0) {
            return consumed;
        }
        if (client.shardState(shardId) != null && client.shardState(shardId).firstReadablePosition() > 0) {
            throw new CommandFailure("lines of this input were refused before, and the journal no longer tells which:"
                    + " remove the lines that are published and use --again");
        }
        return countInJournal(publisher, shardId, isStopping);
    }

    private long countInJournal(final Publisher publisher, final int shardId, final BooleanSupplier isStopping) {
        final long[] count = new long[1];
        final long end = freshJournalPosition(shardId, isStopping);
        final SubscriberConfig everything = new SubscriberConfig().filter(topic).start(StartPosition.start());
        try (Subscriber subscriber = client.addSubscriber(everything, message -> {
            if (message.producerId() == publisher.producerId()) {
                count[0]++;
            }
        })) {
            while (subscriber.position(shardId) < end && !isStopping.getAsBoolean()) {
                idleStrategy.idle(subscriber.poll(1000));
            }
        }
        return count[0];
    }

    // The description must be younger than the opening of the producer, which fenced whoever might still publish.
    private long freshJournalPosition(final int shardId, final BooleanSupplier isStopping) {
        final ShardState before = client.shardState(shardId);
        while (Objects.equals(before, client.shardState(shardId)) && !isStopping.getAsBoolean()) {
            idleStrategy.idle(client.doWork());
        }
        return client.shardState(shardId).journalPosition();
    }

    private void publish(
            final Publisher publisher, final LineFeed lines, final long known, final BooleanSupplier isStopping) {
        final long beginNs = System.nanoTime();
        byte[] line = null;
        while (tally.problem() == null && !isStopping.getAsBoolean() && !(line == null && lines.isExhausted())) {
            int workCount = client.doWork();
            if (line == null) {
                line = lines.poll();
            }
            if (line != null && tally.skipped() < known) {
                tally.onSkipped();
                line = null;
                workCount++;
            } else if (line != null && isDue(beginNs)) {
                if (offer(publisher, line)) {
                    line = null;
                    workCount++;
                }
            }
            progress.show(tally.accepted(), tally.offered());
            idleStrategy.idle(workCount);
        }
    }

    private boolean isDue(final long beginNs) {
        return rate <= 0 || System.nanoTime() - beginNs >= tally.offered() * (SECOND_NS / rate);
    }

    private boolean offer(final Publisher publisher, final byte[] line) {
        payload.wrap(line);
        final long result = publisher.offer(topic, headers, 0, headers.capacity(), payload, 0, line.length);
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
        if (state != null && headers.capacity() > state.maxHeadersLength()) {
            tally.onHeadersTooLong(headers.capacity());
        } else {
            tally.onLineTooLong(lineLength);
        }
    }
}
