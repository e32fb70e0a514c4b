package io.lockstep.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.testkit.feature.LastValueLoad;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;
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
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long STEP_MESSAGES = 300;

    private final LastValueLoad load = new LastValueLoad();

    @ParameterizedTest
    @ValueSource(ints = {2, 1})
    void shouldGiveTheLastValuesAndAllThatFollowsWhenNodesDieAndRestart(final int shardCount) {
        try (LocalCluster cluster =
                LocalCluster.on(BASE_PORT).shards(shardCount).start()) {
            try (LockstepClient client = LockstepClient.connect(cluster.nodesText())) {
                load.start(client);
                runThroughFailures(cluster);
            } catch (final AssertionError ex) {
                cluster.keepFolder();
                throw ex;
            }
        }
    }

    @Test
    void shouldKeepLastValuesWhenAllNodesRestartFromASnapshot() {
        try (LocalCluster cluster = LocalCluster.on(BASE_PORT).shards(2).start()) {
            final List<String> before;
            try (LockstepClient first = LockstepClient.connect(cluster.nodesText())) {
                load.start(first);
                driveUntil("values to be set", true, () -> load.doneCount() >= STEP_MESSAGES);
                driveUntil("answers", false, load::isSettled);
                cluster.takeSnapshot(0);
                cluster.takeSnapshot(1);
                // These come from the log that is applied on top of the snapshot.
                driveUntil("values to be changed", true, () -> load.doneCount() >= STEP_MESSAGES + 20);
                driveUntil("answers", false, load::isSettled);
                before = load.lastValues();
                assertFalse(before.isEmpty());
            }

            for (int node = 0; node < 3; node++) {
                cluster.stopNode(node);
            }
            cluster.start();

            try (LockstepClient second = LockstepClient.connect(cluster.nodesText())) {
                assertEquals(before, LastValueLoad.textOf(second.lastValues().list("#", TIMEOUT_NS)));
                final List<Boolean> areValues = new ArrayList<>();
                final Subscriber subscriber = second.addSubscriber(
                        new SubscriberConfig().filter("t/#").withLastValues(),
                        (final Message message) -> areValues.add(message.isRetained()));
                Await.await("all values", () -> {
                    subscriber.poll(256);
                    return areValues.size() >= before.size();
                });
                assertEquals(before.size(), areValues.size());
                assertFalse(areValues.contains(false), "nothing follows");
                assertEquals(
                        List.of(before.get(3)),
                        LastValueLoad.textOf(second.lastValues()
                                .list(before.get(3).substring(0, before.get(3).indexOf(' ')), TIMEOUT_NS)));
            }
        }
    }

    private void runThroughFailures(final LocalCluster cluster) {
        driveUntil("the first values", true, () -> load.doneCount() >= STEP_MESSAGES);
        load.join("while nothing fails");
        driveOn("a quiet cluster");

        final int leader = cluster.awaitLeader(0);
        load.join("before the leader dies");
        driveDuring(() -> cluster.abandonNode(leader));
        load.join("after the leader died");
        driveOn("a new leader");
        driveDuring(() -> cluster.startNode(leader));
        driveOn("three nodes");

        final int other = (cluster.awaitLeader(0) + 1) % 3;
        load.join("before a follower dies");
        driveDuring(() -> cluster.abandonNode(other));
        load.join("after a follower died");
        driveOn("two nodes");
        driveDuring(() -> cluster.startNode(other));
        driveOn("three nodes again");

        load.join("before all nodes die");
        driveDuring(() -> {
            for (int node = 0; node < 3; node++) {
                cluster.abandonNode(node);
            }
        });
        load.join("while no node runs");
        driveDuring(cluster::start);
        load.join("after all nodes started");
        driveOn("all nodes");

        driveUntil("all answers, and all subscribers at the end", false, load::isSettled);
        load.check();
    }

    private void driveOn(final String what) {
        final long wanted = load.doneCount() + STEP_MESSAGES;
        // A shard that is slow to come back must not tell a follower only how everything ended.
        driveUntil("messages accepted by " + what, true, () -> load.doneCount() >= wanted && load.areFollowing());
    }

    // Nodes die and start on a thread of their own, so that the client is driven meanwhile.
    private void driveDuring(final Runnable task) {
        final AtomicReference<Throwable> failure = new AtomicReference<>();
        final Thread thread = new Thread(task, "nodes");
        thread.setUncaughtExceptionHandler((ignored, throwable) -> failure.set(throwable));
        thread.start();
        driveUntil("nodes to die or start", true, () -> !thread.isAlive());
        if (failure.get() != null) {
            throw new AssertionError("a node could not be ended or started", failure.get());
        }
    }

    private void driveUntil(final String what, final boolean mayOffer, final BooleanSupplier condition) {
        Await.await(what, () -> {
            load.turn(mayOffer);
            return condition.getAsBoolean();
        });
    }
}
