package io.lockstep.perf.rig;

import java.util.Arrays;
import java.util.Random;

/** Medians and intervals of few values. Pure. */
final class Statistics {
    private static final int RESAMPLES = 10_000;
    private static final double LOW_PERCENTILE = 2.5;
    private static final double HIGH_PERCENTILE = 97.5;

    private Statistics() {}

    /**
     * A median with the interval in which it lies with 95 % confidence.
     *
     * @param median of the values.
     * @param low    end of the interval.
     * @param high   end of the interval.
     */
    record Estimate(double median, double low, double high) {}

    /**
     * The middle value, or the mean of the two middle ones.
     *
     * @param values in any order, at least one; unchanged.
     * @return the median.
     */
    static double median(final double[] values) {
        final double[] sorted = sorted(values);
        final int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }

    /**
     * A percentile by the nearest rank.
     *
     * @param values     in any order, at least one; unchanged.
     * @param percentile from 0 to 100.
     * @return the smallest value that is not exceeded by that share of the values.
     */
    static double percentile(final double[] values, final double percentile) {
        if (percentile < 0 || percentile > 100) {
            throw new IllegalArgumentException("a percentile is 0 to 100, but " + percentile + " is asked for");
        }
        final double[] sorted = sorted(values);
        final int rank = (int) Math.ceil(percentile / 100 * sorted.length);
        return sorted[Math.max(0, rank - 1)];
    }

    /**
     * Estimates the median by the percentile bootstrap.
     *
     * @param values one for each pair, at least one; unchanged.
     * @param seed   of the resampling: the same values and seed give the same interval.
     * @return the estimate.
     */
    static Estimate medianWithInterval(final double[] values, final long seed) {
        final double median = median(values);
        final Random random = new Random(seed);
        final double[] medians = new double[RESAMPLES];
        final double[] sample = new double[values.length];
        for (int i = 0; i < RESAMPLES; i++) {
            for (int j = 0; j < sample.length; j++) {
                sample[j] = values[random.nextInt(values.length)];
            }
            medians[i] = median(sample);
        }
        return new Estimate(median, percentile(medians, LOW_PERCENTILE), percentile(medians, HIGH_PERCENTILE));
    }

    private static double[] sorted(final double[] values) {
        if (values.length == 0) {
            throw new IllegalArgumentException("statistics need at least one value");
        }
        final double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted;
    }
}
