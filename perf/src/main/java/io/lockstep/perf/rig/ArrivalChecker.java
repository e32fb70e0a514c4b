package io.lockstep.perf.rig;

import java.util.BitSet;

/**
 * Accounts for a stream of densely numbered messages: what came twice, out of order, or not at all. Pure; one thread.
 * Memory is one bit for each message.
 */
final class ArrivalChecker {
    private static final long MAX_INDEX = Integer.MAX_VALUE - 1L;

    private final BitSet arrived = new BitSet();
    private long arrivedCount;
    private long duplicatedCount;
    private long reorderedCount;
    private long highestIndex = -1;

    /**
     * Takes note of an arrival.
     *
     * @param index of the message, from 0.
     * @return true if it is the first with this index.
     */
    boolean onArrival(final long index) {
        if (index < 0 || index > MAX_INDEX) {
            throw new IllegalArgumentException(
                    "a message has an index from 0 to " + MAX_INDEX + ", but one has " + index);
        }
        if (arrived.get((int) index)) {
            duplicatedCount++;
            return false;
        }
        arrived.set((int) index);
        arrivedCount++;
        if (index < highestIndex) {
            reorderedCount++;
        } else {
            highestIndex = index;
        }
        return true;
    }

    /** Number of different messages that arrived. */
    long arrivedCount() {
        return arrivedCount;
    }

    /** Number of arrivals beyond the first of each message. */
    long duplicatedCount() {
        return duplicatedCount;
    }

    /** Number of messages that arrived after one that was sent later. */
    long reorderedCount() {
        return reorderedCount;
    }

    /** Number of messages among the first {@code sentCount} that did not arrive. */
    long lostCount(final long sentCount) {
        return sentCount - arrived.get(0, (int) Math.min(sentCount, MAX_INDEX)).cardinality();
    }
}
