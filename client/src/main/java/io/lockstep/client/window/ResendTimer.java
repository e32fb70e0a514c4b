package io.lockstep.client.window;

/**
 * Decides when what is not answered is sent again: after an interval without progress, which doubles with jitter up to
 * eight times its first length, and is back at its first length after progress. The jitter comes from a seed, so that a
 * run can be repeated.
 */
public final class ResendTimer {
    private static final int MAX_FACTOR = 8;

    private final long firstIntervalNs;
    private long intervalNs;
    private long startNs;
    private long random;

    /**
     * A timer that is due one interval after its first {@link #onProgress}.
     *
     * @param firstIntervalNs above 0.
     * @param seed            of the jitter.
     */
    public ResendTimer(final long firstIntervalNs, final long seed) {
        this.firstIntervalNs = firstIntervalNs;
        this.intervalNs = firstIntervalNs;
        this.random = seed == 0 ? 1 : seed;
    }

    /**
     * Begins anew with the first interval.
     *
     * @param nowNs time.
     */
    public void onProgress(final long nowNs) {
        intervalNs = firstIntervalNs;
        startNs = nowNs;
    }

    /**
     * Whether the interval is over.
     *
     * @param nowNs time.
     * @return true if so.
     */
    public boolean isDue(final long nowNs) {
        return nowNs - startNs >= intervalNs;
    }

    /**
     * Begins the next, longer interval.
     *
     * @param nowNs time.
     */
    public void backOff(final long nowNs) {
        startNs = nowNs;
        final long doubled = Math.min(intervalNs * 2, firstIntervalNs * MAX_FACTOR);
        // Up to a quarter of jitter keeps the producers of a cluster from resending in step after an outage.
        intervalNs = doubled - (nextRandom() >>> 1) % (doubled / 4 + 1);
    }

    // Xorshift (Marsaglia 2003): the state is never 0.
    private long nextRandom() {
        random ^= random << 13;
        random ^= random >>> 7;
        random ^= random << 17;
        return random;
    }
}
