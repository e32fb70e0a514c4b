package io.lockstep.testkit.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.testkit.compare.Comparer;
import io.lockstep.testkit.compare.Comparison;
import io.lockstep.testkit.process.ProcessCluster;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.HdrHistogram.Histogram;

/**
 * The main job once: publish, consume at two nodes, kill the leader half-way, start it again, and compare. One use, one
 * thread; owns its cluster and threads until closed.
 */
final class Demo implements AutoCloseable {
    private static final long READY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long STALL_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long JOIN_TIMEOUT_MS = 5_000;
    private static final long SETTLE_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long POLL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final ProcessCluster cluster;
    private final LineSource source;
    private final int rate;
    private final Progress progress;
    private final List<DemoConsumer> consumers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final AckGaps gaps;
    private final SendTimes times;
    private DemoPublisher publisher;
    private volatile boolean isClosed;

    Demo(final ClusterConfig config, final LineSource source, final int rate, final Progress progress) {
        this.cluster = ProcessCluster.create(config, true);
        this.source = source;
        this.rate = rate;
        this.progress = progress;
        this.gaps = new AckGaps(config.shardCount());
        this.times = new SendTimes(source.count());
    }

    /** Leaves data, logs and message files where they are. */
    void keepFolder() {
        cluster.keepFolder();
    }

    /** Whether somebody closed the demo, perhaps while it runs. */
    boolean isClosed() {
        return isClosed;
    }

    DemoReport run() {
        final ClusterConfig config = cluster.config();
        progress.step("starting " + config.nodes().size() + " nodes in " + config.baseDir());
        cluster.startAll();
        cluster.awaitReady(READY_TIMEOUT_NS);
        final int victim = cluster.leader(0);
        progress.step("publishing " + source.count() + " lines of " + source.name() + " at " + rate + "/s; node "
                + victim + " leads");
        startConsumers(victim);
        publisher = new DemoPublisher(cluster.nodes(), source, rate, file("sent"), times, gaps);
        start(publisher, "demo-publisher");

        final int half = source.count() / 2;
        await("half of the lines to be accepted", publisher::accepted, () -> publisher.accepted() >= half);
        if (!areConsumersApart()) {
            throw new IllegalStateException(
                    "the consumers do not read from two different nodes before the kill, but from " + readNodes());
        }
        progress.step("kill -9 of node " + victim + " after " + publisher.accepted() + " lines");
        final boolean[] ledShards = shardsLedBy(victim);
        gaps.onKill(System.nanoTime(), ledShards);
        cluster.killNode(victim);
        awaitSuccessor(victim, ledShards);
        progress.step(
                "node " + victim + " starts again; the others went on after " + Math.round(gaps.failoverMs()) + " ms");
        cluster.startNode(victim);
        await("all lines to be accepted", publisher::accepted, publisher::isComplete);

        progress.step("waiting for the consumers and for node " + victim);
        awaitDelivery();
        cluster.awaitReady(READY_TIMEOUT_NS);
        final long[] positions = new long[config.shardCount()];
        await("equal journal positions", () -> 0, () -> isSameJournalPosition(positions));
        stopThreads();
        progress.step("comparing what was sent with what came out, and the journals of all nodes");
        return report(positions);
    }

    @Override
    public void close() {
        isClosed = true;
        stopThreads();
        cluster.close();
    }

    private void startConsumers(final int leader) {
        int other = leader;
        for (final NodeEndpoint node : cluster.config().nodes()) {
            other = node.id() == leader ? other : node.id();
        }
        for (final int nodeId : new int[] {leader, other}) {
            final DemoConsumer consumer = new DemoConsumer(
                    cluster.nodes(),
                    cluster.config().shardCount(),
                    nodeId,
                    file("received-" + consumers.size()),
                    times);
            consumers.add(consumer);
            start(consumer, "demo-consumer-" + nodeId);
        }
        await("two consumers that read from two different nodes", () -> 0, this::areConsumersApart);
        progress.step("consumers read from " + readNodes());
    }

    private boolean areConsumersApart() {
        for (int shardId = 0; shardId < cluster.config().shardCount(); shardId++) {
            final int one = consumers.get(0).nodeId(shardId);
            final int other = consumers.get(1).nodeId(shardId);
            if (one < 0 || other < 0 || one == other) {
                return false;
            }
        }
        return true;
    }

    private String readNodes() {
        final List<String> texts = new ArrayList<>();
        for (int shardId = 0; shardId < cluster.config().shardCount(); shardId++) {
            texts.add("nodes " + consumers.get(0).nodeId(shardId) + " and "
                    + consumers.get(1).nodeId(shardId) + (shardId == 0 ? "" : " in shard " + shardId));
        }
        return String.join(", ", texts);
    }

    /** An ack alone says nothing: those of the killed leader that were on their way arrive after its end. */
    private void awaitSuccessor(final int victim, final boolean[] ledShards) {
        await("another node to lead", publisher::accepted, () -> {
            for (int shardId = 0; shardId < ledShards.length; shardId++) {
                final int leader = ledShards[shardId] ? cluster.leader(shardId) : -1;
                if (ledShards[shardId] && (leader < 0 || leader == victim)) {
                    return false;
                }
            }
            return true;
        });
        final long accepted = publisher.accepted();
        await(
                "an ack of the new leader",
                publisher::accepted,
                () -> publisher.accepted() > accepted || publisher.isComplete());
    }

    private void awaitDelivery() {
        try {
            await("delivery of all lines", () -> delivered(), () -> delivered() >= source.count());
        } catch (final IllegalStateException ex) {
            // Not the end: the comparison says what is missing.
            progress.step(ex.getMessage());
        }
        // What should not come at all would come now.
        final long beginNs = System.nanoTime();
        await("the last deliveries", System::nanoTime, () -> System.nanoTime() - beginNs > SETTLE_NS);
    }

    private DemoReport report(final long[] positions) {
        final List<Comparison> comparisons = new ArrayList<>();
        final Histogram latency = new Histogram(3);
        for (final DemoConsumer consumer : consumers) {
            final Comparison comparison = Comparer.compare(file("sent"), consumer.file());
            comparison
                    .findings()
                    .forEach(finding ->
                            progress.step("consumer at node " + consumer.preferredNodeId() + ": " + finding));
            comparisons.add(comparison);
            latency.add(consumer.latency());
        }
        return new DemoReport(comparisons, JournalCheck.of(cluster.config(), positions), gaps.failoverMs(), latency);
    }

    private long delivered() {
        return consumers.stream().mapToLong(DemoConsumer::count).min().orElse(0);
    }

    private boolean[] shardsLedBy(final int nodeId) {
        final boolean[] shards = new boolean[cluster.config().shardCount()];
        for (int shardId = 0; shardId < shards.length; shardId++) {
            shards[shardId] = cluster.leader(shardId) == nodeId;
        }
        return shards;
    }

    private boolean isSameJournalPosition(final long[] positions) {
        for (int shardId = 0; shardId < positions.length; shardId++) {
            long position = -1;
            for (final NodeEndpoint node : cluster.config().nodes()) {
                final JsonNode status = cluster.status(node.id());
                if (status == null) {
                    return false;
                }
                final long next = status.path("shards")
                        .path(shardId)
                        .path("journalPosition")
                        .asLong(-1);
                if (next < 0 || (position >= 0 && next != position)) {
                    return false;
                }
                position = next;
            }
            positions[shardId] = position;
        }
        return true;
    }

    private Path file(final String name) {
        return cluster.config().baseDir().resolve(name + ".tsv");
    }

    private void start(final Runnable work, final String name) {
        final Thread thread = new Thread(work, name);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void stopThreads() {
        consumers.forEach(DemoConsumer::stop);
        if (publisher != null) {
            publisher.stop();
        }
        for (final Thread thread : threads) {
            try {
                thread.join(JOIN_TIMEOUT_MS);
            } catch (final InterruptedException ex) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    /** Waits as long as something moves: the deadline counts from the last change. */
    private void await(final String what, final LongSupplier movement, final BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + STALL_TIMEOUT_NS;
        long last = movement.getAsLong();
        while (!condition.getAsBoolean()) {
            throwWhereFailed();
            final long current = movement.getAsLong();
            final long nowNs = System.nanoTime();
            if (current != last) {
                last = current;
                deadlineNs = nowNs + STALL_TIMEOUT_NS;
            } else if (nowNs - deadlineNs > 0) {
                throw new IllegalStateException("nothing moved for " + TimeUnit.NANOSECONDS.toSeconds(STALL_TIMEOUT_NS)
                        + " s while waiting for " + what);
            }
            progress.update(publisher == null ? "" : "accepted " + publisher.accepted() + ", delivered " + delivered());
            LockSupport.parkNanos(POLL_INTERVAL_NS);
        }
    }

    private void throwWhereFailed() {
        if (isClosed) {
            throw new IllegalStateException("stopped");
        }
        final List<Supplier<Throwable>> failures = new ArrayList<>();
        consumers.forEach(consumer -> failures.add(consumer::failure));
        if (publisher != null) {
            failures.add(publisher::failure);
        }
        for (final Supplier<Throwable> failure : failures) {
            final Throwable cause = failure.get();
            if (cause != null) {
                throw new IllegalStateException(cause.getMessage(), cause);
            }
        }
    }
}
