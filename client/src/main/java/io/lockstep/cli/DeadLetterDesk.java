package io.lockstep.cli;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.Consumer;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.topic.TopicFilter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.IntToLongFunction;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Goes over the dead letters that nobody has dealt with. What was dealt with is kept by a durable consumer, so letters stay
 * in their topics and in the journal.
 */
final class DeadLetterDesk {
    /** Greatest number of letters in one go: as many as may be looked at without being dealt with. */
    static final int MAX_LETTERS = 1_000;

    private static final String CONSUMER = "$dead-letters";
    private static final int POLL_LIMIT = 16;
    private static final long STUCK_NS = TimeUnit.SECONDS.toNanos(5);

    /** Deals with letters. */
    @FunctionalInterface
    interface Clerk {
        /** Whether the letter is done with. */
        boolean isDone(DeadLetter letter);
    }

    /** Is shown letters. */
    @FunctionalInterface
    interface Listing {
        void accept(DeadLetter letter);
    }

    private final LockstepClient client;
    private final TopicFilter filter;
    private final long timeoutNs;
    private final IdleStrategy idleStrategy = SharedCoreIdling.newIdleStrategy();
    private final List<DeadLetter> polled = new ArrayList<>();
    private long[] ends = {};
    private long[] blockedAt = {};
    private boolean isBlocked;

    DeadLetterDesk(final LockstepClient client, final TopicFilter filter, final long timeoutNs) {
        this.client = client;
        this.filter = filter;
        this.timeoutNs = timeoutNs;
    }

    /**
     * Shows letters whose topic matches to a clerk; returns how many matched. Beyond {@link #MAX_LETTERS} that nobody has
     * dealt with it reads on without the consumer: it never came so far, so nobody has dealt with those either.
     */
    int list(final int limit, final Listing reader) {
        final int count = process(limit, letter -> {
            reader.accept(letter);
            return false;
        });
        return isBlocked ? count + readOn(limit - count, reader) : count;
    }

    /** Shows letters whose topic matches to a clerk, in the order of their shards; returns how many matched. */
    int process(final int limit, final Clerk clerk) {
        final ConsumerConfig config = new ConsumerConfig()
                .name(CONSUMER)
                .filter("$dead/#")
                .start(StartPosition.start())
                .maxUnacked(MAX_LETTERS);
        int count = 0;
        try (Consumer consumer = client.addConsumer(config, message -> polled.add(DeadLetter.of(message)))) {
            ends = awaitOwnership(consumer);
            long progressNs = System.nanoTime();
            long reached = -1;
            while (count < limit && !isComplete(consumer, ends)) {
                final int delivered = consumer.poll(Math.min(POLL_LIMIT, limit - count));
                for (final DeadLetter letter : polled) {
                    if (isWanted(letter)) {
                        count++;
                        if (clerk.isDone(letter)) {
                            consumer.ackSingle(letter.shardId(), letter.position());
                        }
                    }
                }
                polled.clear();
                final long read = readBytes(consumer::readPosition);
                if (delivered > 0 || read != reached) {
                    reached = read;
                    progressNs = System.nanoTime();
                    idleStrategy.reset();
                } else if (consumer.unackedCount() > 0 && System.nanoTime() - progressNs > STUCK_NS) {
                    isBlocked = true;
                    blockedAt = new long[ends.length];
                    Arrays.setAll(blockedAt, consumer::readPosition);
                    break;
                } else if (System.nanoTime() - progressNs > timeoutNs) {
                    throw new CommandFailure("the dead letters could not be read in time; 'lockstep status' shows"
                            + " whether the nodes are well");
                } else {
                    idleStrategy.idle();
                }
            }
            if (!consumer.flush(timeoutNs)) {
                throw new CommandFailure("the shards did not answer in time; what was dealt with last may come again");
            }
        }
        return count;
    }

    /** Whether letters lie behind so many others that they could not be reached. */
    boolean isBlocked() {
        return isBlocked;
    }

    private int readOn(final int limit, final Listing reader) {
        final SubscriberConfig config = new SubscriberConfig().filter("$dead/#").deliverExpired(true);
        for (int shardId = 0; shardId < ends.length; shardId++) {
            config.start(shardId, StartPosition.position(blockedAt[shardId]));
        }
        int count = 0;
        try (Subscriber subscriber = client.addSubscriber(config, message -> polled.add(DeadLetter.of(message)))) {
            long progressNs = System.nanoTime();
            long reached = -1;
            while (count < limit && !isRead(subscriber)) {
                // One at a time: what is polled is shown, and no more than was asked for.
                subscriber.poll(1);
                for (final DeadLetter letter : polled) {
                    if (letter.position() <= ends[letter.shardId()] && isWanted(letter)) {
                        count++;
                        reader.accept(letter);
                    }
                }
                final boolean isIdle = polled.isEmpty();
                polled.clear();
                final long read = readBytes(subscriber::position);
                if (read != reached) {
                    reached = read;
                    progressNs = System.nanoTime();
                } else if (System.nanoTime() - progressNs > timeoutNs) {
                    throw new CommandFailure("the dead letters could not be read in time; 'lockstep status' shows"
                            + " whether the nodes are well");
                }
                idleStrategy.idle(isIdle ? 0 : 1);
            }
        }
        return count;
    }

    private boolean isRead(final Subscriber subscriber) {
        for (int shardId = 0; shardId < ends.length; shardId++) {
            if (subscriber.position(shardId) < ends[shardId]) {
                return false;
            }
        }
        return true;
    }

    private long[] awaitOwnership(final Consumer consumer) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        final long[] ends = new long[client.shardCount()];
        for (int shardId = 0; shardId < ends.length; shardId++) {
            while (!consumer.isOwner(shardId) || client.shardState(shardId) == null) {
                consumer.poll(0);
                idleStrategy.idle();
                if (System.nanoTime() - deadlineNs >= 0) {
                    throw new CommandFailure("another command deals with the dead letters of shard " + shardId
                            + ", or the shard has no leader; try again when it is done");
                }
            }
            ends[shardId] = client.shardState(shardId).journalPosition();
        }
        return ends;
    }

    private static boolean isComplete(final Consumer consumer, final long[] ends) {
        for (int shardId = 0; shardId < ends.length; shardId++) {
            if (consumer.readPosition(shardId) < ends[shardId]) {
                return false;
            }
        }
        return true;
    }

    private long readBytes(final IntToLongFunction positions) {
        long bytes = 0;
        for (int shardId = 0; shardId < client.shardCount(); shardId++) {
            bytes += positions.applyAsLong(shardId);
        }
        return bytes;
    }

    private boolean isWanted(final DeadLetter letter) {
        final byte[] topic = letter.topic().getBytes(StandardCharsets.UTF_8);
        return filter.matches(new UnsafeBuffer(topic), 0, topic.length);
    }
}
