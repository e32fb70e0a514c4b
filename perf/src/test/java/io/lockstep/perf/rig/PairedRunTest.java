package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class PairedRunTest {
    private static final List<String> NAMES = List.of("a", "b");
    private static final LoadPlan PLAN = LoadPlan.scheduled(1_000, 100, 0, TimeUnit.SECONDS.toNanos(1));

    @Test
    void shouldTakeTurnsInWhoBeginsWhenThereAreSeveralTurns() {
        final PairedRun run = new PairedRun(NAMES, 3);

        run.run(name -> result(100, 1_000, 0));

        assertEquals(
                List.of("a", "b", "b", "a", "a", "b"),
                run.halves().stream().map(PairedRun.Half::name).toList());
    }

    @Test
    void shouldDivideTurnByTurnWhenAskedForRatios() {
        final Map<String, Deque<Integer>> medians =
                Map.of("a", new ArrayDeque<>(List.of(300, 400)), "b", new ArrayDeque<>(List.of(200, 200)));
        final PairedRun run = new PairedRun(NAMES, 2);

        run.run(name -> result(medians.get(name).remove(), 1_000, 0));

        assertArrayEquals(new double[] {1.5, 2.0}, run.ratios("a", "b", 50), 1e-9);
        assertEquals("", run.failure());
    }

    @Test
    void shouldRepeatATurnInWhichASystemMissedItsRateWhenThereAreFewOfThem() {
        final Deque<Integer> rates = new ArrayDeque<>(List.of(1_000, 500));
        final PairedRun run = new PairedRun(NAMES, 5);

        run.run(name -> result(100, rates.isEmpty() ? 1_000 : rates.remove(), 0));

        assertEquals(5, run.keptTurnCount());
        assertEquals(1, run.discardedCount());
        assertEquals(12, run.halves().size());
        assertEquals("", run.failure());
    }

    @Test
    void shouldFailTheWholeRunWhenTheRateIsMissedTooOften() {
        final PairedRun run = new PairedRun(NAMES, 5);

        run.run(name -> result(100, 500, 0));

        assertEquals(
                "a: only 500 of 1000 messages a second could be sent",
                run.failure().replace("b:", "a:"));
        assertEquals(0, run.keptTurnCount());
    }

    @Test
    void shouldFailTheWholeRunAtOnceWhenAMessageIsLost() {
        final PairedRun run = new PairedRun(NAMES, 5);

        run.run(name -> result(100, 1_000, 1));

        assertEquals("a: 1 lost, 0 duplicated, 0 reordered", run.failure());
        assertEquals(1, run.halves().size());
    }

    @Test
    void shouldRefuseToRunWithoutATurn() {
        assertThrows(IllegalArgumentException.class, () -> new PairedRun(NAMES, 0));
    }

    private static LoadResult result(final long latencyNs, final double ratePerSecond, final long lostCount) {
        final Histogram histogram = new Histogram(3);
        histogram.recordValue(latencyNs);
        return new LoadResult(PLAN, histogram, 1, ratePerSecond, ratePerSecond, lostCount, 0, 0, null);
    }
}
