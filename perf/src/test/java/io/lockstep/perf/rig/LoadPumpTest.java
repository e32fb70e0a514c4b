package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadPumpTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final VirtualClock clock = new VirtualClock(10_000);

    @Test
    void shouldSendOnlyWhileItIsOn() {
        final LoadPump pump = pump(new FakeTarget(clock, 1_000));

        pump.runFor(SECOND_NS);
        pump.start(1_000);
        pump.runFor(SECOND_NS);
        pump.stop();
        pump.runFor(SECOND_NS);

        assertNear(1_000, pump.sentCount(), 2);
        assertTrue(pump.drain(SECOND_NS));
        assertEquals(0, pump.checker().lostCount(pump.sentCount()));
    }

    @Test
    void shouldCatchUpAndSayHowFarItIsBehindWhenTheTargetRefusesForAWhile() {
        final LoadPump pump = pump(new FakeTarget(clock, 1_000).refuseBetween(SECOND_NS / 2, SECOND_NS));
        pump.start(1_000);

        pump.runUntil("half a second", SECOND_NS, () -> clock.nanoTime() >= SECOND_NS - 100_000);
        final long behindNs = pump.behindNs();
        pump.runFor(SECOND_NS);

        assertNear(SECOND_NS / 2, behindNs, SECOND_NS / 100);
        assertNear(2_000, pump.sentCount(), 2);
        assertNear(0, pump.behindNs(), 20_000);
    }

    @Test
    void shouldCountWhatIsDueAndNotSentWhenTheTargetRefuses() {
        final LoadPump pump = pump(new FakeTarget(clock, 1_000).refuseBetween(SECOND_NS / 2, SECOND_NS));
        pump.start(1_000);

        pump.runUntil("half a second", SECOND_NS, () -> clock.nanoTime() >= SECOND_NS - 100_000);
        final long backlogCount = pump.backlogCount();
        pump.runFor(SECOND_NS);

        assertNear(500, backlogCount, 2);
        assertNear(0, pump.backlogCount(), 1);
    }

    @Test
    void shouldCountAsUnansweredAndNotAsLostWhenTheTargetFallsSilent() {
        final FakeTarget target = new FakeTarget(clock, 1_000).drop(7).fallSilentFrom(900);
        final LoadPump pump = pump(target);

        pump.start(1_000);
        pump.runFor(SECOND_NS);
        pump.stop();
        final boolean isDrained = pump.drain(SECOND_NS);
        final LoadAccount account = LoadAccount.of(pump, target);

        assertFalse(isDrained);
        assertEquals(pump.sentCount() - 900, account.unansweredCount());
        assertEquals(1, account.lostCount());
        assertEquals(
                account.unansweredCount() + " unanswered, 0 refused, 1 lost, 0 duplicated, 0 reordered",
                account.failure());
    }

    @Test
    void shouldFailAndNotCountAsLostWhenTheTargetRefusesAMessageThatItTook() {
        final FakeTarget target = new FakeTarget(clock, 1_000).refuse(7);
        final LoadPump pump = pump(target);

        pump.start(1_000);
        pump.runFor(SECOND_NS);
        pump.stop();
        final boolean isDrained = pump.drain(SECOND_NS);
        final LoadAccount account = LoadAccount.of(pump, target);

        assertTrue(isDrained);
        assertEquals(1, account.refusedCount());
        assertEquals("0 unanswered, 1 refused, 0 lost, 0 duplicated, 0 reordered", account.failure());
    }

    @Test
    void shouldDrainWhatIsUnderWayWhenTheTargetReportsAFault() {
        final FakeTarget target = new FakeTarget(clock, SECOND_NS / 2);
        final LoadPump pump = pump(target);
        pump.start(1_000);
        pump.runFor(SECOND_NS);
        pump.stop();
        target.fail("the session was closed");

        assertThrows(IllegalStateException.class, () -> pump.runFor(SECOND_NS));
        assertTrue(pump.drain(SECOND_NS));
        assertEquals("", LoadAccount.of(pump, target).failure());
    }

    @Test
    void shouldGoOnWithItsNumbersWhenItIsSwitchedOnAgain() {
        final LoadPump pump = pump(new FakeTarget(clock, 1_000));

        pump.start(1_000);
        pump.runFor(SECOND_NS);
        pump.stop();
        pump.start(500);
        pump.runFor(SECOND_NS);

        assertNear(1_500, pump.sentCount(), 3);
        assertTrue(pump.drain(SECOND_NS));
        assertEquals(0, pump.checker().duplicatedCount());
    }

    @Test
    void shouldNotDrainWhenAMessageIsLost() {
        final LoadPump pump = pump(new FakeTarget(clock, 1_000).drop(7));

        pump.start(1_000);
        pump.runFor(SECOND_NS);
        pump.stop();

        assertFalse(pump.drain(SECOND_NS));
        assertEquals(1, pump.checker().lostCount(pump.sentCount()));
    }

    @Test
    void shouldPassOnWhyTheWorkOfSomebodyElseFailed() {
        final LoadPump pump = pump(new FakeTarget(clock, 1_000));
        final CompletableFuture<Long> work = CompletableFuture.failedFuture(new IllegalStateException("no leader"));

        final IllegalStateException exception =
                assertThrows(IllegalStateException.class, () -> pump.runUntilDone("a leader", SECOND_NS, work));

        assertEquals("a leader failed: no leader", exception.getMessage());
    }

    @Test
    void shouldEndWithASentenceWhenAConditionNeverHolds() {
        final LoadPump pump = pump(new FakeTarget(clock, 1_000));

        final IllegalStateException exception =
                assertThrows(IllegalStateException.class, () -> pump.runUntil("an ack", SECOND_NS, () -> false));

        assertEquals("there was not an ack within 1 s", exception.getMessage());
    }

    @Test
    void shouldEndAtOnceWhenTheTargetReportsAFault() {
        final LoadPump pump = pump(new FakeTarget(clock, 1_000).fail("the session was closed"));

        assertThrows(IllegalStateException.class, () -> pump.runFor(SECOND_NS));
    }

    private static void assertNear(final long expected, final long actual, final long tolerance) {
        assertTrue(Math.abs(expected - actual) <= tolerance, () -> "expected about " + expected + ", found " + actual);
    }

    private LoadPump pump(final FakeTarget target) {
        return new LoadPump(target, 100, 9, clock, clock);
    }
}
