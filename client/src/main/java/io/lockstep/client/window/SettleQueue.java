package io.lockstep.client.window;

import java.util.Arrays;

/** What a member has decided about messages and not told the shard yet, in order. Allocates nothing. */
final class SettleQueue {
    private final int capacity;
    private final long[] positions;
    private final int[] attempts;
    private final byte[] verdicts;
    private final long[] delaysNs;
    private int first;
    private int size;

    /**
     * An empty queue.
     *
     * @param capacity greatest number of decisions, at least 1.
     */
    SettleQueue(final int capacity) {
        this.capacity = capacity;
        this.positions = new long[capacity];
        this.attempts = new int[capacity];
        this.verdicts = new byte[capacity];
        this.delaysNs = new long[capacity];
        Arrays.fill(positions, -1);
    }

    int size() {
        return size;
    }

    int capacity() {
        return capacity;
    }

    void add(final long position, final int attempt, final byte verdict, final long delayNs) {
        if (size == capacity) {
            throw new IllegalStateException("there is no room for more than " + capacity + " decisions");
        }
        final int place = place(size);
        positions[place] = position;
        attempts[place] = attempt;
        verdicts[place] = verdict;
        delaysNs[place] = delayNs;
        size++;
    }

    long position(final int index) {
        return positions[place(index)];
    }

    int attempt(final int index) {
        return attempts[place(index)];
    }

    byte verdict(final int index) {
        return verdicts[place(index)];
    }

    long delayNs(final int index) {
        return delaysNs[place(index)];
    }

    /** Forgets the oldest. */
    void drop(final int count) {
        first = place(count);
        size -= count;
    }

    private int place(final int index) {
        return (int) (((long) first + index) % capacity);
    }
}
