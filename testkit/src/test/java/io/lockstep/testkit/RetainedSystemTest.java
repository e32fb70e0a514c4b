package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.LastValue;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Last values on three real nodes: whoever begins with them while they change, and while nodes die, gets the state at one
 * place of each shard's journal and then every message behind it.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RetainedSystemTest {
    private static final int BASE_PORT = 31_700;
    private static final int TOPICS = 40;
    // So long that the values of a shard do not fit one page.
    private static final int PAYLOAD_LENGTH = 2_000;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long STEP_MESSAGES = 300;

    /** A message of the journal, or a value. */
    private record Seen(
            int shardId,
            long position,
            String topic,
            long topicSequence,
            long producerSequence,
            boolean isRetain,
            String payload) {
        private Seen(final Message message) {
            this(
                    message.shardId(),
                    message.position(),
                    message.topic(),
                    message.topicSequence(),
                    message.producerSequence(),
                    message.headers().containsKey("$retain"),
                    withoutFiller(message.payloadText()));
        }
    }

    /** A subscriber with last values and what it got. */
    private static final class Follower {
        private final String name;
        private final List<List<Seen>> values = new ArrayList<>();
        private final List<List<Seen>> stream = new ArrayList<>();
        private final Subscriber subscriber;

        private Follower(final LockstepClient client, final String name) {
            this.name = name;
            for (int i = 0; i < client.shardCount(); i++) {
                values.add(new ArrayList<>());
                stream.add(new ArrayList<>());
            }
            subscriber =
                    client.addSubscriber(new SubscriberConfig().filter("t/#").withLastValues(), this::onMessage);
        }

        private boolean isFollowing() {
            return stream.stream().noneMatch(List::isEmpty);
        }

        private void onMessage(final Message message) {
            final int shardId = message.shardId();
            if (message.isRetained()) {
                assertTrue(stream.get(shardId).isEmpty(), "values come before the stream");
                values.get(shardId).add(new Seen(message));
            } else {
                stream.get(shardId).add(new Seen(message));
            }
        }
    }

    /** Changes values for as long as it is driven: sets, clears, and publishes what is no last value. */
    private static final class Changer implements PublishListener {
        private final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_LENGTH]);
        private final MessageOptions retain = new MessageOptions().retain();
        private final MessageOptions plain = new MessageOptions();
        private final Publisher publisher;
        private long offered;
        private long accepted;

        private Changer(final LockstepClient client) {
            publisher = client.addPublisher(new PublisherConfig().deadlineNs(2 * TIMEOUT_NS), this);
        }

        private void turn() {
            final long number = offered;
            final boolean isClear = number % 11 == 10;
            final boolean isPlain = number % 7 == 6;
            final byte[] text = Long.toString(number).getBytes(StandardCharsets.UTF_8);
            payload.setMemory(0, PAYLOAD_LENGTH, (byte) 'x');
            payload.putBytes(0, text);
            final String topic = "t/" + (number * 7 + number / TOPICS) % TOPICS;
            final int length = isClear && !isPlain ? 0 : PAYLOAD_LENGTH;
            if (Publisher.isTaken(publisher.offer(topic, isPlain ? plain : retain, payload, 0, length))) {
                offered++;
            }
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            accepted++;
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            throw new AssertionError("message " + messageId + " was refused: " + code + " " + detail);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            throw new AssertionError("message " + messageId + ": " + reason);
        }
    }

    private final List<Follower> followers = new ArrayList<>();
    private LockstepClient client;
    private Changer changer;

    @ParameterizedTest
    @ValueSource(ints = {2, 1})
    void shouldGiveTheLastValuesAndAllThatFollowsWhenNodesDieAndRestart(final int shardCount) {
        try (LocalCluster cluster =
                LocalCluster.on(BASE_PORT).shards(shardCount).start()) {
            client = LockstepClient.connect(cluster.nodesText());
            try {
                runThroughFailures(cluster);
            } catch (final AssertionError ex) {
                cluster.keepFolder();
                throw ex;
            } finally {
                client.close();
            }
        }
    }

    @Test
    void shouldKeepLastValuesWhenAllNodesRestartFromASnapshot() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).shards(2).start()) {
            final List<String> before;
            try (LockstepClient first = LockstepClient.connect(cluster.nodesText())) {
                client = first;
                changer = new Changer(first);
                driveUntil("values to be set", () -> changer.accepted >= STEP_MESSAGES);
                assertTrue(changer.publisher.drain(TIMEOUT_NS));
                cluster.takeSnapshot(0);
                cluster.takeSnapshot(1);
                // These come from the log that is applied on top of the snapshot.
                driveUntil("values to be changed", () -> changer.accepted >= STEP_MESSAGES + 20);
                assertTrue(changer.publisher.drain(TIMEOUT_NS));
                before = textOf(first.lastValues().list("#", TIMEOUT_NS));
                assertFalse(before.isEmpty());
            }
            changer = null;

            for (int node = 0; node < 3; node++) {
                cluster.stopNode(node);
            }
            cluster.start();

            try (LockstepClient second = LockstepClient.connect(cluster.nodesText())) {
                client = second;
                assertEquals(before, textOf(second.lastValues().list("#", TIMEOUT_NS)));
                final Follower follower = join("after the restart");
                driveUntil("all values", () -> count(follower.values) == before.size());
                assertEquals(0, count(follower.stream));
                assertEquals(
                        List.of(before.get(3)),
                        textOf(second.lastValues()
                                .list(before.get(3).substring(0, before.get(3).indexOf(' ')), TIMEOUT_NS)));
            }
        }
    }

    private void runThroughFailures(final LocalCluster cluster) {
        changer = new Changer(client);
        driveUntil("the first values", () -> changer.accepted >= STEP_MESSAGES);
        join("while nothing fails");
        driveOn("a quiet cluster");

        final int leader = cluster.awaitLeader(0);
        join("before the leader dies");
        driveDuring(() -> cluster.abandonNode(leader));
        join("after the leader died");
        driveOn("a new leader");
        driveDuring(() -> cluster.startNode(leader));
        driveOn("three nodes");

        final int other = (cluster.awaitLeader(0) + 1) % 3;
        join("before a follower dies");
        driveDuring(() -> cluster.abandonNode(other));
        join("after a follower died");
        driveOn("two nodes");
        driveDuring(() -> cluster.startNode(other));
        driveOn("three nodes again");

        join("before all nodes die");
        driveDuring(() -> {
            for (int node = 0; node < 3; node++) {
                cluster.abandonNode(node);
            }
        });
        join("while no node runs");
        driveDuring(cluster::start);
        join("after all nodes started");
        driveOn("all nodes");

        assertTrue(changer.publisher.drain(TIMEOUT_NS));
        assertEquals(changer.offered, changer.accepted);
        check();
    }

    private void check() {
        final List<List<Seen>> journal = new ArrayList<>();
        for (int i = 0; i < client.shardCount(); i++) {
            journal.add(new ArrayList<>());
        }
        final Subscriber reader = client.addSubscriber(
                new SubscriberConfig().filter("#").start(StartPosition.start()),
                message -> journal.get(message.shardId()).add(new Seen(message)));
        final Changer finished = changer;
        changer = null;
        driveUntil("everything", () -> {
            reader.poll(1_000);
            return count(journal) == finished.accepted && followers.stream().allMatch(this::isAtEnd);
        });
        for (final Follower follower : followers) {
            for (int i = 0; i < client.shardCount(); i++) {
                checkShard(follower, journal.get(i), i);
            }
        }
        final List<String> expected = new ArrayList<>();
        for (final List<Seen> shard : journal) {
            stateAt(shard, Long.MAX_VALUE).values().forEach(value -> expected.add(textOf(value)));
        }
        assertEquals(
                expected.stream().sorted().toList(),
                textOf(client.lastValues().list("#", TIMEOUT_NS)).stream()
                        .sorted()
                        .toList());
    }

    // The stream is the end of the journal, and the values are the state where it begins: a newer one would be an
    // overlap, and
    // an older or missing one a gap.
    private static void checkShard(final Follower follower, final List<Seen> journal, final int shardId) {
        final String what = follower.name + ", shard " + shardId;
        final List<Seen> stream = follower.stream.get(shardId);
        assertFalse(stream.isEmpty(), what);
        assertEquals(journal.subList(journal.size() - stream.size(), journal.size()), stream, what);
        final Map<String, Seen> expected = stateAt(journal, stream.get(0).position());
        final List<Seen> values = follower.values.get(shardId);
        for (final Seen value : values) {
            assertEquals(textOf(expected.remove(value.topic())), textOf(value), what);
        }
        // What was replaced before its page was asked for is told by the stream only.
        for (final Seen missing : expected.values()) {
            assertTrue(
                    stream.stream()
                            .anyMatch(message ->
                                    message.isRetain() && message.topic().equals(missing.topic())),
                    () -> what + " misses " + missing);
        }
        for (final Seen value : values) {
            assertTrue(value.isRetain() && !value.payload().isEmpty(), what);
        }
    }

    // The last values by topic, as the messages before a position make them.
    private static Map<String, Seen> stateAt(final List<Seen> journal, final long position) {
        final Map<String, Seen> state = new TreeMap<>();
        for (final Seen message : journal) {
            if (message.isRetain() && message.position() < position) {
                if (message.payload().isEmpty()) {
                    state.remove(message.topic());
                } else {
                    state.put(message.topic(), message);
                }
            }
        }
        return state;
    }

    private boolean isAtEnd(final Follower follower) {
        for (int i = 0; i < client.shardCount(); i++) {
            if (follower.subscriber.position(i) < client.shardState(i).journalPosition()) {
                return false;
            }
        }
        return true;
    }

    private Follower join(final String name) {
        final Follower follower = new Follower(client, name);
        followers.add(follower);
        return follower;
    }

    private void driveOn(final String what) {
        final long wanted = changer.accepted + STEP_MESSAGES;
        // A shard that is slow to come back must not tell a follower only how everything ended.
        driveUntil(
                "messages accepted by " + what,
                () -> changer.accepted >= wanted && followers.stream().allMatch(Follower::isFollowing));
    }

    // Nodes die and start on a thread of their own, so that the client is driven meanwhile.
    private void driveDuring(final Runnable task) {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread = new Thread(task, "nodes");
        thread.setUncaughtExceptionHandler((ignored, throwable) -> failure.set(throwable));
        thread.start();
        driveUntil("nodes to die or start", () -> !thread.isAlive());
        if (failure.get() != null) {
            throw new AssertionError("a node could not be ended or started", failure.get());
        }
    }

    private void driveUntil(final String what, final BooleanSupplier condition) {
        Await.await(what, () -> {
            client.doWork();
            for (final Follower follower : followers) {
                follower.subscriber.poll(256);
            }
            if (changer != null) {
                changer.turn();
            }
            return condition.getAsBoolean();
        });
    }

    private static String withoutFiller(final String payload) {
        return payload.replace("x", "");
    }

    private static int count(final List<List<Seen>> byShard) {
        return byShard.stream().mapToInt(List::size).sum();
    }

    private static List<String> textOf(final List<LastValue> values) {
        return values.stream()
                .map(value -> value.topic() + " " + value.topicSequence() + " " + value.producerSequence() + " @"
                        + value.position() + " " + withoutFiller(value.payloadText()))
                .toList();
    }

    private static String textOf(final Seen value) {
        if (value == null) {
            return "none";
        }
        return value.topic() + " " + value.topicSequence() + " " + value.producerSequence() + " @" + value.position()
                + " " + value.payload();
    }
}
