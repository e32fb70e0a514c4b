package io.lockstep.cluster.node;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;

/**
 * Notices what Aeron does not: a service that failed or hangs. A hung leader's consensus module goes on sending
 * heartbeats, so nobody elects and the shard stands; a hung follower silently stops counting for the majority. Either
 * way this node gives up its place. One thread of its own.
 */
final class Watchdog implements AutoCloseable {
    private static final long CHECK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(50);
    // Twice the longest stall seen on an overloaded small machine; a snapshot or fsync is announced and waits longer.
    static final long WEDGED_NS = TimeUnit.SECONDS.toNanos(10);
    private static final long PAUSING_NS = TimeUnit.MINUTES.toNanos(2);

    private final List<ShardReplica> shards;
    private final Below below;
    private final Consumer<String> onFailure;
    private final Thread thread;
    private volatile boolean isRunning = true;

    private Watchdog(final List<ShardReplica> shards, final Below below, final Consumer<String> onFailure) {
        this.shards = shards;
        this.below = below;
        this.onFailure = onFailure;
        this.thread = new Thread(this::run, "lockstep-watchdog");
        thread.setDaemon(true);
    }

    /**
     * Starts watching. Shards may be added to the list while it runs: one that has its place must be watched while
     * another waits for its log, which may take for ever.
     *
     * @param shards    that were started so far, a list that may be read while it grows.
     * @param below     of a small node, else null.
     * @param onFailure told once why the node must give up.
     * @return the watchdog.
     */
    static Watchdog start(final List<ShardReplica> shards, final Below below, final Consumer<String> onFailure) {
        final Watchdog watchdog = new Watchdog(shards, below, onFailure);
        watchdog.thread.start();
        return watchdog;
    }

    @Override
    public void close() {
        isRunning = false;
        LockSupport.unpark(thread);
    }

    private void run() {
        long lastCheckNs = System.nanoTime();
        while (isRunning) {
            LockSupport.parkNanos(CHECK_INTERVAL_NS);
            final long nowNs = System.nanoTime();
            // A gap between two checks means that the whole process stood still, not that a service is wedged.
            final long ownStallNs = nowNs - lastCheckNs;
            lastCheckNs = nowNs;
            final String reason = findFailure(nowNs, ownStallNs);
            if (reason != null && isRunning) {
                onFailure.accept(reason);
                return;
            }
        }
    }

    private String findFailure(final long nowNs, final long ownStallNs) {
        boolean isStarting = false;
        for (final ShardReplica shard : shards) {
            isStarting |= !shard.isLaunched();
            final Throwable failure = shard.health().failure();
            if (failure != null) {
                return "the service of shard " + shard.shardId() + " failed: " + failure;
            }
            final long limitNs = shard.health().isPausing() || !shard.isLaunched() ? PAUSING_NS : WEDGED_NS;
            final long silenceNs = shard.health().silenceNs(nowNs) - ownStallNs;
            if (silenceNs > limitNs) {
                return "the service of shard " + shard.shardId() + " has not moved for "
                        + TimeUnit.NANOSECONDS.toMillis(silenceNs) + " ms";
            }
        }
        // A module that is launched opens its log on the node's thread.
        if (below != null && below.silenceNs(nowNs) - ownStallNs > (isStarting ? PAUSING_NS : WEDGED_NS)) {
            return "the node's thread has not moved for " + TimeUnit.NANOSECONDS.toMillis(below.silenceNs(nowNs))
                    + " ms";
        }
        return null;
    }
}
