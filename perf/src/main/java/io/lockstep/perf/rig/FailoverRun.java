package io.lockstep.perf.rig;

import io.aeron.cluster.ClusterTool;
import io.lockstep.archive.verify.JournalVerifier;
import io.lockstep.archive.verify.VerifyResult;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.testkit.process.ProcessCluster;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Takes the leader away again and again while a load is on, starts it again each time, and accounts for everything. The
 * load thread only sends and receives; a second thread kills, starts and asks. Between two rounds the load pauses until
 * the restarted node follows again, because the next leader may only go while the others are a majority.
 */
final class FailoverRun {
    private static final long PROBE_WARM_UP_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long PROBE_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int PROBE_IN_FLIGHT = 10_000;
    private static final long LEAD_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long TAIL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long STOP_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long FAILOVER_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long CATCH_UP_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(90);
    private static final long READY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(180);
    private static final long DRAIN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long ON_TIME_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long POLL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final double NS_PER_MS = 1_000_000.0;

    private final LockstepRig rig;
    private final boolean isGraceful;
    private final int runs;
    private final int lengthBytes;
    private final int snapshotEvery;
    private final PrintStream console;
    private final List<Long> gapsNs = new ArrayList<>();
    private String failure = "";
    private long ratePerSecond;
    private double highestRatePerSecond = Double.NaN;
    private long publishedCount;
    private long lostCount;
    private long duplicatedCount;
    private long reorderedCount;
    private long termCount;
    private boolean areJournalsIdentical;

    FailoverRun(
            final LockstepRig rig,
            final boolean isGraceful,
            final int runs,
            final int lengthBytes,
            final int snapshotEvery,
            final PrintStream console) {
        this.rig = Objects.requireNonNull(rig, "rig");
        this.console = Objects.requireNonNull(console, "console");
        this.isGraceful = isGraceful;
        this.runs = runs;
        this.lengthBytes = lengthBytes;
        this.snapshotEvery = snapshotEvery;
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
                        RigRunner.newIdleStrategy());
                runUnderLoad(target, pump, control);
            }
        } finally {
            control.shutdownNow();
        }
    }

    private long probe(final LockstepTarget target) {
        final LoadResult result = new RigRunner()
                .run(LoadPlan.saturating(PROBE_IN_FLIGHT, lengthBytes, PROBE_WARM_UP_NS, PROBE_NS), target);
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
                final long gapNs = takeLeaderAway(target, pump, control);
                gapsNs.add(gapNs);
                console.printf("  run %d: %s ms%n", run, TextTable.number(gapNs / NS_PER_MS, 0));
                if (snapshotEvery > 0 && run % snapshotEvery == 0) {
                    pump.runUntilDone("a snapshot", READY_TIMEOUT_NS, control.submit(() -> snapshot(cluster)));
                }
            }
            termCount = pump.runUntilDone("a term", READY_TIMEOUT_NS, control.submit(() -> term(cluster))) - firstTerm;
            pump.drain(DRAIN_TIMEOUT_NS);
            pump.runUntilDone(
                    "three nodes that have everything", READY_TIMEOUT_NS, control.submit(() -> awaitAll(target)));
        } catch (final IllegalStateException ex) {
            failure = "in run " + (gapsNs.size() + 1) + ": " + ex.getMessage();
        }
        account(pump);
        compareJournals(cluster);
    }

    private long takeLeaderAway(final LockstepTarget target, final LoadPump pump, final ExecutorService control) {
        final ProcessCluster cluster = target.cluster();
        final int leader = pump.runUntilDone(
                "a leader",
                READY_TIMEOUT_NS,
                control.submit(() -> cluster.awaitLeader(LockstepRig.SHARD_ID, READY_TIMEOUT_NS)));
        pump.start(ratePerSecond);
        pump.runFor(LEAD_NS);
        target.acks().resetGap();
        pump.runUntilDone("the end of the leader", FAILOVER_TIMEOUT_NS, control.submit(remove(cluster, leader)));
        // Answers that were on their way come in a moment later. Only for what was offered after the leader had gone is
        // the answer one of its successor.
        final long offeredCount = target.offeredCount();
        pump.runUntil(
                "an ack of a new leader",
                FAILOVER_TIMEOUT_NS,
                () -> target.acks().acceptedCount() > offeredCount);
        pump.runUntilDone("a process", READY_TIMEOUT_NS, control.submit(() -> {
            cluster.startNode(leader);
            return true;
        }));
        pump.runUntil("a load that is on time again", CATCH_UP_TIMEOUT_NS, () -> pump.behindNs() < ON_TIME_NS);
        pump.runFor(TAIL_NS);
        final long gapNs = target.acks().longestGapNs();
        pump.stop();
        pump.runUntilDone("a cluster that is whole again", READY_TIMEOUT_NS, control.submit(() -> {
            cluster.awaitReady(READY_TIMEOUT_NS);
            return true;
        }));
        return gapNs;
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

    private static boolean snapshot(final ProcessCluster cluster) {
        final int leader = cluster.awaitLeader(LockstepRig.SHARD_ID, READY_TIMEOUT_NS);
        final File clusterDir = cluster.config()
                .nodeDir(leader)
                .resolve("shard-" + LockstepRig.SHARD_ID)
                .toFile();
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        final boolean isTaken = ClusterTool.snapshot(clusterDir, new PrintStream(bytes, true, StandardCharsets.UTF_8));
        if (!isTaken) {
            throw new IllegalStateException("no snapshot was taken: " + bytes.toString(StandardCharsets.UTF_8));
        }
        return true;
    }

    private void account(final LoadPump pump) {
        publishedCount = pump.sentCount();
        lostCount = pump.checker().lostCount(publishedCount);
        duplicatedCount = pump.checker().duplicatedCount();
        reorderedCount = pump.checker().reorderedCount();
        if (failure.isEmpty() && lostCount + duplicatedCount + reorderedCount > 0) {
            failure = lostCount + " lost, " + duplicatedCount + " duplicated, " + reorderedCount + " reordered";
        }
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
        return gapsNs.stream().mapToDouble(gapNs -> gapNs / NS_PER_MS).toArray();
    }

    Histogram histogram() {
        final Histogram histogram = new Histogram(3);
        gapsNs.forEach(histogram::recordValue);
        return histogram;
    }

    /** Terms beyond one for each leader that went. */
    long falseElectionCount() {
        return Math.max(0, termCount - gapsNs.size());
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

    long publishedCount() {
        return publishedCount;
    }

    long lostCount() {
        return lostCount;
    }

    long duplicatedCount() {
        return duplicatedCount;
    }

    long reorderedCount() {
        return reorderedCount;
    }

    boolean areJournalsIdentical() {
        return areJournalsIdentical;
    }
}
