package io.lockstep.perf.rig;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.HdrHistogram.Histogram;

/**
 * Runs systems in turns, so that whatever else the machine does meets all of them, and keeps what may be quoted. Which
 * system begins changes from turn to turn. A turn in which a system missed its rate is printed, not used, and repeated,
 * up to a fifth of the turns; more, or a message that is not accounted for, fails the whole run.
 */
final class PairedRun {
    /** What one system gave in one turn. */
    record Half(int turn, String name, LoadResult result) {}

    private final List<String> names;
    private final int turnCount;
    private final List<Half> halves = new ArrayList<>();
    private final Map<String, List<LoadResult>> kept = new LinkedHashMap<>();
    private int discardedCount;
    private String failure = "";

    PairedRun(final List<String> names, final int turnCount) {
        if (turnCount < 1) {
            throw new IllegalArgumentException("a run has at least 1 turn, but " + turnCount + " are asked for");
        }
        this.names = List.copyOf(names);
        this.turnCount = turnCount;
        this.names.forEach(name -> kept.put(name, new ArrayList<>()));
    }

    /** Runs all turns; {@code measure} runs one system by its name. */
    void run(final Function<String, LoadResult> measure) {
        int turn = 0;
        while (keptTurnCount() < turnCount && failure.isEmpty()) {
            turn++;
            final Map<String, LoadResult> results = new LinkedHashMap<>();
            for (int i = 0; i < names.size() && failure.isEmpty(); i++) {
                final String name = names.get((i + turn - 1) % names.size());
                final LoadResult result = measure.apply(name);
                halves.add(new Half(turn, name, result));
                results.put(name, result);
                if (result.isUnsafe()) {
                    failure = name + ": " + result.failure();
                }
            }
            if (failure.isEmpty()) {
                keep(results);
            }
        }
    }

    private void keep(final Map<String, LoadResult> results) {
        for (final Map.Entry<String, LoadResult> entry : results.entrySet()) {
            if (entry.getValue().isFailed()) {
                discardedCount++;
                if (discardedCount > turnCount / 5) {
                    failure = entry.getKey() + ": " + entry.getValue().failure();
                }
                return;
            }
        }
        results.forEach((name, result) -> kept.get(name).add(result));
    }

    /** Everything that was measured, also what may not be quoted. */
    List<Half> halves() {
        return halves;
    }

    /** What may be quoted of one system, one result for each turn. */
    List<LoadResult> kept(final String name) {
        return kept.get(name);
    }

    int keptTurnCount() {
        return kept.get(names.get(0)).size();
    }

    int discardedCount() {
        return discardedCount;
    }

    /** Why the run may not be quoted at all; empty where it may. */
    String failure() {
        return failure;
    }

    /** All kept histograms of one system together. */
    Histogram histogram(final String name) {
        final Histogram sum = new Histogram(3);
        kept(name).forEach(result -> sum.add(result.histogram()));
        return sum;
    }

    /** The ratio of a percentile of two systems, turn by turn. */
    double[] ratios(final String numerator, final String denominator, final double percentile) {
        final double[] ratios = new double[keptTurnCount()];
        for (int i = 0; i < ratios.length; i++) {
            ratios[i] = kept(numerator).get(i).histogram().getValueAtPercentile(percentile)
                    / (double) kept(denominator).get(i).histogram().getValueAtPercentile(percentile);
        }
        return ratios;
    }
}
