package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.ClientCounter;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.RateLimitPolicy;
import io.lockstep.config.EngineSetting;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Rates and the send window on three real nodes. */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class FlowControlSystemTest {
    private static final int BASE_PORT = 31_000;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int RATE = 200;
    private static final int MESSAGES = 600;

    private final UnsafeBuffer payload = new UnsafeBuffer(new byte[100]);
    private final PublishFates fates = new PublishFates();

    @Test
    void shouldPublishAtTheRateWhenTheClusterLimitsIt() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).start();
                LockstepClient client = connect(cluster)) {
            client.settings().change(EngineSetting.PRODUCER_RATE, RATE, TIMEOUT_NS);
            final Publisher publisher =
                    client.addPublisher(new PublisherConfig().deadlineNs(TimeUnit.SECONDS.toNanos(1)), fates);
            final long beginNs = System.nanoTime();
            for (int i = 0; i < MESSAGES; i++) {
                Await.await("a message to be taken", () -> publisher.offer("t", payload, 0, 100) > 0);
            }
            assertTrue(publisher.drain(TIMEOUT_NS));
            final long elapsedMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNs);

            assertNull(fates.problem());
            assertEquals(MESSAGES, fates.accepted());
            assertTrue(publisher.rateLimitedCount(0) > 0);
            assertEquals(publisher.rateLimitedCount(0), client.counters().value(ClientCounter.RATE_LIMITED));
            // A second's worth at once, and what the last command owes: at most 80 messages fit one of 8 KiB.
            assertTrue(elapsedMs >= 1_000L * (MESSAGES - RATE - 100) / RATE, "it took " + elapsedMs + " ms");

            final PublishFates others = new PublishFates();
            final Publisher refusing =
                    client.addPublisher(new PublisherConfig().onRateLimit(RateLimitPolicy.REFUSE), others);
            Await.await("an offer to be refused", () -> isRefusedByRate(refusing) && refusing.retryAfterNs(0) > 0);
            assertTrue(refusing.drain(TIMEOUT_NS), "what was taken before is published");
            assertNull(others.problem());
        }
    }

    @Test
    void shouldShrinkTheSendWindowWhenTheLeaderLagsAndGrowItAgain() {
        final WedgeSwitch wedge = new WedgeSwitch();
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).build()) {
            cluster.start(node -> cluster.config(), wedge::wrap);
            try (LockstepClient client = connect(cluster)) {
                final Publisher publisher = client.addPublisher(new PublisherConfig().window(256), fates);
                Await.await("messages to be accepted", () -> offer(client, publisher) && fates.accepted() > 5_000);
                final long shrinksBefore = publisher.sendWindowShrinkCount(0);

                // The leader commits, but neither journals nor answers.
                wedge.hang(cluster.awaitLeader(0));
                Await.await(
                        "one message may be under way", () -> offer(client, publisher) && publisher.sendWindow(0) == 1);
                wedge.release();
                final long acceptedBefore = fates.accepted();

                Await.await(
                        "half of the window at least",
                        () -> offer(client, publisher) && publisher.sendWindow(0) >= 128);
                assertTrue(publisher.sendWindowShrinkCount(0) > shrinksBefore);
                assertTrue(fates.accepted() > acceptedBefore);
                assertTrue(publisher.drain(TIMEOUT_NS));
                assertNull(fates.problem());
            }
        } finally {
            wedge.release();
        }
    }

    private boolean isRefusedByRate(final Publisher publisher) {
        long result = 0;
        for (int i = 0; i < 50 && result != Publisher.RATE_LIMITED; i++) {
            result = publisher.offer("t", payload, 0, 100);
        }
        return result == Publisher.RATE_LIMITED;
    }

    private boolean offer(final LockstepClient client, final Publisher publisher) {
        for (int i = 0; i < 16; i++) {
            publisher.offer("t", payload, 0, 100);
        }
        client.doWork();
        return true;
    }

    private static LockstepClient connect(final LocalCluster cluster) {
        return LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TIMEOUT_NS));
    }
}
