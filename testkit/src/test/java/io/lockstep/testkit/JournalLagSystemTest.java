package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.config.Profile;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Whose lag a producer feels: that of the leader's journal, and neither that of a minority's journals and services nor
 * that of who reads.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class JournalLagSystemTest {
    private static final int BASE_PORT = 22_400;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int PAYLOAD_LENGTH = 4_096;
    private static final int WINDOW = 256;
    // By 2 MiB the service may be ahead of its recorder; a window may be under way when the answers begin to be late.
    private static final long LAG_BYTES = 4L << 20;

    private final SlowRecorder recorder = new SlowRecorder();
    private final WedgeSwitch wedge = new WedgeSwitch();
    private final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_LENGTH]);
    private final PublishFates fates = new PublishFates();
    private long offered;
    private LocalCluster cluster;
    private LockstepClient client;
    private Publisher publisher;

    @BeforeEach
    void start() {
        cluster = LocalCluster.on(BASE_PORT).profile(Profile.DEFAULT).build();
        cluster.start(recorder, wedge::wrap);
        client = LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TIMEOUT_NS));
        publisher = client.addPublisher(new PublisherConfig().window(WINDOW), fates);
        awaitWhilePublishing("messages to be accepted in the whole window", this::isWindowWhole);
    }

    @AfterEach
    void stop() {
        wedge.release();
        recorder.release();
        if (client != null) {
            client.close();
        }
        cluster.close();
    }

    @Test
    void shouldShrinkTheSendWindowWhenTheLeadersJournalLagsAndGrowItAgain() {
        final long shrinksBefore = publisher.sendWindowShrinkCount(0);

        final int leader = cluster.awaitLeader(0);
        recorder.slow(leader);
        final long beginNs = System.nanoTime();
        final long acceptedBefore = fates.accepted();
        awaitWhilePublishing("an eighth of the window at most", () -> publisher.sendWindow(0) <= WINDOW / 8);
        final long accepted = fates.accepted();
        final long recordedAtMost =
                SlowRecorder.BYTES_IN_SECOND * (System.nanoTime() - beginNs) / TimeUnit.SECONDS.toNanos(1);
        final long lag = (accepted - acceptedBefore) * PAYLOAD_LENGTH - recordedAtMost;
        assertTrue(lag < LAG_BYTES, "the journal lagged by " + lag + " bytes");
        awaitWhilePublishing("the leader to go on at its recorder's pace", () -> fates.accepted() > accepted + 100);
        recorder.release();

        awaitWhilePublishing("the whole window", this::isWindowWhole);
        assertTrue(publisher.sendWindowShrinkCount(0) > shrinksBefore);
        assertNothingIsLost();
    }

    @Test
    void shouldPublishInTheWholeWindowWhenTheJournalOfAFollowerLags() {
        final int follower = followerOf(cluster.awaitLeader(0));
        recorder.slow(follower);

        awaitWhilePublishing("the whole window while the follower lags", () -> isBehind(follower) && isWindowWhole());
        recorder.release();

        assertNothingIsLost();
    }

    @Test
    void shouldPublishInTheWholeWindowWhenTheServiceOfAFollowerIsSlow() {
        final int follower = followerOf(cluster.awaitLeader(0));
        wedge.slow(follower);

        awaitWhilePublishing("the whole window while the follower lags", () -> isBehind(follower) && isWindowWhole());
        wedge.release();

        assertNothingIsLost();
    }

    @Test
    void shouldPublishInTheWholeWindowWhenASubscriberHasStopped() {
        try (LockstepClient reading = LockstepClient.connect(
                        new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TIMEOUT_NS));
                Subscriber subscriber = reading.addSubscriber(new SubscriberConfig().filter("t"), message -> {})) {
            // It has begun to read, and does no work from here on.
            Await.await("a message to be read", () -> offer() && reading.doWork() >= 0 && subscriber.poll(1) > 0);
            final long accepted = fates.accepted();

            awaitWhilePublishing(
                    "the whole window while the subscriber lags",
                    () -> (fates.accepted() - accepted) * PAYLOAD_LENGTH > 8 * LAG_BYTES && isWindowWhole());

            assertNothingIsLost();
        }
    }

    private boolean isBehind(final int nodeId) {
        final int leader = cluster.awaitLeader(0);
        return leader != nodeId
                && cluster.shardStatus(leader, 0).journalPosition()
                                - cluster.shardStatus(nodeId, 0).journalPosition()
                        > LAG_BYTES;
    }

    private boolean isWindowWhole() {
        return fates.accepted() > 2_000 && publisher.sendWindow(0) == WINDOW;
    }

    private int followerOf(final int leader) {
        return (leader + 1) % cluster.config().nodes().size();
    }

    private void awaitWhilePublishing(final String description, final BooleanSupplier condition) {
        Await.await(
                description,
                Await.DEFAULT_TIMEOUT_SECONDS,
                () -> offer() && condition.getAsBoolean(),
                () -> "window " + publisher.sendWindow(0) + ", accepted " + fates.accepted() + ", offered " + offered);
    }

    private boolean offer() {
        for (int i = 0; i < 16 && publisher.offer("t", payload, 0, PAYLOAD_LENGTH) > 0; i++) {
            offered++;
        }
        client.doWork();
        return true;
    }

    private void assertNothingIsLost() {
        assertTrue(publisher.drain(TIMEOUT_NS));
        assertNull(fates.problem());
        assertEquals(offered, fates.accepted());
        // What nodes say of themselves comes a little later than answers.
        for (int node = 0; node < cluster.config().nodes().size(); node++) {
            final int nodeId = node;
            Await.await(
                    "all messages on node " + node,
                    () -> cluster.shardStatus(nodeId, 0).messageCount() == offered);
        }
        cluster.awaitJournals(0, 0);
    }
}
