package io.lockstep.archive.history;

/**
 * A sparse list of places in a journal: positions where a record begins, each with the timestamp of that record. Both
 * rise from mark to mark (timestamps may stay). The searches are bisections.
 */
public interface JournalMarks {
    /**
     * Number of marks.
     *
     * @return the count.
     */
    long markCount();

    /**
     * Position of a mark.
     *
     * @param index from 0.
     * @return where its record begins.
     */
    long markPosition(long index);

    /**
     * Timestamp of a mark.
     *
     * @param index from 0.
     * @return that of its record, in nanoseconds.
     */
    long markTimestampNs(long index);

    /**
     * Finds the last mark at or below a position.
     *
     * @param position in the journal.
     * @return its index, or -1.
     */
    default long lastAtOrBelow(final long position) {
        long low = -1;
        long high = markCount() - 1;
        while (low < high) {
            final long middle = low + (high - low + 1) / 2;
            if (markPosition(middle) <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /**
     * Finds the last mark whose record is older than a time.
     *
     * @param timestampNs in nanoseconds.
     * @return its index, or -1.
     */
    default long lastOlderThan(final long timestampNs) {
        long low = -1;
        long high = markCount() - 1;
        while (low < high) {
            final long middle = low + (high - low + 1) / 2;
            if (markTimestampNs(middle) < timestampNs) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }
}
