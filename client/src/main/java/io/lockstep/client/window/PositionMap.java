package io.lockstep.client.window;

import org.agrona.collections.Long2LongHashMap;

/**
 * Numbers by position in a journal. Positions are multiples of 32, which Agrona's maps hash into every 64th place of their
 * tables only, so that searches run through long chains; here the low bits move out of the way. Allocates only when it
 * grows.
 */
final class PositionMap {
    private static final int ALIGNMENT_BITS = 5;

    private final Long2LongHashMap map;

    /**
     * An empty map.
     *
     * @param missing stands for no number; can't be put.
     */
    PositionMap(final long missing) {
        map = new Long2LongHashMap(missing);
    }

    long get(final long position) {
        return map.get(keyOf(position));
    }

    boolean containsKey(final long position) {
        return map.containsKey(keyOf(position));
    }

    void put(final long position, final long value) {
        map.put(keyOf(position), value);
    }

    /** Forgets the number of a position and returns it. */
    long remove(final long position) {
        return map.remove(keyOf(position));
    }

    int size() {
        return map.size();
    }

    void clear() {
        map.clear();
    }

    private static long keyOf(final long position) {
        return Long.rotateRight(position, ALIGNMENT_BITS);
    }
}
