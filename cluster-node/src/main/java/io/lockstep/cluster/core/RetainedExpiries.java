package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * The last values that expire, as a binary heap by time of expiry and then by topic, so that what comes out depends on
 * the content only. Each value knows its place, so that one that is replaced can be taken out.
 */
final class RetainedExpiries {
    private static final int INITIAL_CAPACITY = 16;

    private RetainedValue[] heap = new RetainedValue[INITIAL_CAPACITY];
    private int size;

    int size() {
        return size;
    }

    /** The value that expires first, or null. */
    RetainedValue first() {
        return size == 0 ? null : heap[0];
    }

    /** Adds a value that expires. */
    void add(final RetainedValue value) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, 2 * size);
        }
        moveUp(size++, value);
    }

    /** Takes a value out, if it is here. */
    void remove(final RetainedValue value) {
        final int index = value.heapIndex();
        if (index == RetainedValue.NO_INDEX) {
            return;
        }
        value.heapIndex(RetainedValue.NO_INDEX);
        final RetainedValue last = heap[--size];
        heap[size] = null;
        if (index < size) {
            moveDown(index, last);
            if (last.heapIndex() == index) {
                moveUp(index, last);
            }
        }
    }

    private void moveUp(final int from, final RetainedValue value) {
        int index = from;
        while (index > 0) {
            final int parent = (index - 1) >>> 1;
            if (!isBefore(value, heap[parent])) {
                break;
            }
            place(index, heap[parent]);
            index = parent;
        }
        place(index, value);
    }

    private void moveDown(final int from, final RetainedValue value) {
        int index = from;
        int child = 2 * index + 1;
        while (child < size) {
            if (child + 1 < size && isBefore(heap[child + 1], heap[child])) {
                child++;
            }
            if (!isBefore(heap[child], value)) {
                break;
            }
            place(index, heap[child]);
            index = child;
            child = 2 * index + 1;
        }
        place(index, value);
    }

    private void place(final int index, final RetainedValue value) {
        heap[index] = value;
        value.heapIndex(index);
    }

    private static boolean isBefore(final RetainedValue left, final RetainedValue right) {
        return left.expiryNs() != right.expiryNs()
                ? left.expiryNs() < right.expiryNs()
                : left.topicId() < right.topicId();
    }
}
