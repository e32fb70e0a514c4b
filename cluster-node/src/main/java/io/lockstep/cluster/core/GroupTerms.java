package io.lockstep.cluster.core;

/**
 * How long members may keep messages, and what becomes of those that were not done.
 *
 * @param ackTimeoutNs how long a member may keep a message.
 * @param minDelayNs   delay before the second attempt.
 * @param maxDelayNs   greatest delay before another attempt.
 * @param maxAttempts  after how many attempts a message is given up; 0: never.
 */
record GroupTerms(long ackTimeoutNs, long minDelayNs, long maxDelayNs, int maxAttempts) {
    /** Least time for a member. */
    static final long MIN_TIMEOUT_NS = 1_000_000_000L;

    /** Greatest time for a member, and greatest delay. */
    static final long MAX_TIMEOUT_NS = 12 * 3_600_000_000_000L;

    /** Greatest number of attempts. */
    static final int MAX_ATTEMPTS = 1_000;

    static boolean isDelay(final long delayNs) {
        return delayNs >= 0 && delayNs <= MAX_TIMEOUT_NS;
    }

    static boolean isTimeout(final long timeoutNs) {
        return timeoutNs >= MIN_TIMEOUT_NS && timeoutNs <= MAX_TIMEOUT_NS;
    }

    boolean isValid() {
        return isTimeout(ackTimeoutNs)
                && isDelay(minDelayNs)
                && isDelay(maxDelayNs)
                && minDelayNs <= maxDelayNs
                && maxAttempts >= 0
                && maxAttempts <= MAX_ATTEMPTS;
    }

    boolean isLastAttempt(final int attempts) {
        return maxAttempts > 0 && attempts >= maxAttempts;
    }

    /** Delay after a number of attempts, from 1: doubles with each, up to the greatest. */
    long delayAfter(final int attempts) {
        final int doublings = Math.min(attempts - 1, Long.SIZE - 1);
        return minDelayNs > (maxDelayNs >> doublings) ? maxDelayNs : minDelayNs << doublings;
    }
}
