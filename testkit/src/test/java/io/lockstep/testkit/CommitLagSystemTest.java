package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.config.Profile;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A producer feels that the commit lags, as where a majority has slow disks under its Raft logs, and does not feel that
 * the Raft log of a minority lags. All journals and services are fast.
 */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
class CommitLagSystemTest {
    private static final int BASE_PORT = 22_700;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final int PAYLOAD_LENGTH = 4_096;
    private static final int WINDOW = 256;
    // Four windows: more than could be under way.
    private static final long LAG_BYTES = 4L * WINDOW * PAYLOAD_LENGTH;

    private final SlowRecorder recorder = new SlowRecorder();
    private final UnsafeBuffer payload = new UnsafeBuffer(new byte[PAYLOAD_LENGTH]);
    private final PublishFates fates = new PublishFates();
    private long offered;
    private LocalCluster cluster;
    private LockstepClient client;
    private Publisher publisher;

    @BeforeEach
    void start() {
        cluster = LocalCluster.on(BASE_PORT).profile(Profile.DEFAULT).build();
        cluster.startWithLogRecorder(recorder);
        client = LockstepClient.connect(
                new ClientConfig().nodes(cluster.nodesText()).connectTimeoutNs(TIMEOUT_NS));
        publisher = client.addPublisher(new PublisherConfig().window(WINDOW), fates);
        awaitWhilePublishing("messages to be accepted in the whole window", this::isWindowWhole);
    }

    @AfterEach
    void stop() {
        recorder.release();
        if (client != null) {
            client.close();
        }
        cluster.close();
    }

    @Test
    void shouldShrinkTheSendWindowWhenTheCommitLagsAndGrowItAgain() {
        // given
        final int leader = cluster.awaitLeader(0);
        final long shrinksBefore = publisher.sendWindowShrinkCount(0);
        final long acceptedBefore = fates.accepted();
        final long beginNs = System.nanoTime();

        // when
        for (int node = 0; node < nodeCount(); node++) {
            if (node != leader) {
                recorder.slow(node);
            }
        }

        // then
        awaitWhilePublishing("an eighth of the window at most", () -> publisher.sendWindow(0) <= WINDOW / 8);
        final long shrunkTo = fates.accepted();
        awaitWhilePublishing("the commit to go on at the recorders' pace", () -> fates.accepted() > shrunkTo + 500);
        final long acceptedBytes = (fates.accepted() - acceptedBefore) * PAYLOAD_LENGTH;
        final long recordedAtMost =
                SlowRecorder.BYTES_IN_SECOND * (System.nanoTime() - beginNs) / TimeUnit.SECONDS.toNanos(1);
        // What was under way when it began may have been recorded already.
        assertTrue(
                acceptedBytes <= recordedAtMost + 2L * WINDOW * PAYLOAD_LENGTH,
                acceptedBytes + " bytes were accepted, while a follower recorded " + recordedAtMost + " at most");
        assertEquals(leader, cluster.awaitLeader(0), "a commit that lags is no reason to elect");

        // when
        recorder.release();

        // then
        awaitWhilePublishing("the whole window", this::isWindowWhole);
        assertTrue(publisher.sendWindowShrinkCount(0) > shrinksBefore);
        assertNothingIsLost();
    }

    @Test
    void shouldPublishInTheWholeWindowWhenTheRaftLogOfAFollowerLags() {
        // given
        final int leader = cluster.awaitLeader(0);
        final int follower = (leader + 1) % nodeCount();

        // when
        recorder.slow(follower);

        // then
        awaitWhilePublishing(
                "the whole window while the follower lags",
                () -> cluster.shardStatus(leader, 0).commitPosition()
                                        - cluster.shardStatus(follower, 0).commitPosition()
                                > LAG_BYTES
                        && isWindowWhole());
        assertEquals(leader, cluster.awaitLeader(0));
        recorder.release();
        assertNothingIsLost();
    }

    private boolean isWindowWhole() {
        return fates.accepted() > 2_000 && publisher.sendWindow(0) == WINDOW;
    }

    private int nodeCount() {
        return cluster.config().nodes().size();
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
        for (int node = 0; node < nodeCount(); node++) {
            final int nodeId = node;
            Await.await(
                    "all messages on node " + node,
                    () -> cluster.shardStatus(nodeId, 0).messageCount() == offered);
        }
        cluster.awaitJournals(0, 0);
    }
}
