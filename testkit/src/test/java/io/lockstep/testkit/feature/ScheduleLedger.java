package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.ScheduledMessage;
import io.lockstep.client.StartPosition;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Publishes numbered messages that are held back, with one publisher to one shard, and keeps what was asked for each and
 * what came.
 */
final class ScheduleLedger implements PublishListener {
    static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private static final int TOPICS = 8;
    private static final int PAYLOAD_LENGTH = 64;
    private static final int CANCELLED = 10;
    private static final int LONG_DELAY_MS = 3_600_000;
    private static final long NS_IN_MS = 1_000_000;

    private final Map<Long, Long> askedMs = new TreeMap<>();
    private final Map<Long, Long> positions = new TreeMap<>();
    private final Map<Long, Integer> delivered = new TreeMap<>();
    private final Map<Long, Long> latenessNs = new TreeMap<>();
    private final MessageOptions options = new MessageOptions();
    private final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_LENGTH]);
    private final Random random = new Random(4711);
    private int cancelledCount;

    @Override
    public void onAccepted(final long messageId, final int shardId, final long position) {
        positions.put(messageId, position);
    }

    @Override
    public void onRefused(final long messageId, final ResultCode code, final long detail) {
        throw new AssertionError("message " + messageId + " was refused: " + code + " " + detail);
    }

    @Override
    public void onUnknown(final long messageId, final String reason) {
        throw new AssertionError("message " + messageId + ": " + reason);
    }

    /** Options to fill in. */
    MessageOptions options() {
        return options.clear();
    }

    /** Publishes messages half of which say how long to wait and half until when. */
    void publish(
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
        assertTrue(publisher.drain(TIMEOUT_NS));
    }

    void offer(final LockstepClient client, final Publisher publisher, final MessageOptions asked, final long delayMs) {
        final long number = askedMs.size() + 1L;
        payload.putLong(0, number, ByteOrder.LITTLE_ENDIAN);
        // The clocks of this process and of the leader are the same one, read in two ways.
        askedMs.put(number, System.currentTimeMillis() + delayMs - 20);
        while (!Publisher.isTaken(publisher.offer("later/" + number % TOPICS, asked, payload, 0, PAYLOAD_LENGTH))) {
            client.doWork();
        }
    }

    /** Publishes messages with a long delay and cancels them. */
    void cancelSome(final LockstepClient client, final Publisher publisher) {
        final long first = askedMs.size() + 1L;
        for (int i = 0; i < CANCELLED; i++) {
            offer(client, publisher, options().delayMs(LONG_DELAY_MS), LONG_DELAY_MS);
        }
        assertTrue(publisher.drain(TIMEOUT_NS));
        for (long number = first; number < first + CANCELLED; number++) {
            // A cancel whose answer was lost is repeated and finds nothing then.
            final ResultCode code = cancel(client, number);
            assertTrue(code == ResultCode.ACCEPTED || code == ResultCode.SCHEDULE_UNKNOWN, code::toString);
            assertEquals(ResultCode.SCHEDULE_UNKNOWN, cancel(client, number));
            delivered.put(number, -1);
        }
        cancelledCount += CANCELLED;
    }

    /** Waits until nothing is held back, and then reads everything that came: each message once, none too early. */
    void awaitAndReadAll(final LockstepClient client) {
        Await.await("nothing is held back", 120, () -> heldCount(client) == 0, () -> stateOf(client));
        final int expected = positions.size() - cancelledCount;
        try (Subscriber subscriber = client.addSubscriber(
                new SubscriberConfig().filter("later/#").start(StartPosition.start()), this::onMessage)) {
            Await.await(
                    "all messages",
                    120,
                    () -> {
                        subscriber.poll(1_000);
                        return latenessNs.size() >= expected
                                && subscriber.position(0)
                                        >= client.shardState(0).journalPosition();
                    },
                    () -> latenessNs.size() + " of " + expected);
        }
        assertEquals(expected, latenessNs.size());
        final long[] others = delivered.entrySet().stream()
                .filter(entry -> latenessNs.containsKey(entry.getKey()) != (entry.getValue() == 1))
                .mapToLong(Map.Entry::getKey)
                .toArray();
        assertEquals(0, others.length, () -> "not exactly once: " + Arrays.toString(others));
    }

    void printLateness(final String test, final String what) {
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

    /** How many messages shard 0 holds back; very many while it has no leader. */
    static int heldCount(final LockstepClient client) {
        try {
            return client.scheduleStates(TimeUnit.SECONDS.toNanos(5)).get(0).heldCount();
        } catch (final LockstepException ex) {
            return Integer.MAX_VALUE;
        }
    }

    private ResultCode cancel(final LockstepClient client, final long number) {
        return client.cancelScheduled(0, positions.get(number), TIMEOUT_NS).code();
    }

    private static String stateOf(final LockstepClient client) {
        final List<ScheduledMessage> held = client.scheduled("#", TIMEOUT_NS);
        return client.shardState(0) + " holds " + held + " at " + client.clusterTimeNs(0);
    }

    private void onMessage(final Message message) {
        final long number = message.buffer().getLong(message.payloadOffset(), ByteOrder.LITTLE_ENDIAN);
        delivered.merge(number, 1, Integer::sum);
        assertTrue(message.dueMs() >= askedMs.get(number), "message " + number + " was due too early");
        final long lateNs = message.timestampNs() - message.dueMs() * NS_IN_MS;
        assertTrue(lateNs >= 0, "message " + number + " came " + -lateNs + " ns early");
        latenessNs.put(number, lateNs);
        assertEquals(number, message.producerSequence());
        assertEquals(PAYLOAD_LENGTH, message.payloadLength());
    }
}
