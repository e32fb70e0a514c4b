package io.lockstep.perf.rig;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/**
 * Offers messages on a schedule, whatever the system does, and counts each one's latency from its scheduled time. What
 * could not be sent in time is sent as soon as possible and carries its delay in its latency. One thread runs it, and
 * that thread drives the target.
 */
final class OpenLoop implements LoadTarget.Sink {
    /** Messages sent between two polls of the target: a long catch-up must not delay arrivals unseen. */
    private static final int MAX_BURST = 32;

    private static final long HIGHEST_LATENCY_NS = TimeUnit.MINUTES.toNanos(10);
    private static final int SIGNIFICANT_DIGITS = 3;
    private static final long START_DELAY_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private final NanoClock clock;
    private final IdleStrategy idleStrategy;
    private final long runId;
    private final LoadPlan plan;
    private final LoadTarget target;
    private final LoadPayload payload;
    private final ArrivalChecker checker = new ArrivalChecker();
    private final Histogram histogram = new Histogram(1, HIGHEST_LATENCY_NS, SIGNIFICANT_DIGITS);

    private long sentCount;
    private long firstMeasuredIndex = Long.MAX_VALUE;
    private long firstMeasuredSendNs;
    private long lastSendNs;
    private long measuredArrivalCount;
    private long measureEndNs = Long.MAX_VALUE;
    private long arrivedInTimeCount;

    private OpenLoop(
            final LoadPlan plan,
            final LoadTarget target,
            final long runId,
            final NanoClock clock,
            final IdleStrategy idleStrategy) {
        this.plan = Objects.requireNonNull(plan, "plan");
        this.target = Objects.requireNonNull(target, "target");
        this.clock = Objects.requireNonNull(clock, "clock");
        this.idleStrategy = Objects.requireNonNull(idleStrategy, "idleStrategy");
        this.runId = runId;
        this.payload = new LoadPayload(plan.lengthBytes(), runId);
    }

    /**
     * Runs a plan to its end.
     *
     * @param plan         of the run.
     * @param target       under load; stays open.
     * @param runId        that tells this run's messages from those of another.
     * @param clock        of schedule and latency.
     * @param idleStrategy between two turns without work.
     * @return the result, also where messages are missing after the plan's time to drain.
     */
    static LoadResult run(
            final LoadPlan plan,
            final LoadTarget target,
            final long runId,
            final NanoClock clock,
            final IdleStrategy idleStrategy) {
        final OpenLoop loop = new OpenLoop(plan, target, runId, clock, idleStrategy);
        target.sink(loop);
        if (plan.isScheduled()) {
            loop.sendScheduled();
        } else {
            loop.sendSaturating();
        }
        loop.drain();
        return loop.result();
    }

    /** {@inheritDoc} */
    @Override
    public void onPayload(final DirectBuffer buffer, final int offset, final int length) {
        if (length != plan.lengthBytes() || LoadPayload.runId(buffer, offset) != runId) {
            return;
        }
        final long index = LoadPayload.index(buffer, offset);
        if (!checker.onArrival(index)) {
            return;
        }
        final long nowNs = clock.nanoTime();
        if (index >= firstMeasuredIndex) {
            measuredArrivalCount++;
            histogram.recordValue(Math.min(Math.max(nowNs - LoadPayload.dueNs(buffer, offset), 1), HIGHEST_LATENCY_NS));
        }
        if (nowNs - measureEndNs < 0 && firstMeasuredIndex != Long.MAX_VALUE) {
            arrivedInTimeCount++;
        }
    }

    private void sendScheduled() {
        final SendSchedule schedule = new SendSchedule(clock.nanoTime() + START_DELAY_NS, plan.ratePerSecond());
        final long warmUpCount = schedule.countWithin(plan.warmUpNs());
        final long totalCount = schedule.countWithin(plan.warmUpNs() + plan.measureNs());
        firstMeasuredIndex = warmUpCount;
        firstMeasuredSendNs = schedule.dueNs(warmUpCount);
        final long giveUpNs = schedule.dueNs(totalCount) + plan.drainNs();
        while (sentCount < totalCount) {
            final long nowNs = clock.nanoTime();
            int workCount = 0;
            while (workCount < MAX_BURST && sentCount < totalCount && hasRoom()) {
                final long dueNs = schedule.dueNs(sentCount);
                if (dueNs - nowNs > 0 || !send(dueNs)) {
                    break;
                }
                workCount++;
            }
            if (!turn(workCount) || nowNs - giveUpNs > 0) {
                break;
            }
        }
        lastSendNs = clock.nanoTime();
    }

    private void sendSaturating() {
        final long startNs = clock.nanoTime();
        final long measureFromNs = startNs + plan.warmUpNs();
        final long endNs = measureFromNs + plan.measureNs();
        long nowNs = startNs;
        while (nowNs - endNs < 0) {
            if (firstMeasuredIndex == Long.MAX_VALUE && nowNs - measureFromNs >= 0) {
                firstMeasuredIndex = sentCount;
                firstMeasuredSendNs = nowNs;
                measureEndNs = endNs;
            }
            int workCount = 0;
            while (workCount < MAX_BURST && hasRoom() && send(clock.nanoTime())) {
                workCount++;
            }
            if (!turn(workCount)) {
                break;
            }
            nowNs = clock.nanoTime();
        }
        lastSendNs = nowNs;
    }

    private boolean hasRoom() {
        return sentCount - checker.arrivedCount() < plan.maxInFlight();
    }

    private boolean send(final long dueNs) {
        if (!target.offer(payload.of(sentCount, dueNs), 0, plan.lengthBytes())) {
            return false;
        }
        sentCount++;
        return true;
    }

    private boolean turn(final int sendCount) {
        idleStrategy.idle(target.poll() + sendCount);
        return target.fault() == null;
    }

    private void drain() {
        final long deadlineNs = clock.nanoTime() + plan.drainNs();
        while (checker.arrivedCount() < sentCount && clock.nanoTime() - deadlineNs < 0) {
            if (!turn(0)) {
                return;
            }
        }
    }

    private LoadResult result() {
        final long measuredNs = Math.max(lastSendNs - firstMeasuredSendNs, plan.isScheduled() ? plan.measureNs() : 1);
        final double seconds = measuredNs / (double) SendSchedule.NS_PER_SECOND;
        final long measuredCount = Math.max(0, sentCount - firstMeasuredIndex);
        return new LoadResult(
                plan,
                histogram,
                measuredArrivalCount,
                measuredCount / seconds,
                (plan.isScheduled() ? measuredArrivalCount : arrivedInTimeCount) / seconds,
                checker.lostCount(sentCount),
                checker.duplicatedCount(),
                target.isOrdered() ? checker.reorderedCount() : 0,
                target.fault());
    }
}
