package io.lockstep.client.internal;

import io.lockstep.wire.JournalFormat;
import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The records that a shared reader read last, in a ring of bytes. Each has a dense index that is never used again; one
 * that is below {@link #firstIndex()} is gone. Bounded by bytes and by number. Its memory is taken with the first record.
 * Belongs to the thread that owns the client.
 */
final class RecordWindow {
    private static final int ALIGNMENT = Long.BYTES;
    // What a record takes at least with its head; a window of shorter ones is bounded by their number.
    private static final int MIN_RECORD_BYTES = 128;

    private int capacity;
    private int indexMask;
    private UnsafeBuffer buffer;
    private long[] endPositions;
    private int[] offsets;
    private int[] lengths;

    private long firstIndex;
    private long nextIndex;
    private long beginPosition = -1;
    private int tail;
    private int heldBytes;

    RecordWindow(final int capacity) {
        if (capacity < 4096 || !BitUtil.isPowerOfTwo(capacity)) {
            throw new IllegalArgumentException(
                    "a window of records is a power of two from 4096 bytes, but it is " + capacity);
        }
        this.capacity = capacity;
        this.indexMask = capacity / MIN_RECORD_BYTES - 1;
    }

    /**
     * Takes a copy of the next record; the oldest ones make room for it. A record that is longer than half of the window
     * makes the window larger: else nobody could read it here.
     */
    void append(final DirectBuffer source, final int offset, final int length, final long endPosition) {
        final int framedLength = BitUtil.align(length, ALIGNMENT);
        if (framedLength > capacity / 2) {
            grow(BitUtil.findNextPositivePowerOfTwo(2 * framedLength));
        }
        if (buffer == null) {
            allocate();
        }
        if (isEmpty() && beginPosition < 0) {
            beginPosition = endPosition - JournalFormat.framedLength(length);
        }
        makeRoom(framedLength);
        final int slot = (int) nextIndex & indexMask;
        buffer.putBytes(tail, source, offset, length);
        endPositions[slot] = endPosition;
        offsets[slot] = tail;
        lengths[slot] = length;
        tail += framedLength;
        heldBytes += framedLength;
        nextIndex++;
    }

    /** Whether a record would still be held, or would be the next one, with another one appended. */
    boolean keeps(final long index, final int length) {
        final int framedLength = BitUtil.align(length, ALIGNMENT);
        return buffer == null || framedLength > capacity / 2 || firstIndexBehind(framedLength) <= index;
    }

    /** Forgets everything: no index that was given until now, the next one included, is held or will be. */
    void reset(final long newBeginPosition) {
        nextIndex++;
        clear(newBeginPosition);
    }

    /** Forgets the records; who stood behind the last one stands behind it still. */
    void clear(final long newBeginPosition) {
        firstIndex = nextIndex;
        beginPosition = newBeginPosition;
        tail = 0;
        heldBytes = 0;
    }

    /**
     * The record that begins at a position.
     *
     * @param position behind a record.
     * @return its index, which is {@link #nextIndex()} behind the last one; or -1 where no record of the window, nor the
     *     next one, is known to begin there.
     */
    long indexAt(final long position) {
        if (position == beginPosition) {
            return firstIndex;
        }
        long low = firstIndex;
        long high = nextIndex - 1;
        while (low <= high) {
            final long middle = (low + high) >>> 1;
            final long endPosition = endPositions[(int) middle & indexMask];
            if (endPosition == position) {
                return middle + 1;
            }
            if (endPosition < position) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        // Where a term was too short for the record, it does not begin where the one before it ended.
        final boolean isBegin = isHeld(low) && endPosition(low) - JournalFormat.framedLength(length(low)) == position;
        return isBegin ? low : -1;
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int offset(final long index) {
        return offsets[(int) index & indexMask];
    }

    int length(final long index) {
        return lengths[(int) index & indexMask];
    }

    long endPosition(final long index) {
        return endPositions[(int) index & indexMask];
    }

    boolean isHeld(final long index) {
        return index >= firstIndex && index < nextIndex;
    }

    boolean isEmpty() {
        return firstIndex == nextIndex;
    }

    long firstIndex() {
        return firstIndex;
    }

    long nextIndex() {
        return nextIndex;
    }

    int capacity() {
        return capacity;
    }

    int heldBytes() {
        return heldBytes;
    }

    private void allocate() {
        buffer = new UnsafeBuffer(new byte[capacity]);
        endPositions = new long[indexMask + 1];
        offsets = new int[indexMask + 1];
        lengths = new int[indexMask + 1];
    }

    private void grow(final int newCapacity) {
        final UnsafeBuffer oldBuffer = buffer;
        final long[] oldEndPositions = endPositions;
        final int[] oldOffsets = offsets;
        final int[] oldLengths = lengths;
        final int oldMask = indexMask;
        capacity = newCapacity;
        indexMask = newCapacity / MIN_RECORD_BYTES - 1;
        allocate();
        tail = 0;
        for (long i = firstIndex; i < nextIndex; i++) {
            final int from = (int) i & oldMask;
            final int to = (int) i & indexMask;
            endPositions[to] = oldEndPositions[from];
            lengths[to] = oldLengths[from];
            offsets[to] = tail;
            buffer.putBytes(tail, oldBuffer, oldOffsets[from], oldLengths[from]);
            tail += BitUtil.align(oldLengths[from], ALIGNMENT);
        }
    }

    private void makeRoom(final int framedLength) {
        final long newFirstIndex = firstIndexBehind(framedLength);
        while (firstIndex < newFirstIndex) {
            dropFirst();
        }
        if (tail + framedLength > capacity) {
            tail = 0;
        }
    }

    private long firstIndexBehind(final int framedLength) {
        long first = firstIndex;
        if (nextIndex - first > indexMask) {
            first++;
        }
        int begin = tail;
        if (begin + framedLength > capacity) {
            // What lies between here and the end is the oldest of all.
            while (first < nextIndex && offset(first) >= begin) {
                first++;
            }
            begin = 0;
        }
        while (first < nextIndex && offset(first) >= begin && offset(first) < begin + framedLength) {
            first++;
        }
        return first;
    }

    private void dropFirst() {
        beginPosition = endPosition(firstIndex);
        heldBytes -= BitUtil.align(length(firstIndex), ALIGNMENT);
        firstIndex++;
    }
}
