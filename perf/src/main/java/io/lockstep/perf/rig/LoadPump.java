package io.lockstep.perf.rig;

import java.util.Objects;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/**
 * A load that can be switched on and off, for rigs that break something meanwhile. While it is on, messages are sent by
 * schedule; what the system refuses is sent as soon as it takes it. All messages of its life are numbered densely and
 * accounted for. One thread runs it, and that thread drives the target.
 */
final class LoadPump implements LoadTarget.Sink {
    private static final int MAX_BURST = 32;

    private final NanoClock clock;
    private final IdleStrategy idleStrategy;
    private final LoadTarget target;
    private final LoadPayload payload;
    private final int lengthBytes;
    private final long runId;
    private final ArrivalChecker checker = new ArrivalChecker();
    private SendSchedule schedule;
    private long scheduleFirstIndex;
    private long sentCount;

    LoadPump(
            final LoadTarget target,
            final int lengthBytes,
            final long runId,
            final NanoClock clock,
            final IdleStrategy idleStrategy) {
        this.target = Objects.requireNonNull(target, "target");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.idleStrategy = Objects.requireNonNull(idleStrategy, "idleStrategy");
        this.payload = new LoadPayload(lengthBytes, runId);
        this.lengthBytes = lengthBytes;
        this.runId = runId;
        target.sink(this);
    }

    /** {@inheritDoc} */
    @Override
    public void onPayload(final DirectBuffer buffer, final int offset, final int length) {
        if (length == lengthBytes && LoadPayload.runId(buffer, offset) == runId) {
            checker.onArrival(LoadPayload.index(buffer, offset));
        }
    }

    /** Switches the load on, or to another rate, from now on. */
    void start(final long ratePerSecond) {
        schedule = new SendSchedule(clock.nanoTime(), ratePerSecond);
        scheduleFirstIndex = sentCount;
    }

    /** Switches the load off. What is overdue is not sent. */
    void stop() {
        schedule = null;
    }

    /** How far sending is behind its schedule, in nanoseconds; 0 where the load is off. */
    long behindNs() {
        return schedule == null ? 0 : Math.max(0, clock.nanoTime() - schedule.dueNs(sentCount - scheduleFirstIndex));
    }

    /** Number of messages that are due and not sent yet; 0 where the load is off. */
    long backlogCount() {
        return schedule == null
                ? 0
                : Math.max(
                        0,
                        schedule.countWithin(clock.nanoTime() - schedule.startNs()) - sentCount + scheduleFirstIndex);
    }

    /** Runs for a time. */
    void runFor(final long durationNs) {
        final long endNs = clock.nanoTime() + durationNs;
        runUntil("the end of a time", Long.MAX_VALUE / 2, () -> clock.nanoTime() - endNs >= 0);
    }

    /** Runs until somebody else's work is done; its exception is passed on. */
    <T> T runUntilDone(final String what, final long timeoutNs, final Future<T> work) {
        runUntil(what, timeoutNs, work::isDone);
        try {
            return work.get();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for " + what, ex);
        } catch (final java.util.concurrent.ExecutionException ex) {
            throw new IllegalStateException(what + " failed: " + ex.getCause().getMessage(), ex.getCause());
        }
    }

    /**
     * Runs until a condition holds.
     *
     * @param what      that is waited for, for the exception.
     * @param timeoutNs greatest time to wait.
     * @param condition that is checked each turn.
     */
    void runUntil(final String what, final long timeoutNs, final BooleanSupplier condition) {
        final long deadlineNs = clock.nanoTime() + timeoutNs;
        while (!condition.getAsBoolean()) {
            turn();
            if (clock.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException(
                        "there was not " + what + " within " + timeoutNs / SendSchedule.NS_PER_SECOND + " s");
            }
        }
    }

    /**
     * Runs until everything that was sent has its outcome and has arrived where it was accepted, or time is over. Goes on
     * where the target reports a fault, so that a run that failed is accounted for like any other.
     */
    boolean drain(final long timeoutNs) {
        final long deadlineNs = clock.nanoTime() + timeoutNs;
        while (!isDrained() && clock.nanoTime() - deadlineNs < 0) {
            work();
        }
        return isDrained();
    }

    private boolean isDrained() {
        return target.unansweredCount() == 0 && checker.arrivedCount() >= sentCount - target.refusedCount();
    }

    ArrivalChecker checker() {
        return checker;
    }

    long sentCount() {
        return sentCount;
    }

    private void turn() {
        work();
        if (target.fault() != null) {
            throw new IllegalStateException(target.fault());
        }
    }

    private void work() {
        int workCount = 0;
        if (schedule != null) {
            final long nowNs = clock.nanoTime();
            while (workCount < MAX_BURST) {
                final long dueNs = schedule.dueNs(sentCount - scheduleFirstIndex);
                if (dueNs - nowNs > 0 || !target.offer(payload.of(sentCount, dueNs), 0, lengthBytes)) {
                    break;
                }
                sentCount++;
                workCount++;
            }
        }
        idleStrategy.idle(target.poll() + workCount);
    }
}
