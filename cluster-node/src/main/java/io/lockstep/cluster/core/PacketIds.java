package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * The packet ids of a session's messages with QoS 2 that were accepted and not released, sorted. Grows up to
 * {@link Limits#MAX_PACKETS_OF_SESSION}, then allocates nothing.
 */
final class PacketIds {
    private static final int LEAST_CAPACITY = 8;
    private static final int[] NONE = {};

    private int[] ids = NONE;
    private int count;

    int count() {
        return count;
    }

    int at(final int index) {
        return ids[index];
    }

    boolean contains(final int packetId) {
        return Arrays.binarySearch(ids, 0, count, packetId) >= 0;
    }

    /** Adds one that is not contained. */
    void add(final int packetId) {
        if (count == ids.length) {
            ids = Arrays.copyOf(ids, Math.max(LEAST_CAPACITY, 2 * count));
        }
        final int index = -(Arrays.binarySearch(ids, 0, count, packetId) + 1);
        for (int i = count; i > index; i--) {
            ids[i] = ids[i - 1];
        }
        ids[index] = packetId;
        count++;
    }

    /** Removes one; false where it was not contained. */
    boolean remove(final int packetId) {
        final int index = Arrays.binarySearch(ids, 0, count, packetId);
        if (index < 0) {
            return false;
        }
        count--;
        for (int i = index; i < count; i++) {
            ids[i] = ids[i + 1];
        }
        return true;
    }
}
