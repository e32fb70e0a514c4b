package io.lockstep.archive.history;

/**
 * Decides how far the first readable position of a journal may move up. It moves only to marks, so always to where a
 * record begins, and never down. Both limits apply: what is beyond either may go. Pure.
 *
 * @param retentionBytes how much of the journal to keep at least, or 0 for all.
 * @param retentionAgeNs how old a record may become before it may go, or 0 for any age.
 */
public record RetentionDecision(long retentionBytes, long retentionAgeNs) {
    /** Checks the arguments. */
    public RetentionDecision {
        if (retentionBytes < 0 || retentionAgeNs < 0) {
            throw new IllegalArgumentException(
                    "retention is not negative, but it is " + retentionBytes + " bytes, " + retentionAgeNs + " ns");
        }
    }

    /**
     * The new first readable position.
     *
     * @param marks                 of the journal.
     * @param firstReadablePosition as it is now.
     * @param endPosition           end of the journal.
     * @param nowNs                 cluster time.
     * @param heldPosition          the lowest position that somebody may hold back, or {@link Long#MAX_VALUE}.
     * @return the position, at least the one now.
     */
    public long firstReadablePosition(
            final JournalMarks marks,
            final long firstReadablePosition,
            final long endPosition,
            final long nowNs,
            final long heldPosition) {
        long target = firstReadablePosition;
        if (retentionBytes > 0) {
            target = Math.max(target, position(marks, marks.lastAtOrBelow(endPosition - retentionBytes)));
        }
        if (retentionAgeNs > 0) {
            // Every record in front of the mark is at most as young as the mark, and that one is old enough.
            target = Math.max(target, position(marks, marks.lastOlderThan(nowNs - retentionAgeNs)));
        }
        if (target > heldPosition) {
            target = Math.max(firstReadablePosition, position(marks, marks.lastAtOrBelow(heldPosition)));
        }
        return target;
    }

    /**
     * How far a cursor may hold back: up to twice of what is kept, so that one that nobody moves fills no disk.
     *
     * @param marks                 of the journal.
     * @param firstReadablePosition as it is now.
     * @param endPosition           end of the journal.
     * @param nowNs                 cluster time.
     * @param cursorPosition        the lowest position that somebody wants to hold, or {@link Long#MAX_VALUE}.
     * @return the position that is held.
     */
    public long boundedHold(
            final JournalMarks marks,
            final long firstReadablePosition,
            final long endPosition,
            final long nowNs,
            final long cursorPosition) {
        final long hardLimit = new RetentionDecision(twice(retentionBytes), twice(retentionAgeNs))
                .firstReadablePosition(marks, firstReadablePosition, endPosition, nowNs, Long.MAX_VALUE);
        return Math.max(cursorPosition, hardLimit);
    }

    private static long twice(final long value) {
        return value > Long.MAX_VALUE / 2 ? Long.MAX_VALUE : 2 * value;
    }

    private static long position(final JournalMarks marks, final long index) {
        return index < 0 ? Long.MIN_VALUE : marks.markPosition(index);
    }
}
