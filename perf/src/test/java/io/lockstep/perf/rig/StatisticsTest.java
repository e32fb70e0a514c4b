package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StatisticsTest {
    @Test
    void shouldTakeTheMiddleValueOrTheMeanOfTheTwoMiddleOnesWhenAskedForTheMedian() {
        assertEquals(2, Statistics.median(new double[] {3, 1, 2}));
        assertEquals(2.5, Statistics.median(new double[] {4, 1, 3, 2}));
    }

    @Test
    void shouldTakeTheNearestRankWhenAskedForAPercentile() {
        final double[] values = {10, 20, 30, 40, 50};

        assertEquals(10, Statistics.percentile(values, 0));
        assertEquals(30, Statistics.percentile(values, 50));
        assertEquals(50, Statistics.percentile(values, 99));
        assertEquals(50, Statistics.percentile(values, 100));
    }

    @Test
    void shouldGiveTheSameIntervalAroundTheMedianWhenTheSeedIsTheSame() {
        final double[] values = {1.1, 1.2, 1.3, 1.2, 1.4, 1.0, 1.25, 1.15, 1.35, 1.22};

        final Statistics.Estimate first = Statistics.medianWithInterval(values, 7);
        final Statistics.Estimate second = Statistics.medianWithInterval(values, 7);

        assertEquals(first, second);
        assertEquals(1.21, first.median(), 1e-9);
        assertTrue(first.low() >= 1.0 && first.low() <= first.median(), first.toString());
        assertTrue(first.high() <= 1.4 && first.high() >= first.median(), first.toString());
    }

    @Test
    void shouldGiveAnIntervalOfOnePointWhenAllValuesAreEqual() {
        assertEquals(new Statistics.Estimate(2, 2, 2), Statistics.medianWithInterval(new double[] {2, 2, 2}, 1));
    }

    @Test
    void shouldLeaveTheValuesAsTheyAreWhenComputing() {
        final double[] values = {3, 1, 2};

        Statistics.medianWithInterval(values, 1);

        assertArrayEquals(new double[] {3, 1, 2}, values);
    }

    @Test
    void shouldRefuseToSayAnythingAboutNoValues() {
        assertThrows(IllegalArgumentException.class, () -> Statistics.median(new double[0]));
    }
}
