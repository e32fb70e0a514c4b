package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.cli.LockstepMain;
import io.lockstep.config.Durability;
import io.lockstep.config.Profile;
import io.lockstep.testkit.feature.ClientSupplier;
import io.lockstep.testkit.feature.ConsumerLoad;
import io.lockstep.testkit.feature.FeatureLoad;
import io.lockstep.testkit.feature.FeatureRunner;
import io.lockstep.testkit.feature.GroupLoad;
import io.lockstep.testkit.feature.GroupTimeoutLoad;
import io.lockstep.testkit.feature.LastValueLoad;
import io.lockstep.testkit.feature.LeaseLoad;
import io.lockstep.testkit.feature.LimitLoad;
import io.lockstep.testkit.feature.PartitionLoad;
import io.lockstep.testkit.feature.RequestLoad;
import io.lockstep.testkit.feature.ScheduleLoad;
import io.lockstep.testkit.process.LocalLayout;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.agrona.CloseHelper;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * All features of messaging at the same time on three real processes with two shards, while leaders, a follower and at last
 * all nodes at once are killed with SIGKILL. Each feature has a judge that knows exactly what must come of it.
 */
@Timeout(value = 15, unit = TimeUnit.MINUTES)
class MessagingChaosTest {
    private static final int BASE_PORT = 25_400;
    private static final int NODES = 3;
    private static final int SHARDS = 2;
    private static final long READY_NS = TimeUnit.SECONDS.toNanos(240);
    private static final int STEP = 20;
    // A build kills that of one shard, which the seed chooses.
    private static final int LEADERS = Integer.getInteger("lockstep.kills", 1);

    @RegisterExtension
    private final ClusterExtension clusters = new ClusterExtension(Stream.concat(
                    Stream.of(ExpectedErrors.ofLostNodes()),
                    Stream.of(
                            // A reader that moved on, or was not given the processor, before its replay could begin.
                            "response publication is closed",
                            "Unknown session or token timeout for replayToken",
                            "AgentTerminationException"))
            .toArray(String[]::new));

    private final List<FeatureRunner> runners = new ArrayList<>();
    private Random random;
    private ProcessCluster cluster;
    private ClientSupplier clients;

    @AfterEach
    void close() {
        CloseHelper.quietCloseAll(runners);
        CloseHelper.quietClose(clients);
    }

    @Test
    void shouldKeepEveryPromiseWhenLeadersFollowersAndAllNodesAreKilled() throws IOException {
        // given
        final long seed = Long.getLong("lockstep.seed", System.nanoTime());
        System.out.println("MessagingChaosTest: seed " + seed);
        random = new Random(seed);
        cluster = clusters.start(
                LocalLayout.config(
                        Files.createTempDirectory("lockstep-messaging-"),
                        BASE_PORT,
                        NODES,
                        SHARDS,
                        0,
                        Profile.SMALL,
                        Durability.REPLICATED),
                READY_NS);
        clients = new ClientSupplier(cluster.nodes());
        for (final FeatureLoad load : loads(seed)) {
            final FeatureRunner runner = new FeatureRunner(load, clients);
            runners.add(runner.start());
            // One after the other: to connect costs more than all that they do later.
            runner.awaitDone("after its start", 1);
        }
        awaitProgress("while nothing fails");

        // when
        for (int kill = 0, first = random.nextInt(SHARDS); kill < LEADERS; kill++) {
            final int shardId = (first + kill) % SHARDS;
            killAndRestart(cluster.awaitLeader(shardId, READY_NS), "without the node that led shard " + shardId);
        }
        killAndRestart(follower(), "without a follower");
        for (int nodeId = 0; nodeId < NODES; nodeId++) {
            cluster.killNode(nodeId);
        }
        cluster.startAll();
        cluster.awaitReady(READY_NS);
        awaitProgress("after all nodes were killed");

        // then
        runners.forEach(FeatureRunner::finish);
        final List<Throwable> faults = new ArrayList<>();
        for (final FeatureRunner runner : runners) {
            try {
                runner.awaitChecked();
            } catch (final AssertionError ex) {
                faults.add(ex);
            }
            System.out.println("MessagingChaosTest: " + runner);
        }
        throwAll(faults);
        CloseHelper.quietCloseAll(runners);
        StoredJournals.assertSame(cluster);
        assertEquals(0, LockstepMain.execute("journal", "verify", "--nodes", cluster.nodes()), "journal verify");
    }

    private static List<FeatureLoad> loads(final long seed) {
        return List.of(
                new LimitLoad(),
                new ConsumerLoad(new Random(seed + 1)),
                new GroupLoad(new Random(seed + 2)),
                new PartitionLoad(new Random(seed + 3)),
                new LastValueLoad(),
                new ScheduleLoad(),
                new LeaseLoad(new Random(seed + 4)),
                new RequestLoad(),
                new GroupTimeoutLoad(new Random(seed + 5)));
    }

    private void killAndRestart(final int nodeId, final String what) {
        // At any moment: not always when everybody has just been waited for.
        final FeatureRunner any = runners.get(random.nextInt(runners.size()));
        any.awaitDone("before the next kill", any.doneCount() + random.nextInt(STEP));
        cluster.killNode(nodeId);
        awaitProgress(what);
        cluster.startNode(nodeId);
        cluster.awaitReady(READY_NS);
        awaitProgress("with all nodes again");
    }

    /** A node that leads no shard: there is one, as there are more nodes than shards. */
    private int follower() {
        int nodeId = 0;
        for (int shardId = 0; shardId < SHARDS; shardId++) {
            for (int i = 0; i < SHARDS; i++) {
                nodeId += cluster.awaitLeader(i, READY_NS) == nodeId ? 1 : 0;
            }
        }
        return nodeId;
    }

    private void awaitProgress(final String what) {
        final long beginNs = System.nanoTime();
        final long[] targets =
                runners.stream().mapToLong(runner -> runner.doneCount() + STEP).toArray();
        for (int i = 0; i < targets.length; i++) {
            runners.get(i).awaitDone(what, targets[i]);
        }
        System.out.printf(
                "MessagingChaosTest: all went on %s within %,d ms%n",
                what, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNs));
    }

    private static void throwAll(final List<Throwable> faults) {
        if (!faults.isEmpty()) {
            final AssertionError error = new AssertionError(faults.size() + " features failed: " + faults);
            faults.forEach(error::addSuppressed);
            throw error;
        }
    }
}
