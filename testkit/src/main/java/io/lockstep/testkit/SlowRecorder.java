package io.lockstep.testkit;

import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * Makes the recorder of a node's journals, or that of its Raft logs, as slow as a slow disk, from outside: it goes on,
 * but takes at most 64 KiB every 50 ms, which is 1.25 MiB a second. What else the node records, its readers and its
 * other threads are as fast as before. Start the cluster with
 * {@link LocalCluster#start(SlowRecorder, java.util.function.UnaryOperator)} for journals, or with
 * {@link LocalCluster#startWithLogRecorder} for Raft logs. May be used by any thread.
 */
public final class SlowRecorder {
    /** What a slow recorder takes in a second, at most. */
    public static final long BYTES_IN_SECOND = 20 * (64 << 10);

    private static final int BLOCK_LENGTH = 64 << 10;
    private static final long PARK_NS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Set<Integer> slowNodes = ConcurrentHashMap.newKeySet();

    /** Makes a switch with which all recorders are fast. */
    public SlowRecorder() {}

    /**
     * Makes a node's recorder slow.
     *
     * @param nodeId of the node.
     */
    public void slow(final int nodeId) {
        slowNodes.add(nodeId);
    }

    /** Makes all recorders fast again. */
    public void release() {
        slowNodes.clear();
    }

    // The recorder gets a thread of its own, which idles after each of its turns, also after one that recorded.
    Archive.Context wrap(final int nodeId, final Archive.Context context) {
        return context.threadingMode(ArchiveThreadingMode.DEDICATED)
                .fileIoMaxLength(BLOCK_LENGTH)
                .recorderIdleStrategySupplier(() -> new Idling(nodeId));
    }

    private final class Idling implements IdleStrategy {
        private final int nodeId;
        private final IdleStrategy fast = new BackoffIdleStrategy();

        Idling(final int nodeId) {
            this.nodeId = nodeId;
        }

        @Override
        public void idle(final int workCount) {
            if (slowNodes.contains(nodeId)) {
                LockSupport.parkNanos(PARK_NS);
            } else {
                fast.idle(workCount);
            }
        }

        @Override
        public void idle() {
            idle(0);
        }

        @Override
        public void reset() {
            fast.reset();
        }
    }
}
