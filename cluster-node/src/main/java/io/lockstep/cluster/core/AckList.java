package io.lockstep.cluster.core;

import io.lockstep.wire.JournalFormat;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/** The single acknowledgements of a command, and what they make of those of a consumer. Reused; allocates nothing. */
final class AckList {
    private final long[] given = new long[Limits.MAX_ACKS_IN_COMMAND];
    private final long[] merged = new long[2 * Limits.MAX_ACKS_IN_COMMAND];
    private int givenCount;
    private int mergedCount;

    /** Reads them; false where they are no rising positions of records or too many. */
    boolean read(final DirectBuffer buffer, final int offset, final int lengthBytes) {
        givenCount = lengthBytes / Long.BYTES;
        if (lengthBytes % Long.BYTES != 0 || givenCount > Limits.MAX_ACKS_IN_COMMAND) {
            return false;
        }
        long previous = 0;
        for (int i = 0; i < givenCount; i++) {
            given[i] = buffer.getLong(offset + i * Long.BYTES, ByteOrder.LITTLE_ENDIAN);
            if (given[i] <= previous || !isAligned(given[i])) {
                return false;
            }
            previous = given[i];
        }
        return true;
    }

    /** Greatest position that was read, or 0. */
    long greatest() {
        return givenCount == 0 ? 0 : given[givenCount - 1];
    }

    /** Unites what was read with those of a consumer, as far as they lie beyond a position; returns their number. */
    int merge(final Consumer consumer, final long position) {
        mergedCount = 0;
        int next = 0;
        for (int i = 0; i < consumer.ackCount(); i++) {
            while (next < givenCount && given[next] < consumer.ack(i)) {
                add(given[next++], position);
            }
            if (next < givenCount && given[next] == consumer.ack(i)) {
                next++;
            }
            add(consumer.ack(i), position);
        }
        while (next < givenCount) {
            add(given[next++], position);
        }
        return mergedCount;
    }

    /** What was united, in rising order; valid until the next merge. */
    long[] merged() {
        return merged;
    }

    static boolean isAligned(final long position) {
        return (position & (JournalFormat.FRAME_ALIGNMENT - 1)) == 0;
    }

    private void add(final long ack, final long position) {
        if (ack > position) {
            merged[mergedCount++] = ack;
        }
    }
}
