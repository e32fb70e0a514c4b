package io.lockstep.client.window;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Copies of the newest records of a journal, found by position. They lie in a ring of bytes, in which the oldest make room
 * for the newest. Allocates nothing after its index has grown to what it needs.
 */
final class RecordRing {
    private static final long NOT_HELD = -1;
    private static final long PADDING = -1;
    private static final int LENGTH_OFFSET = Long.BYTES;
    // Position and length; a multiple of itself, so that padding always has room for one.
    private static final int ENTRY_HEADER_LENGTH = 16;

    private final UnsafeBuffer buffer;
    private final int capacity;
    private final PositionMap index = new PositionMap(NOT_HELD);
    private long head;
    private long tail;

    /**
     * An empty ring.
     *
     * @param capacity in bytes, a power of two.
     */
    RecordRing(final int capacity) {
        if (capacity < ENTRY_HEADER_LENGTH || (capacity & (capacity - 1)) != 0) {
            throw new IllegalArgumentException("a ring takes a power of two of bytes, but not " + capacity);
        }
        this.capacity = capacity;
        this.buffer = new UnsafeBuffer(new byte[capacity]);
    }

    /** Copies a record; one that is longer than the ring is not held. */
    void put(final DirectBuffer source, final int offset, final int length, final long position) {
        final int entryLength = entryLength(length);
        if (entryLength > capacity || index.containsKey(position)) {
            return;
        }
        final int rest = capacity - offsetAt(tail);
        if (rest < entryLength) {
            makeRoom(rest);
            putHeader(PADDING, rest - ENTRY_HEADER_LENGTH);
            tail += rest;
        }
        makeRoom(entryLength);
        putHeader(position, length);
        buffer.putBytes(offsetAt(tail) + ENTRY_HEADER_LENGTH, source, offset, length);
        index.put(position, tail);
        tail += entryLength;
    }

    /** Forgets a record; its bytes stay as they are until the next one is put. */
    void remove(final long position) {
        index.remove(position);
    }

    boolean has(final long position) {
        return index.get(position) != NOT_HELD;
    }

    /** Where a record that is held lies in {@link #buffer()}. */
    int offsetOf(final long position) {
        final long place = index.get(position);
        if (place == NOT_HELD) {
            throw new IllegalStateException("the record that ends at " + position + " is not held");
        }
        return offsetAt(place) + ENTRY_HEADER_LENGTH;
    }

    /** Length of a record that is held. */
    int lengthOf(final long position) {
        return buffer.getInt(offsetOf(position) - ENTRY_HEADER_LENGTH + LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int size() {
        return index.size();
    }

    private void makeRoom(final int bytes) {
        while (tail + bytes - head > capacity) {
            final int offset = offsetAt(head);
            final long position = buffer.getLong(offset, ByteOrder.LITTLE_ENDIAN);
            if (position != PADDING && index.get(position) == head) {
                index.remove(position);
            }
            head += entryLength(buffer.getInt(offset + LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN));
        }
    }

    private void putHeader(final long position, final int length) {
        buffer.putLong(offsetAt(tail), position, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(offsetAt(tail) + LENGTH_OFFSET, length, ByteOrder.LITTLE_ENDIAN);
    }

    private int offsetAt(final long place) {
        return (int) place & (capacity - 1);
    }

    private static int entryLength(final int length) {
        return ENTRY_HEADER_LENGTH + ((length + ENTRY_HEADER_LENGTH - 1) & -ENTRY_HEADER_LENGTH);
    }
}
