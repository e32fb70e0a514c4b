package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.aeron.CommonContext;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.ReaderDriver;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.EmbeddedDriverMode;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.MessageHandler;
import io.lockstep.client.PublishBatch;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.SharedCoreIdling;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.client.TopicState;
import io.lockstep.codecs.ResultCode;
import io.lockstep.wire.MessageHeaders;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;

/** The client against three real nodes with two shards: every outcome of a publish, and every way to read. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class ClientSystemTest {
    private static final int BASE_PORT = 23_500;
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(60);

    private static LocalCluster cluster;

    private final Outcomes outcomes = new Outcomes();
    private final List<String> received = new ArrayList<>();
    private LockstepClient client;
    private String prefix;

    @BeforeAll
    static void startCluster() {
        cluster = LocalCluster.on(BASE_PORT).shards(2).start();
    }

    @AfterAll
    static void stopCluster() {
        cluster.close();
    }

    @BeforeEach
    void connect(final TestInfo test) {
        prefix = test.getTestMethod().orElseThrow().getName();
        client = connect();
    }

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void shouldDeliverHeadersAndPayloadWhenAccepted() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        final byte[] headers = MessageHeaders.encode(Map.of("unit", "°C"));
        final String topic = prefix + "/a";

        // when
        offerUntilTaken(
                () -> publisher.offer(topic, new UnsafeBuffer(headers), 0, headers.length, bytes("21.5"), 0, 4) > 0);
        offer(publisher, topic, "");
        assertTrue(publisher.drain(DRAIN_NS));

        // then
        assertEquals(List.of("1 accepted", "2 accepted"), outcomes.lines);
        final Subscriber subscriber = subscribe(
                topic,
                message -> received.add(message.topicSequence() + " "
                        + message.topic() + " " + message.headers() + " '" + message.payloadText() + "' "
                        + (message.producerId() == publisher.producerId()) + " " + message.producerSequence()));
        pollUntil(subscriber, () -> received.size() == 2);
        assertEquals(List.of("1 " + topic + " {unit=°C} '21.5' true 1", "2 " + topic + " {} '' true 2"), received);
    }

    @Test
    void shouldCarryOneMebibyteWhenPayloadIsGreatest() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[(1 << 20) + 1]);
        payload.setMemory(0, payload.capacity(), (byte) 'x');

        // when
        for (int i = 0; i < 5; i++) {
            offerUntilTaken(() -> publisher.offer(prefix, payload, 0, 1 << 20) > 0);
        }
        final long tooLarge = publisher.offer(prefix, payload, 0, (1 << 20) + 1);
        assertTrue(publisher.drain(DRAIN_NS));

        // then
        assertEquals(Publisher.TOO_LARGE, tooLarge);
        assertEquals(5, outcomes.accepted);
        final Subscriber subscriber = subscribe(prefix, message -> received.add("" + message.payloadLength()));
        pollUntil(subscriber, () -> received.size() == 5);
        assertEquals("1048576", received.get(4));
    }

    @Test
    void shouldKeepBatchTogetherOrRefuseAllOfItWhenAtomic() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        final PublishBatch batch = new PublishBatch()
                .add(prefix, bytes("a"), 0, 1)
                .add(prefix, bytes("b"), 0, 1)
                .add(prefix, bytes("c"), 0, 1);
        final PublishBatch bad =
                new PublishBatch().add(prefix, bytes("d"), 0, 1).add(prefix, 77, null, 0, 0, bytes("e"), 0, 1);

        // when
        offerUntilTaken(() -> publisher.offerBatch(batch) == 1);
        assertTrue(publisher.drain(DRAIN_NS));
        offerUntilTaken(() -> publisher.offerBatch(bad) == 4);
        assertTrue(publisher.drain(DRAIN_NS));
        offer(publisher, prefix, "f");
        assertTrue(publisher.drain(DRAIN_NS));

        // then
        assertEquals(
                List.of(
                        "1 accepted",
                        "2 accepted",
                        "3 accepted",
                        "4 refused BATCH_REFUSED",
                        "5 refused EXPECTED_SEQUENCE_MISMATCH",
                        "6 accepted"),
                outcomes.lines);
        final Subscriber subscriber = subscribe(prefix, message -> received.add(message.payloadText()));
        pollUntil(subscriber, () -> received.size() == 4);
        assertEquals(List.of("a", "b", "c", "f"), received);
    }

    @Test
    void shouldRefuseBatchLocallyWhenItSpansShards() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        final PublishBatch batch =
                new PublishBatch().add(topicIn(0), bytes("a"), 0, 1).add(topicIn(1), bytes("b"), 0, 1);

        // when / then
        assertEquals(Publisher.BAD_BATCH, publisher.offerBatch(batch));
        assertEquals(Publisher.BAD_BATCH, publisher.offerBatch(new PublishBatch()));
        assertEquals(Publisher.BAD_TOPIC, publisher.offer("a/+", bytes("a"), 0, 1));
    }

    @Test
    void shouldAcceptOnlyAtExpectedSequenceWhenConditional() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);

        // when
        for (final long expected : new long[] {0, 0, 1}) {
            offerUntilTaken(() -> publisher.offerIfSequence(prefix, expected, bytes("x"), 0, 1) > 0);
            assertTrue(publisher.drain(DRAIN_NS));
        }

        // then
        assertEquals(List.of("1 accepted", "2 refused EXPECTED_SEQUENCE_MISMATCH", "3 accepted"), outcomes.lines);
        assertEquals(1, outcomes.lastDetail, "the mismatch tells the topic's last sequence");
    }

    @Test
    void shouldRefuseWhatFollowsUntilNotedWhenOrderedMessageIsRefused() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        offer(publisher, prefix, "first");
        assertTrue(publisher.drain(DRAIN_NS));

        // when
        assertTrue(publisher.offerIfSequence(prefix, 77, bytes("x"), 0, 1) > 0);
        offer(publisher, prefix, "second");
        offer(publisher, prefix, "third");
        assertTrue(publisher.drain(DRAIN_NS));
        offer(publisher, prefix, "fourth");
        assertTrue(publisher.drain(DRAIN_NS));

        // then
        assertEquals("1 accepted", outcomes.lines.get(0));
        assertEquals("2 refused EXPECTED_SEQUENCE_MISMATCH", outcomes.lines.get(1));
        assertEquals("3 refused AFTER_REFUSAL", outcomes.lines.get(2));
        assertEquals("5 accepted", outcomes.lines.get(4));
    }

    @Test
    void shouldGoOnAfterRefusalWhenNotOrdered() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig().ordered(false), outcomes);
        offer(publisher, prefix, "first");

        // when
        offerUntilTaken(() -> publisher.offerIfSequence(prefix, 77, bytes("x"), 0, 1) > 0);
        offer(publisher, prefix, "second");
        assertTrue(publisher.drain(DRAIN_NS));

        // then
        assertEquals(List.of("1 accepted", "2 refused EXPECTED_SEQUENCE_MISMATCH", "3 accepted"), outcomes.lines);
    }

    @Test
    void shouldFenceOlderPublisherAndResumeWhenProducerIsOpenedAgain() {
        // given
        final long producerId = prefix.hashCode();
        final Publisher older = client.addPublisher(new PublisherConfig().producerId(producerId), outcomes);
        offer(older, prefix, "a");
        offer(older, prefix, "b");
        assertTrue(older.drain(DRAIN_NS));
        final int shardId = client.shardOf(prefix);
        try (LockstepClient second = connect()) {
            // when
            final Outcomes newerOutcomes = new Outcomes();
            final Publisher newer = second.addPublisher(new PublisherConfig().producerId(producerId), newerOutcomes);
            newer.open(shardId);
            Await.await("the newer publisher to open", () -> {
                second.doWork();
                return newer.isOpen(shardId);
            });
            offer(older, prefix, "c");
            Await.await("the older publisher to close", () -> {
                client.doWork();
                return older.isClosed();
            });

            // then
            assertEquals(2, newer.lastSequence(shardId));
            assertEquals(List.of("1 accepted", "2 accepted", "3 unknown"), outcomes.lines);
            assertTrue(older.closeReason().contains("newer publisher"), older::closeReason);
            assertEquals(Publisher.CLOSED, older.offer(prefix, bytes("d"), 0, 1));
            assertTrue(newer.offer(prefix, bytes("c"), 0, 1) > 0);
            assertTrue(newer.drain(DRAIN_NS));
            assertEquals(List.of("1 accepted"), newerOutcomes.lines);
        }
    }

    @Test
    void shouldReadOnlyNeededShardsWhenFiltersAreExact() {
        // given
        final String first = topicIn(0);
        final String second = topicIn(1);
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        for (int i = 0; i < 10; i++) {
            offer(publisher, first, "0." + i);
            offer(publisher, second, "1." + i);
        }
        assertTrue(publisher.drain(DRAIN_NS));

        // when
        final Subscriber exact = subscribe(first, message -> received.add(message.payloadText()));
        pollUntil(exact, () -> received.size() == 10);

        // then
        assertTrue(exact.hasShard(0));
        assertFalse(exact.hasShard(1));
        assertEquals("0.9", received.get(9));

        // when
        received.clear();
        final Subscriber all = subscribe(prefix + "/#", message -> received.add(message.payloadText()));
        pollUntil(all, () -> received.size() == 20);

        // then
        assertTrue(all.hasShard(1));
        assertEquals(List.of("1.0", "1.9"), pick(received, "1.", 0, 9));
    }

    @Test
    void shouldDeliverAgainWhenHandlerAborts() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        offer(publisher, prefix, "a");
        offer(publisher, prefix, "b");
        assertTrue(publisher.drain(DRAIN_NS));
        final Subscriber subscriber = subscribe(prefix, message -> {});

        // when
        Await.await("two messages with one abort", () -> {
            subscriber.controlledPoll(
                    message -> {
                        received.add(message.payloadText());
                        return received.size() == 1 ? Action.ABORT : Action.BREAK;
                    },
                    10);
            return received.size() == 3;
        });

        // then
        assertEquals(List.of("a", "a", "b"), received);
    }

    @Test
    void shouldBeginBehindPositionWhenProgramStoredIt() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        for (int i = 0; i < 5; i++) {
            offer(publisher, prefix, "" + i);
        }
        assertTrue(publisher.drain(DRAIN_NS));
        final long[] position = new long[1];
        final int shardId = client.shardOf(prefix);
        try (Subscriber first = subscribe(prefix, message -> {
            received.add(message.payloadText());
            position[0] = message.position();
        })) {
            Await.await("three messages", () -> {
                first.poll(1);
                return received.size() == 3;
            });
            assertEquals(position[0], first.position(shardId));
        }

        // when
        received.clear();
        final Subscriber second = client.addSubscriber(
                new SubscriberConfig().filter(prefix).start(shardId, StartPosition.position(position[0])),
                message -> received.add(message.payloadText()));
        pollUntil(second, () -> received.size() == 2);

        // then
        assertEquals(List.of("3", "4"), received);
    }

    @Test
    void shouldDeliverWhatIsNotOlderWhenStartedAtATime() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        for (final String text : List.of("a", "b", "c")) {
            offer(publisher, prefix, text);
            assertTrue(publisher.drain(DRAIN_NS));
        }
        final List<Long> timesNs = new ArrayList<>();
        final Subscriber all = subscribe(prefix, message -> timesNs.add(message.timestampNs()));
        pollUntil(all, () -> timesNs.size() == 3);
        assertTrue(timesNs.get(0) < timesNs.get(1), timesNs::toString);

        // when
        final Subscriber later = client.addSubscriber(
                new SubscriberConfig().filter(prefix).start(StartPosition.time(timesNs.get(1))),
                message -> received.add(message.payloadText()));
        pollUntil(later, () -> received.size() == 2);

        // then
        assertEquals(List.of("b", "c"), received);
    }

    @Test
    void shouldMatchOneLevelWhenFilterHoldsAPlus() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        for (final String topic : List.of("/1/t", "/1/x/t", "/t", "/1/u", "/2/t")) {
            offer(publisher, prefix + topic, topic);
        }
        assertTrue(publisher.drain(DRAIN_NS));

        // when
        final Subscriber subscriber = subscribe(prefix + "/+/t", message -> received.add(message.payloadText()));
        pollUntil(
                subscriber,
                () -> subscriber.position(0) >= publisher.acceptedPosition(0)
                        && subscriber.position(1) >= publisher.acceptedPosition(1));

        // then
        received.sort(null);
        assertEquals(List.of("/1/t", "/2/t"), received);
    }

    @Test
    void shouldDeliverEachMessageOnceWhenHandlerCommits() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        for (final String text : List.of("a", "b", "c")) {
            offer(publisher, prefix, text);
        }
        assertTrue(publisher.drain(DRAIN_NS));
        final int shardId = client.shardOf(prefix);
        final Subscriber subscriber = subscribe(prefix, message -> {});

        // when
        Await.await("three messages", () -> {
            subscriber.controlledPoll(
                    message -> {
                        received.add(message.payloadText());
                        return Action.COMMIT;
                    },
                    10);
            return subscriber.position(shardId) >= publisher.acceptedPosition(shardId);
        });

        // then
        assertEquals(List.of("a", "b", "c"), received);
    }

    @Test
    void shouldTellThePositionOfTheMessageWhenItWasAcceptedAlone() {
        // given
        final int shardId = client.shardOf(prefix);
        final List<Long> told = new ArrayList<>();
        final Publisher publisher = client.addPublisher(new PublisherConfig(), new Outcomes() {
            @Override
            public void onAccepted(final long messageId, final int acceptedShardId, final long position) {
                assertEquals(shardId, acceptedShardId);
                told.add(position);
            }
        });
        final List<Long> lastAccepted = new ArrayList<>();

        // when
        for (final String text : List.of("a", "b", "c")) {
            offer(publisher, prefix, text);
            assertTrue(publisher.drain(DRAIN_NS));
            lastAccepted.add(publisher.acceptedPosition(shardId));
        }

        // then
        final List<Long> positions = new ArrayList<>();
        final Subscriber subscriber = subscribe(prefix, message -> positions.add(message.position()));
        pollUntil(subscriber, () -> positions.size() == 3);
        assertEquals(positions, told);
        assertEquals(positions, lastAccepted);
    }

    @Test
    void shouldDeliverOnlyNewMessagesWhenLive() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        offer(publisher, prefix, "old");
        assertTrue(publisher.drain(DRAIN_NS));
        final Subscriber subscriber = client.addSubscriber(
                new SubscriberConfig().filter(prefix).preferredNode(1), message -> received.add(message.payloadText()));
        Await.await("the subscriber to connect", () -> {
            subscriber.poll(10);
            return subscriber.isConnected();
        });

        // when
        offer(publisher, prefix, "new");
        pollUntil(subscriber, () -> !received.isEmpty());

        // then
        assertEquals(List.of("new"), received);
        assertEquals(1, subscriber.nodeId(client.shardOf(prefix)));
    }

    @Test
    void shouldHandExceptionToCallerWhenHandlerOrListenerThrows() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), new Outcomes() {
            @Override
            public void onAccepted(final long messageId, final int shardId, final long position) {
                super.onAccepted(messageId, shardId, position);
                if (messageId == 1) {
                    throw new IllegalStateException("listener");
                }
            }
        });
        offer(publisher, prefix, "a");

        // when
        final RuntimeException fromListener = failureOf(() -> client.doWork());
        offer(publisher, prefix, "b");
        assertTrue(publisher.drain(DRAIN_NS));
        final Subscriber subscriber = subscribe(prefix, message -> {
            received.add(message.payloadText());
            if (received.size() == 1) {
                throw new IllegalStateException("handler");
            }
        });
        final RuntimeException fromHandler = failureOf(() -> subscriber.poll(10));
        pollUntil(subscriber, () -> received.size() == 2);

        // then
        assertEquals("listener", fromListener.getMessage());
        assertEquals("handler", fromHandler.getMessage());
        assertEquals(List.of("a", "b"), received);
    }

    @Test
    void shouldTellTheFateOfEveryMessageWhenListenersThrowAtTheEnd() {
        // given
        final List<String> fates = new ArrayList<>();
        final List<Publisher> publishers = new ArrayList<>();
        for (final String name : List.of("first", "second")) {
            final Publisher publisher = client.addPublisher(new PublisherConfig(), new Outcomes() {
                @Override
                public void onUnknown(final long messageId, final String reason) {
                    fates.add(name + " " + messageId);
                    throw new IllegalStateException(name + " " + messageId);
                }
            });
            publishers.add(publisher);
            publisher.open(0);
            publisher.open(1);
            Await.await("the producer to open", () -> {
                client.doWork();
                return publisher.isOpen(0) && publisher.isOpen(1);
            });
        }
        // Nothing drives the client from here on, so nothing is answered.
        for (final Publisher publisher : publishers) {
            assertEquals(1, publisher.offer(topicIn(0), bytes("a"), 0, 1));
            assertEquals(2, publisher.offer(topicIn(0), bytes("b"), 0, 1));
            assertEquals(3, publisher.offer(topicIn(1), bytes("c"), 0, 1));
        }

        // when
        final RuntimeException thrown = assertThrows(IllegalStateException.class, () -> client.close());

        // then
        assertEquals(List.of("first 1", "first 2", "first 3", "second 1", "second 2", "second 3"), fates);
        assertEquals("first 1", thrown.getMessage());
        assertEquals(3, thrown.getSuppressed().length, "first 2, first 3, and what the second publisher threw");
    }

    @Test
    void shouldWorkWithoutThreadsWhenDriverIsInvoked() {
        // given
        try (LockstepClient invoking = LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).embeddedDriverMode(EmbeddedDriverMode.INVOKER))) {
            final Publisher publisher = invoking.addPublisher(new PublisherConfig(), outcomes);
            final Subscriber subscriber = invoking.addSubscriber(
                    new SubscriberConfig().filter(prefix).start(StartPosition.start()),
                    message -> received.add(message.payloadText()));

            // when
            Await.await("a message to be taken", () -> publisher.offer(prefix, bytes("x"), 0, 1) > 0);
            Await.await("the message to be delivered", () -> {
                subscriber.poll(10);
                return received.size() == 1;
            });
        }

        // then
        assertEquals(List.of("1 accepted"), outcomes.lines);
    }

    @Test
    void shouldListTopicsWithCountsWhenAsked() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        for (int i = 0; i < 250; i++) {
            offer(publisher, prefix + "/" + i, "12345");
        }
        assertTrue(publisher.drain(DRAIN_NS));

        // when
        final List<TopicState> topics = client.topics().list(prefix + "/+", DRAIN_NS);

        // then
        assertEquals(250, topics.size());
        assertEquals(1, topics.get(0).lastTopicSequence());
        assertEquals(5, topics.get(0).payloadBytes());
        assertEquals(client.shardOf(topics.get(0).name()), topics.get(0).shardId());
    }

    @Test
    void shouldForgetAnonymousProducerWhenItsPublisherCloses() {
        // given
        final int shardId = client.shardOf(prefix);
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes);
        offer(publisher, prefix, "a");
        assertTrue(publisher.drain(DRAIN_NS));
        final long before = awaitFreshProducerCount(shardId);

        // when
        publisher.close();

        // then
        Await.await("the producer to be forgotten", () -> {
            client.doWork();
            return client.shardState(shardId).producerCount() < before;
        });
    }

    @Test
    void shouldAllocateNothingPerMessageWhenSteady() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig(), outcomes.counting());
        final long[] delivered = new long[1];
        final Subscriber subscriber = subscribe(prefix, message -> delivered[0] += message.payloadLength() > 0 ? 1 : 0);
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[100]);
        exchange(publisher, subscriber, payload, delivered, 60_000);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        final long threadId = Thread.currentThread().getId();
        final int messages = 20_000;
        long least = Long.MAX_VALUE;

        // when: a round in which a busy machine cost the client its session is not steady
        for (int round = 0; round < 5; round++) {
            final long before = threads.getThreadAllocatedBytes(threadId);
            exchange(publisher, subscriber, payload, delivered, messages);
            least = Math.min(least, threads.getThreadAllocatedBytes(threadId) - before);
        }

        // then: once a second each shard describes itself, which makes a record of a few hundred bytes
        assertTrue(least < messages / 4, least + " bytes for " + messages + " messages");
    }

    @Test
    void shouldGoOnSoonWhenTheClientItselfPaused() {
        // given: an invoked driver stands still with its client, and loses sight of a leader that is well
        try (LockstepClient pausing = LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).embeddedDriverMode(EmbeddedDriverMode.INVOKER))) {
            final Publisher publisher = pausing.addPublisher(new PublisherConfig(), outcomes);
            Await.await("a message to be taken", () -> publisher.offer(prefix, bytes("a"), 0, 1) > 0);
            assertTrue(publisher.drain(DRAIN_NS));
            final long resumeNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(1_500);
            Await.await("a pause to be over", () -> System.nanoTime() - resumeNs >= 0);

            // when
            final long beginNs = System.nanoTime();
            Await.await("a message to be taken", () -> publisher.offer(prefix, bytes("b"), 0, 1) > 0);
            assertTrue(publisher.drain(DRAIN_NS));
            final long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNs);

            // then: well before the 10 s that a session waits for a new leader
            assertTrue(elapsedMs < 7_000, () -> "it took " + elapsedMs + " ms");
            assertEquals(List.of("1 accepted", "2 accepted"), outcomes.lines);
        }
    }

    @Test
    void shouldTellUnknownAndResumeExactlyWhenThereIsNoMajority() {
        // given
        final long producerId = prefix.hashCode();
        final int shardId = client.shardOf(prefix);
        final Publisher publisher = client.addPublisher(
                new PublisherConfig().producerId(producerId).deadlineNs(TimeUnit.SECONDS.toNanos(3)), outcomes);
        offer(publisher, prefix, "1");
        assertTrue(publisher.drain(DRAIN_NS));
        final int leader = cluster.awaitLeader(shardId);
        final int[] followers = {(leader + 1) % 3, (leader + 2) % 3};
        cluster.abandonNode(followers[0]);
        cluster.abandonNode(followers[1]);

        // when
        offer(publisher, prefix, "2");
        offer(publisher, prefix, "3");
        Await.await("the publisher to give up", () -> {
            client.doWork();
            return publisher.isClosed();
        });
        cluster.startNode(followers[0]);
        cluster.startNode(followers[1]);
        final Publisher next = client.addPublisher(new PublisherConfig().producerId(producerId), outcomes);
        next.open(shardId);
        Await.await("the producer to open again", () -> {
            client.doWork();
            return next.isOpen(shardId);
        });
        for (long number = next.lastSequence(shardId) + 1; number <= 4; number++) {
            offer(next, prefix, "" + number);
        }
        assertTrue(next.drain(DRAIN_NS));

        // then
        assertEquals(List.of("1 accepted", "2 unknown", "3 unknown"), outcomes.lines.subList(0, 3));
        final Subscriber subscriber = subscribe(prefix, message -> received.add(message.payloadText()));
        pollUntil(subscriber, () -> received.size() >= 4);
        assertEquals(List.of("1", "2", "3", "4"), received);
    }

    @Test
    void shouldKeepWindowInOrderWhenLeaderIsLost() {
        // given
        final Publisher publisher = client.addPublisher(new PublisherConfig().window(4096), outcomes.counting());
        final int shardId = client.shardOf(prefix);
        for (int i = 0; i < 2_000; i++) {
            offer(publisher, prefix, "" + i);
        }
        final int leader = cluster.awaitLeader(shardId);

        // when
        cluster.abandonNode(leader);
        for (int i = 2_000; i < 6_000; i++) {
            offer(publisher, prefix, "" + i);
        }
        assertTrue(publisher.drain(DRAIN_NS));
        cluster.startNode(leader);

        // then
        assertEquals(6_000, outcomes.accepted);
        assertNotEquals(leader, client.leaderNodeId(shardId));
        final Subscriber subscriber = subscribe(prefix, message -> received.add(message.payloadText()));
        pollUntil(subscriber, () -> received.size() >= 6_000);
        for (int i = 0; i < 6_000; i++) {
            assertEquals("" + i, received.get(i));
        }
    }

    @Test
    void shouldPublishAndMoveToAnotherNodeWhenTheDriverIsSomebodyElses() {
        // given
        final MediaDriver.Context driverContext = new MediaDriver.Context()
                .aeronDirectoryName(CommonContext.generateRandomDirName())
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(SharedCoreIdling.newIdleStrategy());
        final ClientConfig external = new ClientConfig()
                .nodes(cluster.nodesText())
                .connectTimeoutNs(TimeUnit.SECONDS.toNanos(60))
                .aeronDirectoryName(driverContext.aeronDirectoryName());
        final int shardId = client.shardOf(prefix);
        final int lost = cluster.awaitLeader(shardId);
        try (MediaDriver driver =
                        MediaDriver.launch(ReaderDriver.configure(driverContext, external.imageLivenessTimeoutNs()));
                LockstepClient user = LockstepClient.connect(external)) {
            assertEquals(driver.aeronDirectoryName(), external.aeronDirectoryName());
            final Publisher publisher = user.addPublisher(new PublisherConfig(), outcomes);
            final Subscriber subscriber = user.addSubscriber(
                    new SubscriberConfig()
                            .filter(prefix)
                            .start(StartPosition.start())
                            .preferredNode(lost),
                    message -> received.add(message.payloadText()));
            Await.await("a message to be taken", () -> publisher.offer(prefix, bytes("a"), 0, 1) > 0);
            pollUntil(subscriber, () -> received.size() == 1 && subscriber.nodeId(shardId) == lost);

            // when
            cluster.abandonNode(lost);
            Await.await("a message to be taken", () -> publisher.offer(prefix, bytes("b"), 0, 1) > 0);
            pollUntil(subscriber, () -> received.size() == 2);
            cluster.startNode(lost);

            // then
            assertTrue(publisher.drain(DRAIN_NS));
            assertEquals(List.of("a", "b"), received);
            assertEquals(List.of("1 accepted", "2 accepted"), outcomes.lines);
        }
    }

    private static LockstepClient connect() {
        return LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TimeUnit.SECONDS.toNanos(60)));
    }

    private static UnsafeBuffer bytes(final String text) {
        return new UnsafeBuffer(text.getBytes(StandardCharsets.UTF_8));
    }

    private static List<String> pick(final List<String> lines, final String start, final int... indexes) {
        final List<String> matching =
                lines.stream().filter(line -> line.startsWith(start)).toList();
        final List<String> picked = new ArrayList<>();
        for (final int index : indexes) {
            picked.add(matching.get(index));
        }
        return picked;
    }

    private static RuntimeException failureOf(final Runnable action) {
        final RuntimeException[] failure = new RuntimeException[1];
        Await.await("an exception", () -> {
            try {
                action.run();
            } catch (final IllegalStateException ex) {
                failure[0] = ex;
            }
            return failure[0] != null;
        });
        return failure[0];
    }

    private String topicIn(final int shardId) {
        for (int i = 0; ; i++) {
            final String topic = prefix + "/t" + i;
            if (client.shardOf(topic) == shardId) {
                return topic;
            }
        }
    }

    private Subscriber subscribe(final String filter, final MessageHandler handler) {
        return client.addSubscriber(new SubscriberConfig().filter(filter).start(StartPosition.start()), handler);
    }

    private void offer(final Publisher publisher, final String topic, final String text) {
        final UnsafeBuffer payload = bytes(text);
        offerUntilTaken(() -> publisher.offer(topic, payload, 0, payload.capacity()) > 0);
    }

    private void offerUntilTaken(final BooleanSupplier offer) {
        if (!offer.getAsBoolean()) {
            Await.await("a message to be taken", () -> {
                client.doWork();
                return offer.getAsBoolean();
            });
        }
    }

    private void pollUntil(final Subscriber subscriber, final BooleanSupplier condition) {
        Await.await("messages to be delivered", () -> {
            while (subscriber.poll(100) > 0) {
                Thread.onSpinWait();
            }
            return condition.getAsBoolean();
        });
    }

    private void exchange(
            final Publisher publisher,
            final Subscriber subscriber,
            final UnsafeBuffer payload,
            final long[] delivered,
            final int messages) {
        final long goal = delivered[0] + messages;
        final long deadlineNs = System.nanoTime() + DRAIN_NS;
        int offered = 0;
        while (delivered[0] < goal) {
            if (offered < messages && publisher.offer(prefix, payload, 0, payload.capacity()) > 0) {
                offered++;
            }
            subscriber.poll(100);
            assertTrue(System.nanoTime() - deadlineNs < 0, "messages came too slowly");
        }
    }

    private long awaitFreshProducerCount(final int shardId) {
        final long timestampNs = client.shardState(shardId).timestampNs();
        Await.await("a description", () -> {
            client.doWork();
            return client.shardState(shardId).timestampNs() > timestampNs;
        });
        return client.shardState(shardId).producerCount();
    }

    /** Keeps outcomes as lines, or only counts them. */
    private static class Outcomes implements PublishListener {
        final List<String> lines = new ArrayList<>();
        private boolean isCounting;
        private long accepted;
        private long lastDetail;

        Outcomes counting() {
            isCounting = true;
            return this;
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            accepted++;
            if (!isCounting) {
                lines.add(messageId + " accepted");
            }
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            lastDetail = detail;
            lines.add(messageId + " refused " + code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            lines.add(messageId + " unknown");
        }
    }
}
