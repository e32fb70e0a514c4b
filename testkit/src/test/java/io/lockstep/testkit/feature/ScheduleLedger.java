package io.lockstep.testkit.feature;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.ScheduleState;
import io.lockstep.client.ScheduledMessage;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.testkit.Await;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Publishes numbered messages that are held back, with one publisher, and keeps what was asked for each and what came.
 * Belongs to the thread that owns the client.
 */
public final class ScheduleLedger implements PublishListener {
    /** How long it waits for the cluster, in nanoseconds. */
    public static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);

    private static final int TOPICS = 8;
    private static final int PAYLOAD_LENGTH = 64;
    private static final int CANCELLED = 10;
    private static final int LONG_DELAY_MS = 3_600_000;
    private static final long NS_IN_MS = 1_000_000;

    // Where a message is held back, and which number of its producer in its shard it has.
    private record Place(int shardId, long position, long sequence) {}

    private final Map<Long, Long> askedMs = new TreeMap<>();
    private final Map<Long, Place> places = new TreeMap<>();
    private final Map<Integer, Long> sequences = new TreeMap<>();
    private final Map<Long, Integer> delivered = new TreeMap<>();
    private final Set<Long> cancelled = new TreeSet<>();
    private final Map<Long, Long> latenessNs = new TreeMap<>();
    private final MessageOptions options = new MessageOptions();
    private final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_LENGTH]);
    private final Random random = new Random(4711);
    private String problem;

    @Override
    public void onAccepted(final long messageId, final int shardId, final long position) {
        places.put(messageId, new Place(shardId, position, sequences.merge(shardId, 1L, Long::sum)));
    }

    @Override
    public void onRefused(final long messageId, final ResultCode code, final long detail) {
        throw new AssertionError("message " + messageId + " was refused: " + code + " " + detail);
    }

    @Override
    public void onUnknown(final long messageId, final String reason) {
        // It is never accepted, so nobody who waits for it goes on.
        problem = "message " + messageId + ": " + reason;
    }

    /**
     * Options to fill in.
     *
     * @return emptied.
     */
    public MessageOptions options() {
        return options.clear();
    }

    /**
     * Publishes messages half of which say how long to wait and half until when, and waits for the answers.
     *
     * @param client          that owns the publisher.
     * @param publisher       with this as its listener, and for this alone.
     * @param count           number of messages.
     * @param leastDelayMs    shortest time to wait.
     * @param greatestDelayMs longest time to wait.
     */
    public void publish(
            final LockstepClient client,
            final Publisher publisher,
            final int count,
            final int leastDelayMs,
            final int greatestDelayMs) {
        for (int i = 0; i < count; i++) {
            final int delayMs = leastDelayMs + random.nextInt(greatestDelayMs - leastDelayMs);
            if (i % 2 == 0) {
                offer(client, publisher, options().delayMs(delayMs), delayMs);
            } else {
                offer(client, publisher, options().deliverAtMs(System.currentTimeMillis() + delayMs), delayMs);
            }
        }
        assertTrue(publisher.drain(TIMEOUT_NS), () -> "not answered; " + problem);
    }

    /**
     * Publishes one message.
     *
     * @param client    that owns the publisher.
     * @param publisher with this as its listener.
     * @param asked     options.
     * @param delayMs   what they come to.
     */
    public void offer(
            final LockstepClient client, final Publisher publisher, final MessageOptions asked, final long delayMs) {
        final long number = askedMs.size() + 1L;
        payload.putLong(0, number, ByteOrder.LITTLE_ENDIAN);
        // The clocks of this process and of the leader are the same one, read in two ways.
        onAsked(number, System.currentTimeMillis() + delayMs - 20);
        while (!Publisher.isTaken(publisher.offer("later/" + number % TOPICS, asked, payload, 0, PAYLOAD_LENGTH))) {
            client.doWork();
        }
    }

    /**
     * Publishes messages with a long delay and cancels them.
     *
     * @param client    that owns the publisher.
     * @param publisher with this as its listener.
     */
    public void cancelSome(final LockstepClient client, final Publisher publisher) {
        final long first = askedMs.size() + 1L;
        for (int i = 0; i < CANCELLED; i++) {
            offer(client, publisher, options().delayMs(LONG_DELAY_MS), LONG_DELAY_MS);
        }
        assertTrue(publisher.drain(TIMEOUT_NS), () -> "not answered; " + problem);
        for (long number = first; number < first + CANCELLED; number++) {
            // A cancel whose answer was lost is repeated and finds nothing then.
            final ResultCode code = cancel(client, number);
            assertTrue(code == ResultCode.ACCEPTED || code == ResultCode.SCHEDULE_UNKNOWN, code::toString);
            assertEquals(ResultCode.SCHEDULE_UNKNOWN, cancel(client, number));
            onCancelled(number);
        }
    }

    /**
     * Waits until nothing is held back, and then reads everything that came: each message once, none too early.
     *
     * @param client that reads.
     */
    public void awaitAndReadAll(final LockstepClient client) {
        Await.await("nothing of it is held back", 120, () -> isReleased(client), () -> stateOf(client));
        try (Subscriber subscriber = client.addSubscriber(
                new SubscriberConfig().filter("later/#").start(StartPosition.start()), this::onMessage)) {
            Await.await(
                    "all messages",
                    120,
                    () -> {
                        subscriber.poll(1_000);
                        return latenessNs.size() >= expectedCount() && JournalCopy.isAtEnd(client, subscriber);
                    },
                    () -> latenessNs.size() + " of " + expectedCount());
        }
        checkEachOnce();
    }

    /** Each message that was not cancelled came once, and no other. */
    void checkEachOnce() {
        assertNull(problem);
        final long[] others = places.keySet().stream()
                .filter(number -> delivered.getOrDefault(number, 0) != (cancelled.contains(number) ? 0 : 1))
                .mapToLong(Long::longValue)
                .toArray();
        assertEquals(0, others.length, () -> "not exactly once: " + Arrays.toString(others));
        assertEquals(expectedCount(), latenessNs.size());
    }

    int acceptedCount() {
        return places.size();
    }

    int cancelledCount() {
        return cancelled.size();
    }

    private int expectedCount() {
        return places.size() - cancelled.size();
    }

    /**
     * Prints how late messages came.
     *
     * @param test that ran.
     * @param what went on.
     */
    public void printLateness(final String test, final String what) {
        final long[] sorted =
                latenessNs.values().stream().mapToLong(Long::longValue).sorted().toArray();
        System.out.printf(
                "%s: %s: %,d released; lateness p50 %.3f ms, p90 %.3f ms, p99 %.3f ms, greatest %.3f ms%n",
                test,
                what,
                sorted.length,
                sorted[sorted.length / 2] / 1e6,
                sorted[sorted.length * 9 / 10] / 1e6,
                sorted[sorted.length * 99 / 100] / 1e6,
                sorted[sorted.length - 1] / 1e6);
    }

    /**
     * How many messages all shards hold back.
     *
     * @param client that asks.
     * @return very many while one has no leader.
     */
    public static int heldCount(final LockstepClient client) {
        try {
            return client.schedules().states(TimeUnit.SECONDS.toNanos(5)).stream()
                    .mapToInt(ScheduleState::heldCount)
                    .sum();
        } catch (final LockstepException ex) {
            return Integer.MAX_VALUE;
        }
    }

    // Others may hold something back for good.
    private static boolean isReleased(final LockstepClient client) {
        try {
            return client.schedules()
                    .list("later/#", TimeUnit.SECONDS.toNanos(5))
                    .isEmpty();
        } catch (final LockstepException ex) {
            return false;
        }
    }

    private ResultCode cancel(final LockstepClient client, final long number) {
        final Place place = places.get(number);
        return client.schedules()
                .cancel(place.shardId(), place.position(), TIMEOUT_NS)
                .code();
    }

    private static String stateOf(final LockstepClient client) {
        final List<ScheduledMessage> held = client.schedules().list("#", TIMEOUT_NS);
        return client.shardState(0) + " and the others hold " + held + " at " + client.clusterTimeNs(0);
    }

    private void onMessage(final Message message) {
        final long number = message.buffer().getLong(message.payloadOffset(), ByteOrder.LITTLE_ENDIAN);
        assertEquals(places.get(number).shardId(), message.shardId());
        assertEquals(places.get(number).sequence(), message.producerSequence());
        assertEquals(PAYLOAD_LENGTH, message.payloadLength());
        onReleased(number, message.dueMs(), message.timestampNs());
    }

    /** A message came. */
    void onReleased(final long number, final long dueMs, final long timestampNs) {
        delivered.merge(number, 1, Integer::sum);
        assertTrue(dueMs >= askedMs.get(number), () -> "message " + number + " was due too early");
        final long lateNs = timestampNs - dueMs * NS_IN_MS;
        assertTrue(lateNs >= 0, () -> "message " + number + " came " + -lateNs + " ns early");
        latenessNs.put(number, lateNs);
    }

    /** A message was asked for, to come not before a time. */
    void onAsked(final long number, final long earliestMs) {
        askedMs.put(number, earliestMs);
    }

    /** A message was cancelled. */
    void onCancelled(final long number) {
        cancelled.add(number);
    }
}
