package io.lockstep.gateway.session;

/**
 * How many sessions a gateway opens in the cluster at once. Immutable.
 *
 * @param maxOpening greatest number of sessions that are being opened; others wait for their turn.
 * @param timeoutNs  how long one waits before it is refused.
 */
public record OpeningLimits(int maxOpening, long timeoutNs) {
    /** Checks the arguments. */
    public OpeningLimits {
        if (maxOpening < 1 || timeoutNs < 1) {
            throw new IllegalArgumentException(
                    "at least one session is opened at once, and one waits for some time, but they" + " are "
                            + maxOpening + " and " + timeoutNs + " ns");
        }
    }
}
