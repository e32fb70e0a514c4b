package io.lockstep.cluster.core;

/**
 * A rate limit with one second of burst, in cluster time. What is taken while anything is left is taken whole, and what it
 * takes too much is owed. So a command that is larger than the burst gets through, and what is taken in any time is at most
 * the rate times that time and one second more, and one command. Exact: fractions of a nanosecond are kept.
 */
final class TokenBucket {
    /** How long a bucket that was not used takes to be emptied at its rate. */
    static final long BURST_NS = 1_000_000_000L;

    private static final long SECOND_NS = 1_000_000_000L;

    // When the bucket is full again: this many nanoseconds and remainder / rate of one.
    private long filledNs;
    private long remainder;

    /** How long nothing more is taken; 0 where something is left. */
    long retryAfterNs(final long nowNs) {
        return Math.max(0, filledNs - nowNs - BURST_NS + 1);
    }

    void take(final long nowNs, final long amount, final long rate) {
        if (filledNs < nowNs) {
            filledNs = nowNs;
            remainder = 0;
        }
        final long owed = amount * SECOND_NS + remainder;
        filledNs += owed / rate;
        remainder = owed % rate;
    }

    void reset() {
        filledNs = 0;
        remainder = 0;
    }

    void restore(final long restoredFilledNs, final long restoredRemainder) {
        filledNs = restoredFilledNs;
        remainder = restoredRemainder;
    }

    long filledNs() {
        return filledNs;
    }

    long remainder() {
        return remainder;
    }
}
