package io.lockstep.archive.replay;

import io.lockstep.wire.JournalFormat;

/**
 * Bisects a journal for a time. No record crosses a term, so a record begins at each term's start; the search looks at
 * the first record of a few terms and ends with the last term whose first record is older than the time. It takes at
 * most as many looks as the number of terms has bits. Pure.
 */
final class TimeSearch {
    private final long timestampNs;
    private long startPosition;
    private long lowTerm;
    private long highTerm;

    TimeSearch(final long timestampNs) {
        this.timestampNs = timestampNs;
    }

    /**
     * Begins a search.
     *
     * @param newStartPosition where the journal begins.
     * @param endPosition      where it ends.
     */
    void begin(final long newStartPosition, final long endPosition) {
        startPosition = newStartPosition;
        // The answer is a term from lowTerm to highTerm, both included; the first one needs no look.
        lowTerm = newStartPosition / JournalFormat.TERM_LENGTH;
        highTerm = Math.max(lowTerm, (endPosition - 1) / JournalFormat.TERM_LENGTH);
    }

    boolean isDone() {
        return lowTerm >= highTerm;
    }

    /**
     * Where to look at a record.
     *
     * @return a position where a term begins.
     */
    long probePosition() {
        return probeTerm() * JournalFormat.TERM_LENGTH;
    }

    /**
     * What the look showed.
     *
     * @param firstTimestampNs of the first record at {@link #probePosition()}.
     */
    void onTimestamp(final long firstTimestampNs) {
        if (firstTimestampNs < timestampNs) {
            lowTerm = probeTerm();
        } else {
            onNothing();
        }
    }

    /** There was no record at {@link #probePosition()}. */
    void onNothing() {
        highTerm = probeTerm() - 1;
    }

    /**
     * Where to begin reading; records older than the time are to be skipped.
     *
     * @return a position where a record begins.
     */
    long position() {
        return Math.max(startPosition, lowTerm * JournalFormat.TERM_LENGTH);
    }

    long timestampNs() {
        return timestampNs;
    }

    private long probeTerm() {
        return lowTerm + (highTerm - lowTerm + 1) / 2;
    }
}
