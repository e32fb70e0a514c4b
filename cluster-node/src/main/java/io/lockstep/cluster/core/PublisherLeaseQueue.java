package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * Leases that are held, the one that ends first in front; of equals the one with the lowest topic id. A binary heap in
 * which each lease knows its place. Its order follows from what it holds, not from how it was filled, as far as anybody
 * sees it: only the first is ever looked at. Allocates only where it grows.
 */
final class PublisherLeaseQueue {
    private static final int INITIAL_CAPACITY = 16;

    private PublisherLease[] heap = new PublisherLease[INITIAL_CAPACITY];
    private int size;

    /** The lease that ends first, or null. */
    PublisherLease first() {
        return size == 0 ? null : heap[0];
    }

    /** Adds a lease, or moves it to where its deadline belongs. */
    void put(final PublisherLease lease) {
        if (lease.queueIndex() == PublisherLease.NOT_QUEUED) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, 2 * size);
            }
            place(lease, size++);
        }
        moveUp(lease);
        moveDown(lease);
    }

    /** Removes a lease where it is in the queue. */
    void remove(final PublisherLease lease) {
        final int index = lease.queueIndex();
        if (index == PublisherLease.NOT_QUEUED) {
            return;
        }
        final PublisherLease last = heap[--size];
        heap[size] = null;
        lease.queueIndex(PublisherLease.NOT_QUEUED);
        if (last != lease) {
            place(last, index);
            moveUp(last);
            moveDown(last);
        }
    }

    int size() {
        return size;
    }

    private void moveUp(final PublisherLease lease) {
        int index = lease.queueIndex();
        while (index > 0 && isBefore(lease, heap[(index - 1) >>> 1])) {
            final int parent = (index - 1) >>> 1;
            place(heap[parent], index);
            index = parent;
        }
        place(lease, index);
    }

    private void moveDown(final PublisherLease lease) {
        int index = lease.queueIndex();
        int child = firstChild(index);
        while (child < size && isBefore(heap[child], lease)) {
            place(heap[child], index);
            index = child;
            child = firstChild(index);
        }
        place(lease, index);
    }

    // The child that ends first, or an index beyond the size.
    private int firstChild(final int index) {
        final int left = 2 * index + 1;
        final int right = left + 1;
        return right < size && isBefore(heap[right], heap[left]) ? right : left;
    }

    private void place(final PublisherLease lease, final int index) {
        heap[index] = lease;
        lease.queueIndex(index);
    }

    private static boolean isBefore(final PublisherLease lease, final PublisherLease other) {
        return lease.deadlineNs() < other.deadlineNs()
                || (lease.deadlineNs() == other.deadlineNs() && lease.topicId() < other.topicId());
    }
}
