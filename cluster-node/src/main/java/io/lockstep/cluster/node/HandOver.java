package io.lockstep.cluster.node;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * How a node gives up its place: a consensus module that closes sends the end of its log, and the others elect at once,
 * but only if the driver lives on long enough to send it. The modules of all shards close at the same time, so that one
 * whose thread is stuck holds up no other.
 */
final class HandOver {
    // Followers saw the end of the log 60 to 190 ms after the close; without this pause they wait for the time-out.
    private static final long LINGER_NS = TimeUnit.MILLISECONDS.toNanos(500);
    // A service ends within 60 ms; a wedged one must not hold up the hand-over for as long as a heartbeat time-out.
    private static final long SERVICE_GRACE_NS = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long SERVICE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);
    // A module waits 5 s for its thread before it says so itself.
    private static final long MODULES_TIMEOUT_MS = 6_000;

    private final List<ShardReplica> shards;
    private final NodeListener listener;
    private final BooleanSupplier isClosing;
    private final AtomicBoolean hasFailed = new AtomicBoolean();

    /**
     * Makes a hand-over.
     *
     * @param shards    that were started so far, a list that may be read while it grows.
     * @param listener  to tell.
     * @param isClosing whether the owner ends the node in order, so that a failure is of no interest any more.
     */
    HandOver(final List<ShardReplica> shards, final NodeListener listener, final BooleanSupplier isClosing) {
        this.shards = shards;
        this.listener = listener;
        this.isClosing = isClosing;
    }

    /**
     * Whether the node has failed.
     *
     * @return true once it has.
     */
    boolean hasFailed() {
        return hasFailed.get();
    }

    /**
     * Hands over and reports failure, from any thread and without waiting: the consensus modules close first, never the
     * containers, because a wedged service would keep a container's close waiting while the module went on as leader.
     *
     * @param reason one sentence.
     */
    void fail(final String reason) {
        if (isClosing.getAsBoolean() || !hasFailed.compareAndSet(false, true)) {
            return;
        }
        startDaemon("lockstep-failure", () -> {
            listener.onEvent("handing over: " + reason);
            closeConsensusModules();
            linger(System.nanoTime());
            listener.onFailed(reason);
        });
    }

    /**
     * Ends every shard and hands over. The modules stand still while the services end, because a module that sees its
     * service go reports an unexpected termination; a service that does not end is left behind and waited for later.
     *
     * @return whether all services have ended.
     */
    boolean closeShards() {
        boolean arePaused = true;
        for (final ShardReplica shard : shards) {
            try {
                arePaused &= shard.pauseConsensusModule();
            } catch (final RuntimeException ex) {
                arePaused = false;
                listener.onError(ex);
            }
        }
        if (arePaused) {
            shards.forEach(ShardReplica::beginClosingContainer);
            awaitContainers(SERVICE_GRACE_NS);
        }
        closeConsensusModules();
        final long handedOverNs = System.nanoTime();
        final boolean areContainersClosed = closeContainers();
        if (!shards.isEmpty()) {
            linger(handedOverNs);
        }
        return areContainersClosed;
    }

    /**
     * Ends the services and waits for them.
     *
     * @return whether all have ended.
     */
    boolean closeContainers() {
        shards.forEach(ShardReplica::beginClosingContainer);
        return awaitContainers(SERVICE_TIMEOUT_NS);
    }

    private boolean awaitContainers(final long timeoutNs) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        boolean areClosed = true;
        for (final ShardReplica shard : shards) {
            areClosed &= shard.awaitContainerClosed(deadlineNs);
        }
        return areClosed;
    }

    private void closeConsensusModules() {
        final List<Runnable> closers = new ArrayList<>();
        for (final ShardReplica shard : shards) {
            closers.add(shard::closeConsensusModule);
        }
        runAll(closers, MODULES_TIMEOUT_MS, listener);
    }

    /**
     * Runs tasks at the same time, each on a thread of its own, and waits for them.
     *
     * @param tasks     to run.
     * @param timeoutMs after which waiting ends; a task may still run then.
     * @param listener  told what a task throws.
     */
    static void runAll(final List<Runnable> tasks, final long timeoutMs, final NodeListener listener) {
        final CountDownLatch remaining = new CountDownLatch(tasks.size());
        for (final Runnable task : tasks) {
            startDaemon("lockstep-hand-over", () -> {
                try {
                    task.run();
                } catch (final RuntimeException ex) {
                    listener.onError(ex);
                } finally {
                    remaining.countDown();
                }
            });
        }
        try {
            if (!remaining.await(timeoutMs, TimeUnit.MILLISECONDS)) {
                listener.onEvent(remaining.getCount() + " shard(s) did not hand over within " + timeoutMs + " ms");
            }
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    private static void linger(final long handedOverNs) {
        long remainingNs = handedOverNs + LINGER_NS - System.nanoTime();
        while (remainingNs > 0 && !Thread.currentThread().isInterrupted()) {
            LockSupport.parkNanos(remainingNs);
            remainingNs = handedOverNs + LINGER_NS - System.nanoTime();
        }
    }

    private static void startDaemon(final String name, final Runnable task) {
        final Thread thread = new Thread(task, name);
        thread.setDaemon(true);
        thread.start();
    }
}
