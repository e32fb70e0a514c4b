package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.BlockingPublisher;
import io.lockstep.client.BlockingSubscriber;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepAgent;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.ReceivedMessage;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.codecs.ResultCode;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.SleepingMillisIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What makes the client simple to use: waiting for messages, and running on a thread of its own. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class SimpleClientSystemTest {
    private static final int BASE_PORT = 32_600;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private static LocalCluster cluster;

    @BeforeAll
    static void start() {
        cluster = LocalCluster.on(BASE_PORT).start();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void shouldTakeMessagesOneByOneAndCopyThemWhenItWaits() {
        try (LockstepClient client = LockstepClient.connect(cluster.nodesText());
                BlockingPublisher publisher = client.addBlockingPublisher(new PublisherConfig());
                BlockingSubscriber subscriber =
                        client.addBlockingSubscriber(new SubscriberConfig().filter("taken/#"))) {
            // given: a live subscriber that is connected misses nothing from then on
            assertTrue(subscriber.connect(TIMEOUT_NS));
            publisher.publish("taken/a", new byte[] {1});
            publisher.publish("other", new byte[] {2});
            publisher.publish("taken/b", new byte[] {3});

            // when
            final ReceivedMessage first = subscriber.take(TIMEOUT_NS);
            final ReceivedMessage second = subscriber.take(TIMEOUT_NS);

            // then: the first is still what it was
            assertEquals("taken/a", first.topic());
            assertArrayEquals(new byte[] {1}, first.payload());
            assertEquals("taken/b", second.topic());
            assertArrayEquals(new byte[] {3}, second.payload());
            assertTrue(second.position() > first.position());
            assertNull(subscriber.take(0));
            assertTrue(subscriber.subscriber().position(0) >= second.position());
        }
    }

    @Test
    void shouldRunTheApplicationAndPublishAllBeforeItEndsWhenAnAgentRunnerRunsIt() {
        // given
        final List<String> events = new CopyOnWriteArrayList<>();
        final AtomicReference<Throwable> error = new AtomicReference<>();
        final LockstepAgent agent = new LockstepAgent(
                new ClientConfig().nodes(cluster.nodesText()).clientName("on-its-own"), new Once(events), TIMEOUT_NS);
        final AgentRunner runner = new AgentRunner(new SleepingMillisIdleStrategy(1), error::set, null, agent);

        // when
        AgentRunner.startOnThread(runner);
        Await.await("the message to be offered", () -> events.contains("offered") || error.get() != null);
        runner.close();

        // then
        assertNull(error.get());
        assertEquals("on-its-own", agent.roleName());
        assertEquals(List.of("start on-its-own", "offered"), events.subList(0, 2));
        // Closing waits for the answer, wherever it comes.
        assertEquals(
                List.of("accepted", "close"),
                events.subList(2, events.size()).stream().sorted().toList());
        try (LockstepClient client = LockstepClient.connect(cluster.nodesText());
                BlockingSubscriber subscriber = client.addBlockingSubscriber(
                        new SubscriberConfig().filter("agent/a").start(StartPosition.start()))) {
            assertArrayEquals(new byte[] {7}, subscriber.take(TIMEOUT_NS).payload());
        }
    }

    /** Publishes one message. All but the list belongs to the agent's thread. */
    private static final class Once implements LockstepAgent.Application, PublishListener {
        private final List<String> events;
        private final UnsafeBuffer payload = new UnsafeBuffer(new byte[] {7});
        private Publisher publisher;
        private boolean isOffered;

        private Once(final List<String> events) {
            this.events = events;
        }

        @Override
        public void onStart(final LockstepClient client) {
            events.add("start " + Thread.currentThread().getName());
            publisher = client.addPublisher(new PublisherConfig(), this);
        }

        @Override
        public int doWork(final LockstepClient client) {
            if (!isOffered && Publisher.isTaken(publisher.offer("agent/a", payload, 0, 1))) {
                isOffered = true;
                events.add("offered");
                return 1;
            }
            return 0;
        }

        @Override
        public void onClose(final LockstepClient client) {
            events.add("close");
        }

        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            events.add("accepted");
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            events.add("refused " + code);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            events.add("unknown " + reason);
        }
    }
}
