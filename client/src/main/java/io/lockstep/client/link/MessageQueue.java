package io.lockstep.client.link;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Messages in a row, each with a number. Grows as it must, so whoever adds has a bound; gives back what it needed only for
 * a moment. Belongs to one thread.
 */
public final class MessageQueue {
    private static final int HEAD_LENGTH = 16;
    private static final int FIRST_CAPACITY = 4 << 10;
    private static final byte[] EMPTY = new byte[0];

    private final UnsafeBuffer buffer = new UnsafeBuffer(EMPTY);
    private final int keptCapacity;
    private int head;
    private int tail;
    private int count;
    private long bytes;

    /**
     * An empty queue, which holds no memory yet.
     *
     * @param keptCapacity bytes that it keeps when it is empty again.
     */
    public MessageQueue(final int keptCapacity) {
        this.keptCapacity = keptCapacity;
    }

    /**
     * Adds a copy of a message.
     *
     * @param source that holds it.
     * @param offset of its first byte.
     * @param length in bytes.
     * @param number that goes with it.
     */
    public void add(final DirectBuffer source, final int offset, final int length, final long number) {
        final int entryLength = HEAD_LENGTH + BitUtil.align(length, 8);
        makeRoom(entryLength);
        buffer.putInt(tail, length);
        buffer.putLong(tail + 8, number);
        buffer.putBytes(tail + HEAD_LENGTH, source, offset, length);
        tail += entryLength;
        count++;
        bytes += length;
    }

    /**
     * Whether there is none.
     *
     * @return true if so.
     */
    public boolean isEmpty() {
        return count == 0;
    }

    /**
     * How many there are.
     *
     * @return from 0.
     */
    public int size() {
        return count;
    }

    /**
     * Sum of the lengths of all messages.
     *
     * @return in bytes.
     */
    public long bytes() {
        return bytes;
    }

    /**
     * What holds the messages.
     *
     * @return the buffer; another message may lie there after the next call.
     */
    public DirectBuffer buffer() {
        return buffer;
    }

    /**
     * Where the first message is.
     *
     * @return offset in {@link #buffer()}.
     */
    public int firstOffset() {
        return head + HEAD_LENGTH;
    }

    /**
     * Length of the first message.
     *
     * @return in bytes.
     */
    public int firstLength() {
        return buffer.getInt(head);
    }

    /**
     * What goes with the first message.
     *
     * @return the number.
     */
    public long firstNumber() {
        return buffer.getLong(head + 8);
    }

    /** Takes the first message out. */
    public void removeFirst() {
        final int length = firstLength();
        head += HEAD_LENGTH + BitUtil.align(length, 8);
        bytes -= length;
        if (--count == 0) {
            clear();
        }
    }

    /** Takes all out. */
    public void clear() {
        head = 0;
        tail = 0;
        count = 0;
        bytes = 0;
        if (buffer.capacity() > keptCapacity) {
            buffer.wrap(EMPTY);
        }
    }

    private void makeRoom(final int entryLength) {
        if (tail + entryLength <= buffer.capacity()) {
            return;
        }
        final int used = tail - head;
        if (head > 0 && used + entryLength <= buffer.capacity() && used <= buffer.capacity() / 2) {
            buffer.putBytes(0, buffer, head, used);
        } else {
            final int needed = Math.max(FIRST_CAPACITY, BitUtil.findNextPositivePowerOfTwo(2 * (used + entryLength)));
            final byte[] grown = new byte[needed];
            buffer.getBytes(head, grown, 0, used);
            buffer.wrap(grown);
        }
        head = 0;
        tail = used;
    }
}
