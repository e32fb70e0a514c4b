package io.lockstep.client;

/**
 * Where a subscriber begins in a shard's journal. Immutable.
 *
 * @param kind  how the value is meant.
 * @param value a position in bytes or a time in nanoseconds since 1970; 0 where the kind needs none.
 */
public record StartPosition(Kind kind, long value) {
    /** How the value of a start is meant. */
    public enum Kind {
        /** The first record that is still there. */
        START,
        /** What is accepted from now on. */
        LIVE,
        /** A position: the end of the last record that was consumed. */
        POSITION,
        /** The first record at or after a time. */
        TIME
    }

    private static final StartPosition START = new StartPosition(Kind.START, 0);
    private static final StartPosition LIVE = new StartPosition(Kind.LIVE, 0);

    /** Checks the arguments. */
    public StartPosition {
        if (kind == null || value < 0) {
            throw new IllegalArgumentException("not a start position: " + kind + " " + value);
        }
    }

    /**
     * The first record that is still there.
     *
     * @return the start.
     */
    public static StartPosition start() {
        return START;
    }

    /**
     * What is accepted from now on.
     *
     * @return the start.
     */
    public static StartPosition live() {
        return LIVE;
    }

    /**
     * Behind what was consumed before.
     *
     * @param position as {@link Message#position()} or {@link Subscriber#position} said; 0 is the start of the journal.
     * @return the start.
     */
    public static StartPosition position(final long position) {
        return new StartPosition(Kind.POSITION, position);
    }

    /**
     * The first record at or after a time.
     *
     * @param timestampNs nanoseconds since 1970-01-01T00:00:00Z of the cluster clock.
     * @return the start.
     */
    public static StartPosition time(final long timestampNs) {
        return new StartPosition(Kind.TIME, timestampNs);
    }
}
