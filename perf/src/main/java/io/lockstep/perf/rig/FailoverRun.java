package io.lockstep.perf.rig;

import io.lockstep.archive.verify.JournalVerifier;
import io.lockstep.archive.verify.VerifyResult;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Takes the leader away again and again while a load is on, starts it again each time, and accounts for everything. The
 * load thread only sends and receives; a second thread kills, starts and asks.
 *
 * <p>A round: the load runs at its full rate and is on time; the leader goes; the load goes on until the two nodes that
 * are left have taken all that became due meanwhile and it is on time again; then it pauses while the third node starts,
 * replays and follows, because the next leader may only go while the others are a majority. Where all processes share
 * two processors, a node that starts earlier ({@link Restart#AT_ONCE}) takes them from the backlog.
 */
final class FailoverRun {
    /** When the node that was taken away starts again. */
    enum Restart {
        /** When the load is on time again; the load pauses until the node follows. */
        ON_TIME,
        /** With the first ack of the new leader; the load goes on until it is on time and the node follows. */
        AT_ONCE
    }

    private static final long LEAD_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long TAIL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long STOP_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long FAILOVER_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long CATCH_UP_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(180);
    private static final long READY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(180);
    private static final long DRAIN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final double NS_PER_SECOND = 1e9;
    private static final double NS_PER_MS = 1e6;
    private static final long ON_TIME_NS = TimeUnit.MILLISECONDS.toNanos(50);
    // Each question costs the nodes processor time that the load wants.
    private static final long POLL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(250);

    private final LockstepRig rig;
    private final boolean isGraceful;
    private final int runs;
    private final int lengthBytes;
    private final int snapshotEvery;
    private final Restart restart;
    private final PrintStream console;
    private final List<FailoverRound> rounds = new ArrayList<>();
    private String failure = "";
    private long ratePerSecond;
    private double highestRatePerSecond = Double.NaN;
    private LoadAccount account = LoadAccount.NONE;
    private long termCount;
    private volatile long snapshotLogPosition;
    private boolean areJournalsIdentical;

    FailoverRun(
            final LockstepRig rig,
            final boolean isGraceful,
            final int runs,
            final int lengthBytes,
            final int snapshotEvery,
            final Restart restart,
            final PrintStream console) {
        this.rig = Objects.requireNonNull(rig, "rig");
        this.console = Objects.requireNonNull(console, "console");
        this.isGraceful = isGraceful;
        this.runs = runs;
        this.lengthBytes = lengthBytes;
        this.snapshotEvery = snapshotEvery;
        this.restart = Objects.requireNonNull(restart, "restart");
    }

    /**
     * Runs everything; what goes wrong is told by {@link #failure()}.
     *
     * @param fixedRate   messages a second, where {@code ratePercent} is 0.
     * @param ratePercent of the highest rate, which is measured first; or 0.
     */
    void run(final long fixedRate, final int ratePercent) {
        final ExecutorService control = Executors.newSingleThreadExecutor(task -> {
            final Thread thread = new Thread(task, "bench-control");
            thread.setDaemon(true);
            return thread;
        });
        try (LockstepTarget target = rig.start()) {
            ratePerSecond = ratePercent == 0 ? fixedRate : probe(target) * ratePercent / 100;
            if (failure.isEmpty()) {
                final LoadPump pump = new LoadPump(
                        target,
                        lengthBytes,
                        -ProcessHandle.current().pid(),
                        SystemNanoClock.INSTANCE,
                        target.newIdleStrategy());
                runUnderLoad(target, pump, control);
            }
        } finally {
            control.shutdownNow();
        }
    }

    private long probe(final LockstepTarget target) {
        final LoadResult result = new RigRunner().run(LoadPlan.highestRate(lengthBytes), target);
        if (result.isFailed()) {
            failure = "while the highest rate was measured: " + result.failure();
        }
        highestRatePerSecond = result.arrivalRatePerSecond();
        console.printf("highest rate %s messages a second%n", TextTable.number(highestRatePerSecond, 0));
        return (long) highestRatePerSecond;
    }

    private void runUnderLoad(final LockstepTarget target, final LoadPump pump, final ExecutorService control) {
        final ProcessCluster cluster = target.cluster();
        try {
            final long firstTerm = pump.runUntilDone("a term", READY_TIMEOUT_NS, control.submit(() -> term(cluster)));
            for (int run = 1; run <= runs; run++) {
                final FailoverRound round = takeLeaderAway(target, pump, control);
                rounds.add(round);
                System.err.println("  run " + run + " of " + runs + ": " + round.line());
                if (snapshotEvery > 0 && run % snapshotEvery == 0) {
                    pump.runUntilDone("a snapshot", READY_TIMEOUT_NS, control.submit(() -> snapshot(cluster)));
                }
            }
            termCount = pump.runUntilDone("a term", READY_TIMEOUT_NS, control.submit(() -> term(cluster))) - firstTerm;
            pump.drain(DRAIN_TIMEOUT_NS);
            pump.runUntilDone(
                    "three nodes that have everything", READY_TIMEOUT_NS, control.submit(() -> awaitAll(target)));
        } catch (final IllegalStateException ex) {
            failure = "in run " + (rounds.size() + 1) + ": " + ex.getMessage();
            pump.stop();
            pump.drain(DRAIN_TIMEOUT_NS);
        }
        account = LoadAccount.of(pump, target);
        if (failure.isEmpty()) {
            failure = account.failure();
        }
        compareJournals(cluster);
    }

    private FailoverRound takeLeaderAway(
            final LockstepTarget target, final LoadPump pump, final ExecutorService control) {
        final ProcessCluster cluster = target.cluster();
        final int leader = pump.runUntilDone(
                "a leader",
                READY_TIMEOUT_NS,
                control.submit(() -> cluster.awaitLeader(LockstepRig.SHARD_ID, READY_TIMEOUT_NS)));
        final ProcessTimes times = ProcessTimes.begin(cluster);
        pump.start(ratePerSecond);
        pump.runFor(LEAD_NS);
        // A process that has just started may need longer to hold the rate; the leader goes only where it is held.
        awaitOnTime(pump);
        target.acks().resetGap();
        pump.runUntilDone("the end of the leader", FAILOVER_TIMEOUT_NS, control.submit(remove(cluster, leader)));
        // Answers that were on their way come in a moment later. Only for what was offered after the leader had gone is
        // the answer one of its successor.
        final long offeredCount = target.offeredCount();
        pump.runUntil(
                "an ack of a new leader",
                FAILOVER_TIMEOUT_NS,
                () -> target.acks().acceptedCount() > offeredCount);
        final long backlogCount = pump.backlogCount();
        final long ackedCount = target.acks().acceptedCount();
        final long startNs = System.nanoTime();
        final Future<Long> early = restart == Restart.AT_ONCE ? control.submit(() -> restart(cluster, leader)) : null;
        awaitOnTime(pump);
        final long onTimeNs = System.nanoTime() - startNs;
        final double ackRate = (target.acks().acceptedCount() - ackedCount) * NS_PER_SECOND / onTimeNs;
        if (early != null) {
            awaitNode(pump, early);
            awaitOnTime(pump);
        }
        pump.runFor(TAIL_NS);
        final long gapNs = target.acks().longestGapNs();
        pump.stop();
        final long rejoinNs = awaitNode(pump, early != null ? early : control.submit(() -> restart(cluster, leader)));
        final Map<String, Long> cpu = times.percentages();
        final long logPosition =
                pump.runUntilDone("a cluster that is whole again", READY_TIMEOUT_NS, control.submit(() -> {
                    cluster.awaitReady(READY_TIMEOUT_NS);
                    return ClusterStatus.commitPosition(cluster, leader);
                }));
        return new FailoverRound(
                gapNs, backlogCount, onTimeNs, ackRate, rejoinNs, logPosition - snapshotLogPosition, cpu);
    }

    private static long awaitNode(final LoadPump pump, final Future<Long> restart) {
        return pump.runUntilDone("a node that follows again", CATCH_UP_TIMEOUT_NS, restart);
    }

    private static void awaitOnTime(final LoadPump pump) {
        pump.runUntil("a load that is on time", CATCH_UP_TIMEOUT_NS, () -> pump.behindNs() < ON_TIME_NS);
    }

    private static long restart(final ProcessCluster cluster, final int nodeId) {
        final long startNs = System.nanoTime();
        cluster.startNode(nodeId);
        while (!ClusterStatus.isFollowing(cluster, nodeId)) {
            if (!cluster.isNodeAlive(nodeId)) {
                throw new IllegalStateException("node " + nodeId + " ended while it should come back");
            }
            if (System.nanoTime() - startNs > CATCH_UP_TIMEOUT_NS) {
                throw new IllegalStateException("node " + nodeId + " does not follow again");
            }
            LockSupport.parkNanos(POLL_INTERVAL_NS);
        }
        return System.nanoTime() - startNs;
    }

    private Callable<Integer> remove(final ProcessCluster cluster, final int nodeId) {
        return () -> {
            if (isGraceful) {
                return cluster.stopNode(nodeId, STOP_TIMEOUT_NS);
            }
            cluster.killNode(nodeId);
            return 0;
        };
    }

    // A follower learns of the last commits a heartbeat later.
    private static boolean awaitAll(final LockstepTarget target) {
        final long deadlineNs = System.nanoTime() + READY_TIMEOUT_NS / 2;
        while (!ClusterStatus.isAtPosition(target.cluster(), target.acks().acceptedPosition())) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("not every node's journal has come to the last accepted message");
            }
            LockSupport.parkNanos(POLL_INTERVAL_NS);
        }
        return true;
    }

    private static long term(final ProcessCluster cluster) {
        final int leader = cluster.awaitLeader(LockstepRig.SHARD_ID, READY_TIMEOUT_NS);
        return ClusterStatus.term(cluster, leader);
    }

    private boolean snapshot(final ProcessCluster cluster) {
        final int leader = ClusterSnapshots.take(cluster);
        snapshotLogPosition = ClusterStatus.commitPosition(cluster, leader);
        return true;
    }

    // The files are compared when nobody writes them any more.
    private void compareJournals(final ProcessCluster cluster) {
        for (final NodeEndpoint node : cluster.config().nodes()) {
            if (cluster.isNodeAlive(node.id())) {
                cluster.stopNode(node.id(), STOP_TIMEOUT_NS);
            }
        }
        final VerifyResult result = JournalVerifier.verifyFolders(
                cluster.config().nodes().stream()
                        .map(node -> cluster.config().nodeDir(node.id()))
                        .toList(),
                LockstepRig.SHARD_ID);
        areJournalsIdentical = result.isIdentical();
        if (failure.isEmpty() && !areJournalsIdentical) {
            failure = "the journals differ: " + result.firstDifference();
        }
    }

    double[] gapsMs() {
        return rounds.stream().mapToDouble(round -> round.gapNs() / NS_PER_MS).toArray();
    }

    Histogram histogram() {
        final Histogram histogram = new Histogram(3);
        rounds.forEach(round -> histogram.recordValue(round.gapNs()));
        return histogram;
    }

    List<FailoverRound> rounds() {
        return rounds;
    }

    /** Terms beyond one for each leader that went. */
    long falseElectionCount() {
        return Math.max(0, termCount - rounds.size());
    }

    String failure() {
        return failure;
    }

    long ratePerSecond() {
        return ratePerSecond;
    }

    double highestRatePerSecond() {
        return highestRatePerSecond;
    }

    LoadAccount account() {
        return account;
    }

    boolean areJournalsIdentical() {
        return areJournalsIdentical;
    }
}
