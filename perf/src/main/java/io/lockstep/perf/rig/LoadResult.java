package io.lockstep.perf.rig;

import java.util.Objects;
import org.HdrHistogram.Histogram;

/**
 * What a run gave.
 *
 * @param plan                  of the run.
 * @param histogram             of the measured messages, in nanoseconds from the scheduled time to the arrival.
 * @param measuredCount         number of messages that were measured.
 * @param achievedRatePerSecond of sending, over the measured time.
 * @param arrivalRatePerSecond  of arriving, over the measured time.
 * @param lostCount             messages that the system took and that did not arrive, warm-up included.
 * @param duplicatedCount       arrivals beyond the first.
 * @param reorderedCount        arrivals behind a later message.
 * @param fault                 what the target reported, or null.
 */
record LoadResult(
        LoadPlan plan,
        Histogram histogram,
        long measuredCount,
        double achievedRatePerSecond,
        double arrivalRatePerSecond,
        long lostCount,
        long duplicatedCount,
        long reorderedCount,
        String fault) {

    /** Share of the rate that must be achieved. A run of 4 s may end 40 ms late. */
    static final double MIN_RATE_SHARE = 0.99;

    /** Checks the arguments. */
    LoadResult {
        Objects.requireNonNull(plan, "plan");
        Objects.requireNonNull(histogram, "histogram");
    }

    /** Whether the load could not be offered at its rate. */
    boolean hasMissedRate() {
        return plan.isScheduled() && achievedRatePerSecond < plan.ratePerSecond() * MIN_RATE_SHARE;
    }

    /** Whether a message is not accounted for exactly once and in order, or the target reported a fault. */
    boolean isUnsafe() {
        return lostCount != 0 || duplicatedCount != 0 || reorderedCount != 0 || fault != null;
    }

    /** Whether the run must not be quoted. */
    boolean isFailed() {
        return isUnsafe() || hasMissedRate();
    }

    /** Why the run failed, as a sentence; empty where it did not. */
    String failure() {
        if (fault != null) {
            return fault;
        }
        if (isUnsafe()) {
            return lostCount + " lost, " + duplicatedCount + " duplicated, " + reorderedCount + " reordered";
        }
        if (hasMissedRate()) {
            return String.format(
                    java.util.Locale.ROOT,
                    "only %.0f of %d messages a second could be sent",
                    achievedRatePerSecond,
                    plan.ratePerSecond());
        }
        return "";
    }

    LatencySummary latency() {
        return LatencySummary.of(histogram);
    }
}
