package io.lockstep.client.window;

import java.util.Arrays;

/**
 * Keeps track of what a consumer delivered from one shard and what of it is acknowledged: how far its cursor may move, and
 * which messages beyond are acknowledged alone. Positions are those behind messages and rise. Belongs to one thread;
 * allocates nothing after it was made.
 *
 * <p>States of an entry: DELIVERED, then ACKED, then SENT; back to ACKED where it is not known whether the shard took it.
 */
public final class AckTracker {
    private static final byte DELIVERED = 0;
    private static final byte ACKED = 1;
    private static final byte SENT = 2;

    private final int capacity;
    private final long[] positions;
    // Where the record begins: up to there all is done when this one is the first that is not.
    private final long[] befores;
    private final byte[] states;
    private int first;
    private int count;
    private int unackedCount;
    private int unsentCount;
    private long scannedPosition;
    private long sentPosition;
    // Of all that was ever delivered here: it outlives a new beginning.
    private long deliveredPosition = Long.MIN_VALUE;
    private long[] restored = {};
    private int restoredNext;

    /**
     * Nothing is delivered yet.
     *
     * @param capacity greatest number of messages from the first that is not acknowledged on.
     */
    public AckTracker(final int capacity) {
        if (capacity < 1) {
            throw new IllegalArgumentException("capacity must be at least 1, but it is " + capacity);
        }
        this.capacity = capacity;
        positions = new long[capacity];
        befores = new long[capacity];
        states = new byte[capacity];
    }

    /**
     * Begins anew at a cursor.
     *
     * @param position of the cursor.
     * @param acks     places behind messages beyond it that are acknowledged already, rising; not to be changed.
     */
    public void reset(final long position, final long[] acks) {
        first = 0;
        count = 0;
        unackedCount = 0;
        unsentCount = 0;
        scannedPosition = position;
        sentPosition = position;
        restored = acks;
        restoredNext = 0;
    }

    /**
     * Whether the message was acknowledged before the tracker began: it is not to be delivered. Asked for each message in
     * the order of the journal, before {@link #onDelivered}.
     *
     * @param position behind the message.
     * @return true if so; then it is taken note of.
     */
    public boolean isDone(final long position) {
        while (restoredNext < restored.length && restored[restoredNext] < position) {
            restoredNext++;
        }
        if (restoredNext == restored.length || restored[restoredNext] != position) {
            return false;
        }
        restoredNext++;
        if (count == 0) {
            scannedPosition = position;
        } else {
            append(position, SENT);
        }
        return true;
    }

    /**
     * A record was read that is not delivered.
     *
     * @param position behind it.
     */
    public void onSkipped(final long position) {
        scannedPosition = Math.max(scannedPosition, position);
    }

    /**
     * A message is delivered. Not to be called where {@link #isFull}.
     *
     * @param position behind it.
     */
    public void onDelivered(final long position) {
        append(position, DELIVERED);
        unackedCount++;
        deliveredPosition = Math.max(deliveredPosition, position);
    }

    /**
     * Whether nothing may be delivered until something is acknowledged.
     *
     * @return true if so.
     */
    public boolean isFull() {
        return count == capacity;
    }

    /**
     * Acknowledges a message and all that were delivered before it.
     *
     * @param position behind the message, or any place.
     * @return number of messages that are acknowledged by it.
     */
    public int ackThrough(final long position) {
        int acked = 0;
        for (int i = 0; i < count && positions[slot(i)] <= position; i++) {
            acked += ack(i);
        }
        release();
        return acked;
    }

    /**
     * Acknowledges one message.
     *
     * @param position behind the message.
     * @return false where it is not outstanding: it was acknowledged before, or delivered to an earlier owner.
     */
    public boolean ackSingle(final long position) {
        final int index = indexOf(position);
        if (index < 0 || ack(index) == 0) {
            return false;
        }
        release();
        return true;
    }

    /**
     * Whether to acknowledge this message would change nothing although it is not acknowledged: it was delivered before the
     * tracker began anew, or is about to be.
     *
     * @param position behind the message.
     * @return true if so; always false behind what was ever delivered.
     */
    public boolean isLost(final long position) {
        if (position > deliveredPosition || position <= cursor()) {
            return false;
        }
        final int index = indexOf(position);
        return index < 0 ? Arrays.binarySearch(restored, position) < 0 : states[slot(index)] == DELIVERED;
    }

    /**
     * Whether there is a message up to this place for which {@link #isLost} is true.
     *
     * @param position any place.
     * @return true if so.
     */
    public boolean isAnyLostThrough(final long position) {
        return Math.min(position, deliveredPosition) > scannedPosition || (count > 0 && positions[first] <= position);
    }

    /**
     * Up to where all is acknowledged or of no concern.
     *
     * @return a place at which a record begins.
     */
    public long cursor() {
        return count == 0 ? scannedPosition : befores[first];
    }

    /**
     * Number of messages that were delivered and are not acknowledged.
     *
     * @return the number.
     */
    public int unackedCount() {
        return unackedCount;
    }

    /**
     * Number of messages that are acknowledged beyond the cursor and were not sent so yet.
     *
     * @return the number.
     */
    public int unsentCount() {
        return unsentCount;
    }

    /**
     * Whether the cursor moved since it was sent last.
     *
     * @return true if so.
     */
    public boolean hasMoved() {
        return cursor() > sentPosition;
    }

    /**
     * Takes what is acknowledged alone and not sent yet; it counts as sent from now on, as does the cursor.
     *
     * @param singles that is filled with places behind messages, rising.
     * @return number of them, at most the length of the array.
     */
    public int takeUnsent(final long[] singles) {
        sentPosition = cursor();
        int taken = 0;
        for (int i = 0; i < count && unsentCount > 0 && taken < singles.length; i++) {
            final int slot = slot(i);
            if (states[slot] == ACKED) {
                states[slot] = SENT;
                unsentCount--;
                singles[taken++] = positions[slot];
            }
        }
        return taken;
    }

    /**
     * It is not known whether the shard took what was sent last: all of it is to be sent again.
     *
     * @param knownPosition cursor that the shard has for certain.
     */
    public void sendAgain(final long knownPosition) {
        sentPosition = Math.min(sentPosition, knownPosition);
        for (int i = 0; i < count; i++) {
            final int slot = slot(i);
            if (states[slot] == SENT) {
                states[slot] = ACKED;
                unsentCount++;
            }
        }
    }

    private void append(final long position, final byte state) {
        if (count == capacity) {
            throw new IllegalStateException(capacity + " messages are outstanding; none may be delivered now");
        }
        final int slot = slot(count++);
        positions[slot] = position;
        befores[slot] = scannedPosition;
        states[slot] = state;
        scannedPosition = position;
    }

    private int ack(final int index) {
        final int slot = slot(index);
        if (states[slot] != DELIVERED) {
            return 0;
        }
        states[slot] = ACKED;
        unackedCount--;
        unsentCount++;
        return 1;
    }

    private void release() {
        while (count > 0 && states[first] != DELIVERED) {
            unsentCount -= states[first] == ACKED ? 1 : 0;
            first = first + 1 == capacity ? 0 : first + 1;
            count--;
        }
    }

    private int indexOf(final long position) {
        int low = 0;
        int high = count - 1;
        while (low <= high) {
            final int middle = (low + high) >>> 1;
            final long found = positions[slot(middle)];
            if (found == position) {
                return middle;
            }
            if (found < position) {
                low = middle + 1;
            } else {
                high = middle - 1;
            }
        }
        return -1;
    }

    private int slot(final int index) {
        final int slot = first + index;
        return slot >= capacity ? slot - capacity : slot;
    }
}
