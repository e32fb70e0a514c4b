package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
    private static final long STEP_NS = 10_000;
    private static final long LATENCY_NS = 200_000;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long RUN_ID = 5;

    private final VirtualClock clock = new VirtualClock(STEP_NS);

    @Test
    void shouldMeasureOnlyWhatComesAfterWarmUpWhenTheSystemKeepsUp() {
        final LoadResult result = run(new FakeTarget(clock, LATENCY_NS), 1_000);

        assertEquals(1_000, result.measuredCount());
        assertEquals(1_000, result.histogram().getTotalCount());
        assertNear(LATENCY_NS, result.histogram().getValueAtPercentile(50), 2 * STEP_NS);
        assertFalse(result.isFailed(), result.failure());
    }

    @Test
    void shouldCountTheWholeStallWhenTheSystemRefusesForAWhile() {
        final long stallFromNs = SECOND_NS + SECOND_NS / 2;
        final long stallNs = SECOND_NS / 10;
        final FakeTarget target = new FakeTarget(clock, LATENCY_NS).refuseBetween(stallFromNs, stallFromNs + stallNs);

        final LoadResult result = run(target, 1_000);

        assertNear(stallNs + LATENCY_NS, result.histogram().getMaxValue(), stallNs / 50);
        assertNear(stallNs / 2, result.histogram().getValueAtPercentile(95), stallNs / 20);
        assertEquals(1_000, result.measuredCount());
        assertFalse(result.isFailed(), result.failure());
    }

    @Test
    void shouldFailTheRunWhenTheRateCannotBeSent() {
        final FakeTarget target = new FakeTarget(clock, LATENCY_NS).refuseBetween(SECOND_NS, 3 * SECOND_NS);

        final LoadResult result = run(target, 1_000);

        assertTrue(result.hasMissedRate(), Double.toString(result.achievedRatePerSecond()));
        assertTrue(result.isFailed());
    }

    @Test
    void shouldFailTheRunWhenAMessageIsLost() {
        final LoadResult result = run(new FakeTarget(clock, LATENCY_NS).drop(1_500), 1_000);

        assertEquals(1, result.lostCount());
        assertEquals("1 lost, 0 duplicated, 0 reordered", result.failure());
    }

    @Test
    void shouldFailTheRunWhenAMessageComesTwice() {
        final LoadResult result = run(new FakeTarget(clock, LATENCY_NS).repeat(3), 1_000);

        assertEquals(1, result.duplicatedCount());
        assertTrue(result.isFailed());
    }

    @Test
    void shouldEndAtOnceWhenTheTargetReportsAFault() {
        final FakeTarget target = new FakeTarget(clock, LATENCY_NS).fail("the session was closed");

        final LoadResult result = run(target, 1_000);

        assertEquals("the session was closed", result.failure());
        assertEquals(0, target.offerCount());
    }

    @Test
    void shouldKeepAsManyInFlightAsAllowedWhenThereIsNoSchedule() {
        final LoadPlan plan = LoadPlan.saturating(20, 100, SECOND_NS / 10, SECOND_NS / 10);

        final LoadResult result = OpenLoop.run(plan, new FakeTarget(clock, LATENCY_NS), RUN_ID, clock, clock);

        assertEquals(20.0 * SECOND_NS / LATENCY_NS, result.arrivalRatePerSecond(), 10_000);
        assertEquals(0, result.lostCount());
    }

    private static void assertNear(final long expected, final long actual, final long tolerance) {
        assertTrue(Math.abs(expected - actual) <= tolerance, () -> "expected about " + expected + ", found " + actual);
    }

    private LoadResult run(final FakeTarget target, final long ratePerSecond) {
        return OpenLoop.run(LoadPlan.scheduled(ratePerSecond, 100, SECOND_NS, SECOND_NS), target, RUN_ID, clock, clock);
    }
}
