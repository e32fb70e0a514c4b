package io.lockstep.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * How much a counter grew in a minute, as averages over the last 1, 5 and 15 minutes in which older samples fade, like the
 * load averages of Unix. Belongs to one thread.
 */
public final class LoadAverage {
    /** Lengths of the averages, in minutes. */
    private static final int[] PERIODS = {1, 5, 15};

    private final double[] averages = new double[PERIODS.length];
    private long lastTotal;

    /** All zero. */
    public LoadAverage() {}

    /**
     * Number of averages.
     *
     * @return 3.
     */
    public static int periodCount() {
        return PERIODS.length;
    }

    /**
     * Length of an average.
     *
     * @param index from 0 to {@link #periodCount()}.
     * @return in minutes.
     */
    public static int periodMinutes(final int index) {
        return PERIODS[index];
    }

    /**
     * Takes a sample.
     *
     * @param total     the counter, which never falls.
     * @param elapsedNs since the last sample, above 0.
     */
    public void onSample(final long total, final long elapsedNs) {
        final double minutes = (double) elapsedNs / TimeUnit.MINUTES.toNanos(1);
        final double perMinute = (total - lastTotal) / minutes;
        lastTotal = total;
        for (int i = 0; i < averages.length; i++) {
            averages[i] = perMinute + Math.exp(-minutes / PERIODS[i]) * (averages[i] - perMinute);
        }
    }

    /**
     * An average.
     *
     * @param index from 0 to {@link #periodCount()}.
     * @return growth in a minute.
     */
    public double average(final int index) {
        return averages[index];
    }
}
