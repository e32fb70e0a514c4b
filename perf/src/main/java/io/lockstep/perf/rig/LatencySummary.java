package io.lockstep.perf.rig;

import java.util.LinkedHashMap;
import java.util.Map;
import org.HdrHistogram.Histogram;

/**
 * Percentiles of a histogram, in microseconds.
 *
 * @param p50  the median.
 * @param p99  99 % are not greater.
 * @param p999 99.9 % are not greater.
 * @param max  the greatest.
 */
record LatencySummary(double p50, double p99, double p999, double max) {
    private static final double NS_PER_US = 1_000.0;

    static LatencySummary of(final Histogram histogram) {
        return new LatencySummary(
                histogram.getValueAtPercentile(50) / NS_PER_US,
                histogram.getValueAtPercentile(99) / NS_PER_US,
                histogram.getValueAtPercentile(99.9) / NS_PER_US,
                histogram.getMaxValue() / NS_PER_US);
    }

    /** As the value of {@code latencyUs} in JSON. */
    Map<String, Object> toJson() {
        final Map<String, Object> json = new LinkedHashMap<>();
        json.put("p50", Json.rounded(p50));
        json.put("p99", Json.rounded(p99));
        json.put("p999", Json.rounded(p999));
        json.put("max", Json.rounded(max));
        return json;
    }
}
