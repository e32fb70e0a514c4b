package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.ConsumerConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.LockstepException;
import io.lockstep.client.Message;
import io.lockstep.client.MessageOptions;
import io.lockstep.client.PartitionListener;
import io.lockstep.client.PartitionedConsumer;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.KeyHash;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Three real nodes with two shards: a topic with partitions in both, by command line, publishers and members. */
@Timeout(value = 8, unit = TimeUnit.MINUTES)
class PartitionSystemTest {
    private static final int BASE_PORT = 30_000;
    private static final int PARTITIONS = 8;
    private static final int KEYS = 40;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final String TOPIC = "plant/orders";
    // The last one is that of a node that is abandoned by a thread which is not its own.
    // A node that is back at once asks for the log while its old replay still ends; it is refused once and asks again.
    private static final String[] EXPECTED_ERRORS = {
        "TimeoutException",
        "RegistrationException.*Connection",
        "unknown host",
        "Invalid concurrent access",
        "clashing sessionId",
        "AgentTerminationException"
    };

    @TempDir
    private static Path folder;

    @Test
    void shouldSpreadKeysOverPartitionsOfBothShardsWhenAPolicySaysSo() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).shards(2).start();
                LockstepClient client = connect(cluster)) {
            final Source source = new Source(client);
            assertEquals(0, client.partitionsOf(TOPIC));
            final Sink sink = new Sink();
            // Before anybody knows of partitions: it must come to read their shards by itself.
            final Subscriber subscriber = client.addSubscriber(new SubscriberConfig().filter(TOPIC), sink::onMessage);
            final List<String> third = new ArrayList<>();
            Await.await("the subscriber", () -> {
                subscriber.poll(1);
                return subscriber.isConnected();
            });

            final JsonNode set = json(run(cluster, "partitions", "set", TOPIC, "8", "--output", "json"));
            assertTrue(set.path("changed").asBoolean(), set::toString);
            for (int i = 0; i < 10 * KEYS; i++) {
                source.publishNext();
            }
            final Subscriber ofThird = client.addSubscriber(
                    new SubscriberConfig().filter(TOPIC + "/$3").start(StartPosition.start()),
                    message -> third.add(message.payloadText()));
            Await.await(
                    "all messages",
                    60,
                    () -> {
                        subscriber.poll(100);
                        ofThird.poll(100);
                        return sink.count == 10 * KEYS && third.size() == sink.countOfPartition[3];
                    },
                    () -> sink.count + " " + Arrays.toString(sink.countOfPartition) + ' ' + third.size());

            assertEquals(PARTITIONS, client.partitionsOf(TOPIC));
            assertEquals(Set.of(0, 1), sink.shards);
            assertEquals(PARTITIONS, sink.partitions.size(), sink.partitions::toString);
            assertTrue(subscriber.hasShard(0) && subscriber.hasShard(1));
            assertTrue(ofThird.hasShard(client.shardOf(TOPIC + "/$3"))
                    != ofThird.hasShard(1 - client.shardOf(TOPIC + "/$3")));
            assertEquals(List.of(ResultCode.PARTITIONED), source.refusals, "the client had not heard of the policy");
            assertRefusedWhereItWouldSplit(cluster, client);
            final MainProcess.Result printed =
                    run(cluster, "sub", TOPIC, "--from", "start", "--count", "1", "--output", "json");
            assertEquals(TOPIC, json(printed).path("topic").asText(), printed::out);
            assertTrue(json(printed).path("partition").isInt(), printed::out);
            assertEquals(List.of(), cluster.unexpectedErrors(EXPECTED_ERRORS), cluster::log);
        }
    }

    @Test
    void shouldLoseAndRepeatNothingWhenMembersComeAndGoAndNodesFail() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).shards(2).start()) {
            assertEquals(0, run(cluster, "partitions", "set", "plant/+", "8").status());
            final Work work = new Work();
            try (LockstepClient client = connect(cluster)) {
                final Source source = new Source(client);
                final Group group = new Group(cluster, work, source);
                try {
                    group.join("one");
                    group.goOn(500, "one member");
                    assertEquals(PARTITIONS, group.ownedCount("one"));

                    group.join("two");
                    group.join("three");
                    group.awaitSpread(3);
                    group.goOn(500, "three members");

                    final int leader = cluster.awaitLeader(0);
                    cluster.abandonNode(leader);
                    group.goOn(500, "a leader that is gone");
                    cluster.startNode(leader);

                    group.leave("two");
                    group.awaitSpread(2);
                    group.goOn(500, "two members");
                    group.join("four");
                    group.leave("one");
                    group.goOn(500, "another two members");
                    assertEquals(List.of(), source.refusals);
                } finally {
                    group.close();
                }
                work.assertDone(source);
            }
            cluster.takeSnapshot(0);
            for (int nodeId = 0; nodeId < 3; nodeId++) {
                cluster.stopNode(nodeId);
            }
            cluster.start();
            try (LockstepClient client = connect(cluster)) {
                final Source source = new Source(client, work);
                final Group group = new Group(cluster, work, source);
                try {
                    group.join("five");
                    group.join("six");
                    group.awaitSpread(2);
                    group.goOn(500, "members after a restart");
                } finally {
                    group.close();
                }
                work.assertDone(source);
            }
            StoredJournals.assertSame(cluster);
            assertEquals(List.of(), cluster.unexpectedErrors(EXPECTED_ERRORS), cluster::log);
        }
    }

    private static void assertRefusedWhereItWouldSplit(final LocalCluster cluster, final LockstepClient client) {
        final MainProcess.Result other = run(cluster, "partitions", "set", TOPIC, "16");
        assertEquals(1, other.status(), other::out);
        assertTrue(other.err().contains("holds the topic '" + TOPIC + "/$"), other::err);
        assertTrue(other.err().contains("the policies are what they were"), other::err);
        assertEquals(1, run(cluster, "partitions", "remove", TOPIC).status());
        final JsonNode list = json(run(cluster, "partitions", "list", "--output", "json"));
        assertEquals(
                "[{\"filter\":\"" + TOPIC + "\",\"partitions\":8,\"held\":false}]",
                list.path("policies").toString());
        assertTrue(list.path("identical").asBoolean(), list::toString);
        assertEquals(0, run(cluster, "partitions", "set", "other/#", "2").status());
        assertEquals(0, run(cluster, "partitions", "remove", "other/#").status());
        assertEquals(
                1,
                run(cluster, "pub", TOPIC, "--name", "lines", "--file", "/dev/null")
                        .status());
        assertThrows(
                LockstepException.class,
                () -> client.addPartitionedConsumer(
                        new ConsumerConfig().name("c").filter("plain"), PartitionListener.NONE, message -> {}));
    }

    private static LockstepClient connect(final LocalCluster cluster) {
        return LockstepClient.connect(new ClientConfig().nodes(cluster.nodesText()));
    }

    private static MainProcess.Result run(final LocalCluster cluster, final String... args) {
        final List<String> all = new ArrayList<>(Arrays.asList(args));
        all.addAll(List.of("--nodes", cluster.nodesText()));
        try (MainProcess process = MainProcess.start(
                folder,
                "io.lockstep.cli.LockstepMain",
                new byte[0],
                "-Dlockstep.terminal=false",
                all.toArray(new String[0]))) {
            return process.await();
        }
    }

    private static JsonNode json(final MainProcess.Result result) {
        assertEquals(0, result.status(), () -> result.out() + result.err());
        try {
            return new ObjectMapper().readTree(result.out().strip());
        } catch (final JsonProcessingException ex) {
            throw new AssertionError("this is no JSON: " + result.out(), ex);
        }
    }

    /** Publishes number after number of each key; what was refused is offered again before anything else. */
    private static final class Source implements PublishListener {
        private final LockstepClient client;
        private final Publisher publisher;
        private final MessageOptions options = new MessageOptions();
        private final UnsafeBuffer payload = new UnsafeBuffer(new byte[64]);
        private final Map<Long, String> sent = new HashMap<>();
        private final Deque<String> again = new ArrayDeque<>();
        private final List<ResultCode> refusals = new ArrayList<>();
        private final int[] numbers = new int[KEYS];
        private int nextKey;

        private Source(final LockstepClient client) {
            this.client = client;
            this.publisher = client.addPublisher(new PublisherConfig(), this);
        }

        private Source(final LockstepClient client, final Work work) {
            this(client);
            System.arraycopy(work.done, 0, numbers, 0, KEYS);
        }

        /** Publishes one message and waits until it is taken by the cluster. */
        private void publishNext() {
            Await.await("room for a message", this::offerNext);
            Await.await("an answer", () -> {
                work();
                return sent.isEmpty() && again.isEmpty();
            });
        }

        /** Offers the next message where there is room. */
        private boolean offerNext() {
            work();
            if (!again.isEmpty()) {
                return false;
            }
            final String text = nextKey + ":" + (numbers[nextKey] + 1);
            if (!offer(text)) {
                return false;
            }
            numbers[nextKey]++;
            nextKey = (nextKey + 1) % KEYS;
            return true;
        }

        private void work() {
            client.doWork();
            while (!again.isEmpty() && sent.isEmpty() && offer(again.peek())) {
                again.remove();
            }
        }

        private boolean offer(final String text) {
            final int length = payload.putStringWithoutLengthUtf8(0, text);
            options.clear().key("key-" + text.substring(0, text.indexOf(':')));
            final long id = publisher.offer(TOPIC, options, payload, 0, length);
            if (Publisher.isTaken(id)) {
                sent.put(id, text);
                return true;
            }
            return false;
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            assertNotNull(sent.remove(messageId));
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            refusals.add(code);
            again.add(sent.remove(messageId));
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            if (!publisher.isClosed() || sent.containsKey(messageId)) {
                throw new AssertionError("message " + messageId + ": " + reason);
            }
        }
    }

    /** What a subscriber got: each key in its partition and in order. */
    private static final class Sink {
        private final int[] last = new int[KEYS];
        private final Set<Integer> shards = new TreeSet<>();
        private final Set<Integer> partitions = new HashSet<>();
        private final int[] countOfPartition = new int[PARTITIONS];
        private int count;

        private void onMessage(final Message message) {
            final String text = message.payloadText();
            final int key = Integer.parseInt(text.substring(0, text.indexOf(':')));
            assertEquals(++last[key], Integer.parseInt(text.substring(text.indexOf(':') + 1)), "key " + key);
            final byte[] bytes = ("key-" + key).getBytes(StandardCharsets.UTF_8);
            assertEquals(
                    KeyHash.partitionOf(new UnsafeBuffer(bytes), 0, bytes.length, PARTITIONS), message.partition());
            assertEquals(TOPIC, message.topic());
            assertEquals(TOPIC + "/$" + message.partition(), message.fullTopic());
            shards.add(message.shardId());
            partitions.add(message.partition());
            countOfPartition[message.partition()]++;
            count++;
        }
    }

    /** What all members together did. */
    private static final class Work {
        // Greatest number of a key whose message was processed and acknowledged.
        private final int[] done = new int[KEYS];
        private long count;

        private void onMessage(final Message message, final String member) {
            final String text = message.payloadText();
            final int key = Integer.parseInt(text.substring(0, text.indexOf(':')));
            final int number = Integer.parseInt(text.substring(text.indexOf(':') + 1));
            // One behind the other: neither lost, nor repeated, nor out of order.
            assertEquals(done[key] + 1, number, "key " + key + " at " + member);
            done[key] = number;
            count++;
        }

        private void assertDone(final Source source) {
            for (int key = 0; key < KEYS; key++) {
                assertEquals(source.numbers[key], done[key], "key " + key);
            }
        }
    }

    /** The members of a consumer, each with a client of its own. */
    private static final class Group implements AutoCloseable {
        private record Member(LockstepClient client, PartitionedConsumer consumer) {}

        private final Map<String, Member> members = new HashMap<>();
        private final LocalCluster cluster;
        private final Work work;
        private final Source source;
        private long target;

        private Group(final LocalCluster cluster, final Work work, final Source source) {
            this.cluster = cluster;
            this.work = work;
            this.source = source;
            this.target = work.count;
        }

        private void join(final String name) {
            final LockstepClient client = connect(cluster);
            final PartitionedConsumer[] own = new PartitionedConsumer[1];
            own[0] = client.addPartitionedConsumer(
                    new ConsumerConfig()
                            .name("billing")
                            .filter(TOPIC)
                            .start(StartPosition.start())
                            .leaseNs(TimeUnit.SECONDS.toNanos(10)),
                    PartitionListener.NONE,
                    message -> {
                        work.onMessage(message, name);
                        own[0].ack(message);
                    });
            members.put(name, new Member(client, own[0]));
        }

        private void leave(final String name) {
            final Member member = members.remove(name);
            member.consumer.close();
            member.client.close();
        }

        private int ownedCount(final String name) {
            return members.get(name).consumer.ownedCount();
        }

        /** Publishes messages while members work, and waits until all are done. */
        private void goOn(final int messages, final String what) {
            target += messages;
            final int[] left = {messages};
            final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
            Await.await(what, () -> {
                if (left[0] > 0 && source.offerNext()) {
                    left[0]--;
                }
                poll();
                assertTrue(System.nanoTime() - deadlineNs < 0, () -> what + ": " + work.count + " of " + target);
                return left[0] == 0 && source.sent.isEmpty() && work.count == target;
            });
        }

        private void awaitSpread(final int count) {
            Await.await(count + " members that share the partitions", () -> {
                if (work.count + 50 > target + source.sent.size() && source.offerNext()) {
                    target++;
                }
                poll();
                return members.size() == count
                        && members.values().stream()
                                .allMatch(member -> member.consumer.ownedCount() >= PARTITIONS / count)
                        && members.values().stream()
                                        .mapToInt(member -> member.consumer.ownedCount())
                                        .sum()
                                == PARTITIONS;
            });
        }

        private void poll() {
            source.work();
            for (final Member member : List.copyOf(members.values())) {
                member.consumer.poll(20);
            }
        }

        @Override
        public void close() {
            for (final Member member : members.values()) {
                CloseHelper.closeAll(member.consumer, member.client);
            }
        }
    }
}
