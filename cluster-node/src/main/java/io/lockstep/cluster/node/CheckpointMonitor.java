package io.lockstep.cluster.node;

import io.lockstep.cluster.service.ServiceStatus;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.IntFunction;

/**
 * Compares checkpoint hashes at equal positions with the other nodes. A node that finds itself in the minority stops,
 * because its copy is not the history that the others agree on; without a majority for any hash all stop. Asking takes
 * as long as the others like, so it has a thread of its own, on which nobody waits.
 */
final class CheckpointMonitor implements AutoCloseable {
    private static final long OWN_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long PEER_INTERVAL_NS = TimeUnit.SECONDS.toNanos(5);
    // More than one question may take; then the thread is left behind, and what it still finds is ignored.
    private static final long CLOSE_TIMEOUT_MS = 2_000;

    private final IntFunction<ServiceStatus> ownStatus;
    private final Collection<PeerCheckpoints> peers;
    private final List<CheckpointComparison> comparisons = new ArrayList<>();
    private final NodeListener listener;
    private final Consumer<String> onFailure;
    private final Thread thread;
    private volatile boolean isRunning = true;

    /** Another node's latest checkpoints. */
    interface PeerCheckpoints {
        /**
         * Asks the node; may block for a second or two.
         *
         * @param sink is given what the node answers, nothing where it does not.
         */
        void ask(Sink sink);

        /** Takes what nodes answer. */
        @FunctionalInterface
        interface Sink {
            /**
             * Takes a checkpoint.
             *
             * @param nodeId   that has it.
             * @param shardId  of the journal.
             * @param position of the journal.
             * @param hash     rolling hash there.
             */
            void onCheckpoint(int nodeId, int shardId, long position, String hash);
        }
    }

    CheckpointMonitor(
            final int shardCount,
            final int nodeCount,
            final IntFunction<ServiceStatus> ownStatus,
            final Collection<? extends PeerCheckpoints> peers,
            final NodeListener listener,
            final Consumer<String> onFailure) {
        this.ownStatus = ownStatus;
        this.peers = List.copyOf(peers);
        this.listener = listener;
        this.onFailure = onFailure;
        for (int shardId = 0; shardId < shardCount; shardId++) {
            comparisons.add(new CheckpointComparison(shardId, nodeCount));
        }
        this.thread = new Thread(this::run, "lockstep-checkpoints");
        thread.setDaemon(true);
    }

    CheckpointMonitor start() {
        thread.start();
        return this;
    }

    @Override
    public void close() {
        isRunning = false;
        LockSupport.unpark(thread);
        try {
            thread.join(CLOSE_TIMEOUT_MS);
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    /** Remembers this node's own checkpoints: the status shows only the latest of each shard. */
    void takeOwn() {
        for (int shardId = 0; shardId < comparisons.size(); shardId++) {
            final ServiceStatus status = ownStatus.apply(shardId);
            if (status.checkpointPosition() >= 0) {
                comparisons
                        .get(shardId)
                        .onOwn(status.checkpointPosition(), String.format("%016x", status.checkpointHash()));
            }
        }
    }

    /** Asks all other nodes. */
    void askPeers() {
        for (final PeerCheckpoints peer : peers) {
            if (isRunning) {
                peer.ask((nodeId, shardId, position, hash) -> {
                    if (position >= 0 && shardId >= 0 && shardId < comparisons.size()) {
                        comparisons.get(shardId).onPeer(nodeId, position, hash);
                    }
                });
            }
        }
    }

    /**
     * Judges all shards.
     *
     * @param nowNs monotonic time.
     * @return whether this node must go on; false after it was told to stop.
     */
    boolean judge(final long nowNs) {
        for (final CheckpointComparison comparison : comparisons) {
            switch (comparison.judge(nowNs)) {
                case STOP -> {
                    onFailure.accept("DIVERGED: " + comparison.sentence());
                    return false;
                }
                case REPORT -> listener.onError(new IllegalStateException(comparison.sentence()));
                case NOTHING -> {
                    // Equal as far as is known.
                }
            }
        }
        return true;
    }

    private void run() {
        long nextAskNs = System.nanoTime();
        boolean isGood = true;
        while (isRunning && isGood) {
            try {
                takeOwn();
                if (System.nanoTime() - nextAskNs >= 0) {
                    nextAskNs = System.nanoTime() + PEER_INTERVAL_NS;
                    askPeers();
                }
                isGood = !isRunning || judge(System.nanoTime());
            } catch (final RuntimeException ex) {
                listener.onError(ex);
            }
            LockSupport.parkNanos(OWN_INTERVAL_NS);
        }
    }
}
