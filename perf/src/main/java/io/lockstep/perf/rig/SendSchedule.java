package io.lockstep.perf.rig;

/**
 * When each message is meant to be sent: evenly, and known before the run, so that a system that stalls cannot slow the
 * load down and hide its stall. Immutable.
 *
 * @param startNs       of message 0, on the clock of the run.
 * @param ratePerSecond messages a second.
 */
record SendSchedule(long startNs, long ratePerSecond) {
    static final long NS_PER_SECOND = 1_000_000_000L;

    /** Checks the arguments. */
    SendSchedule {
        if (ratePerSecond < 1 || ratePerSecond > 100_000_000L) {
            throw new IllegalArgumentException(
                    "a rate is 1 to 100000000 messages a second, but " + ratePerSecond + " is asked for");
        }
    }

    /**
     * When a message is due.
     *
     * @param index of the message, from 0.
     * @return the time in nanoseconds, rounded down and without accumulated error.
     */
    long dueNs(final long index) {
        final long seconds = index / ratePerSecond;
        final long rest = index % ratePerSecond;
        return startNs + seconds * NS_PER_SECOND + rest * NS_PER_SECOND / ratePerSecond;
    }

    /**
     * How many messages are due within a time.
     *
     * @param durationNs of the time, from the start.
     * @return the number of messages whose time is before its end.
     */
    long countWithin(final long durationNs) {
        final long seconds = durationNs / NS_PER_SECOND;
        final long restNs = durationNs % NS_PER_SECOND;
        // Rounded up: message 0 is due at the very start.
        return seconds * ratePerSecond + (restNs * ratePerSecond + NS_PER_SECOND - 1) / NS_PER_SECOND;
    }
}
