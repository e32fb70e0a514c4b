package io.lockstep.archive.replay;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/**
 * Decides which node a reader turns to next and how long it rests before. In an outage every node is asked once without
 * a pause, the preferred one first and the one that was left last; then the rounds are spaced by an exponential
 * back-off with jitter, without end: a reader that has nobody to read from keeps asking at the greatest pause. Nodes
 * that sent a bad record go to the end of each round for a while. Pure: time comes in as an argument.
 */
final class NodeRotation {
    private static final long MIN_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(25);
    private static final long MAX_PAUSE_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long SUSPICION_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int MAX_SHIFT = 7;

    private final int nodeCount;
    private final int preferredIndex;
    private final SplittableRandom random;
    private final long[] suspectedAtNs;
    private final boolean[] isSuspected;
    private final int[] order;
    private int attempt;

    /**
     * Makes a rotation.
     *
     * @param nodeCount      number of nodes.
     * @param preferredIndex of the node to begin with, or -1.
     * @param seed           of the jitter.
     */
    NodeRotation(final int nodeCount, final int preferredIndex, final long seed) {
        this.nodeCount = nodeCount;
        this.preferredIndex = preferredIndex;
        this.random = new SplittableRandom(seed);
        this.suspectedAtNs = new long[nodeCount];
        this.isSuspected = new boolean[nodeCount];
        this.order = new int[nodeCount];
        begin(-1, 0);
    }

    /**
     * Begins an outage.
     *
     * @param leftIndex of the node that is left, or -1.
     * @param nowNs     now.
     */
    void begin(final int leftIndex, final long nowNs) {
        attempt = 0;
        orderRound(leftIndex, nowNs);
    }

    /**
     * Puts a node at the front of the round that begins.
     *
     * @param nodeIndex of the node.
     */
    void prefer(final int nodeIndex) {
        for (int i = 0; i < nodeCount; i++) {
            if (order[i] == nodeIndex) {
                System.arraycopy(order, 0, order, 1, i);
                order[0] = nodeIndex;
                return;
            }
        }
    }

    /**
     * The node to ask next.
     *
     * @return its index.
     */
    int nodeIndex() {
        return order[attempt % nodeCount];
    }

    /**
     * The attempt at {@link #nodeIndex()} failed: the next one is due.
     *
     * @return how long to rest before it in nanoseconds.
     */
    long onFailure() {
        attempt++;
        if (attempt % nodeCount != 0) {
            return 0;
        }
        final int shift = Math.min(MAX_SHIFT, attempt / nodeCount - 1);
        final long pauseNs = Math.min(MAX_PAUSE_NS, MIN_PAUSE_NS << shift);
        return pauseNs / 2 + random.nextLong(pauseNs / 2 + 1);
    }

    /**
     * Attempts that failed since the outage began.
     *
     * @return the count.
     */
    int failedAttempts() {
        return attempt;
    }

    /**
     * A node sent what cannot be true.
     *
     * @param nodeIndex of the node.
     * @param nowNs     now.
     */
    void suspect(final int nodeIndex, final long nowNs) {
        isSuspected[nodeIndex] = true;
        suspectedAtNs[nodeIndex] = nowNs;
    }

    private void orderRound(final int leftIndex, final long nowNs) {
        final int first = preferredIndex >= 0 ? preferredIndex : Math.max(leftIndex, 0);
        int count = 0;
        // Three passes, best nodes first: unsuspected, the one that was just left, suspected.
        for (int pass = 0; pass < 3; pass++) {
            for (int i = 0; i < nodeCount; i++) {
                final int index = (first + i) % nodeCount;
                if (isSuspected[index] && nowNs - suspectedAtNs[index] > SUSPICION_NS) {
                    isSuspected[index] = false;
                }
                final int passOfNode = isSuspected[index] ? 2 : index == leftIndex ? 1 : 0;
                if (passOfNode == pass) {
                    order[count++] = index;
                }
            }
        }
    }
}
