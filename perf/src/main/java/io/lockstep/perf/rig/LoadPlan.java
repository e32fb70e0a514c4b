package io.lockstep.perf.rig;

import java.util.concurrent.TimeUnit;

/**
 * What a run offers. Immutable.
 *
 * @param ratePerSecond messages a second.
 * @param lengthBytes   of each payload.
 * @param warmUpNs      time of which nothing is recorded.
 * @param measureNs     time that is recorded.
 * @param drainNs       how long to wait for the last messages after the last was sent.
 * @param maxInFlight   most messages on their way at once; what is held back still counts from its scheduled time.
 * @param isScheduled   true: each message has its time. False: each is sent as soon as {@code maxInFlight} allows.
 */
record LoadPlan(
        long ratePerSecond,
        int lengthBytes,
        long warmUpNs,
        long measureNs,
        long drainNs,
        int maxInFlight,
        boolean isScheduled) {

    static final int MAX_LENGTH = 64 * 1024;
    private static final long DRAIN_NS = TimeUnit.SECONDS.toNanos(20);

    // The highest rate is one that is held: long enough that every process has compiled its code, and that the disk,
    // not
    // only its cache, takes what is written.
    private static final long HIGHEST_WARM_UP_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long HIGHEST_NS = TimeUnit.SECONDS.toNanos(30);
    private static final int HIGHEST_IN_FLIGHT = 10_000;

    /** Checks the arguments. */
    LoadPlan {
        if (lengthBytes < LoadPayload.MIN_LENGTH || lengthBytes > MAX_LENGTH) {
            throw new IllegalArgumentException("a payload has " + LoadPayload.MIN_LENGTH + " to " + MAX_LENGTH
                    + " bytes, because it carries its run, number and time, but " + lengthBytes + " is asked for");
        }
        if (warmUpNs < 0 || measureNs <= 0 || drainNs <= 0) {
            throw new IllegalArgumentException("a run measures and drains for more than nothing, but warm-up is "
                    + warmUpNs + " ns, measuring " + measureNs + " ns, draining " + drainNs + " ns");
        }
        if (maxInFlight < 1) {
            throw new IllegalArgumentException("at least 1 message must be in flight, but " + maxInFlight + " may");
        }
    }

    /**
     * A plan for latency: by schedule.
     *
     * @param ratePerSecond messages a second.
     * @param lengthBytes   of each payload.
     * @param warmUpNs      time of which nothing is recorded.
     * @param measureNs     time that is recorded.
     * @return the plan.
     */
    static LoadPlan scheduled(
            final long ratePerSecond, final int lengthBytes, final long warmUpNs, final long measureNs) {
        return new LoadPlan(ratePerSecond, lengthBytes, warmUpNs, measureNs, DRAIN_NS, Integer.MAX_VALUE, true);
    }

    /**
     * A plan for throughput: as fast as a number in flight allows.
     *
     * @param maxInFlight most messages on their way at once.
     * @param lengthBytes of each payload.
     * @param warmUpNs    time of which nothing is recorded.
     * @param measureNs   time that is recorded.
     * @return the plan.
     */
    static LoadPlan saturating(
            final int maxInFlight, final int lengthBytes, final long warmUpNs, final long measureNs) {
        return new LoadPlan(1, lengthBytes, warmUpNs, measureNs, DRAIN_NS, maxInFlight, false);
    }

    /**
     * The plan that finds the highest rate which a system holds from end to end, for runs at a share of it.
     *
     * @param lengthBytes of each payload.
     * @return the plan.
     */
    static LoadPlan highestRate(final int lengthBytes) {
        return saturating(HIGHEST_IN_FLIGHT, lengthBytes, HIGHEST_WARM_UP_NS, HIGHEST_NS);
    }
}
