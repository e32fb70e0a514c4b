package io.lockstep.testkit.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.lockstep.testkit.compare.Comparison;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Result of {@code demo}. Of several consumers, the worst counts. What came altered counts as lost, and what was never
 * sent as duplicated.
 */
record DemoReport(List<Comparison> comparisons, JournalCheck journals, double failoverMs, Histogram latency) {
    private static final double MEDIAN = 50;
    private static final double NS_PER_US = 1_000;

    long published() {
        return comparisons.stream().mapToLong(Comparison::published).max().orElse(0);
    }

    long delivered() {
        return comparisons.stream().mapToLong(Comparison::delivered).min().orElse(0);
    }

    long lost() {
        return comparisons.stream().mapToLong(Comparison::lost).max().orElse(0);
    }

    long duplicated() {
        return comparisons.stream()
                .mapToLong(comparison -> comparison.duplicated() + comparison.unexpected())
                .max()
                .orElse(0);
    }

    long reordered() {
        return comparisons.stream().mapToLong(Comparison::reordered).max().orElse(0);
    }

    boolean isGood() {
        return published() > 0
                && comparisons.stream().allMatch(Comparison::isClean)
                && journals.isIdentical()
                && failoverMs >= 0;
    }

    ObjectNode json() {
        final ObjectNode result = new ObjectMapper().createObjectNode();
        result.put("published", published())
                .put("delivered", delivered())
                .put("lost", lost())
                .put("duplicated", duplicated())
                .put("reordered", reordered())
                .put("journalsIdentical", journals.isIdentical())
                .put("failoverMs", rounded(failoverMs));
        result.putObject("latencyUs")
                .put("p50", percentileUs(MEDIAN))
                .put("p99", percentileUs(99))
                .put("p999", percentileUs(99.9))
                .put("max", rounded(latency.getMaxValue() / NS_PER_US));
        return result;
    }

    List<String> lines() {
        return List.of(
                "published        " + published() + " messages, all acknowledged",
                "delivered        " + delivered() + " to each of " + comparisons.size()
                        + " consumers at different nodes",
                "lost             " + lost(),
                "duplicated       " + duplicated(),
                "reordered        " + reordered(),
                "journals         " + journals.sentence(),
                "fail-over gap    " + rounded(failoverMs)
                        + " ms from the last ack before kill -9 to the first one after",
                "latency          p50 " + percentileUs(MEDIAN) + " us, p99 " + percentileUs(99) + " us, p99.9 "
                        + percentileUs(99.9) + " us, max " + rounded(latency.getMaxValue() / NS_PER_US)
                        + " us, from due to delivered, the fail-over included");
    }

    private double percentileUs(final double percentile) {
        return rounded(latency.getValueAtPercentile(percentile) / NS_PER_US);
    }

    private static double rounded(final double value) {
        return Math.round(value * 10) / 10.0;
    }
}
