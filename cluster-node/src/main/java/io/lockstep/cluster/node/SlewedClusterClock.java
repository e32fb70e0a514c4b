package io.lockstep.cluster.node;

import io.aeron.cluster.service.ClusterClock;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * The cluster clock: nanoseconds since 1970, never running backwards, drawn towards wall time instead of jumping with
 * it. Where wall time is ahead by more than {@link #JUMP_THRESHOLD_NS}, as after the machine was suspended, it follows
 * at once; where wall time is behind, it only runs slower. Belongs to the thread of one consensus module.
 */
public final class SlewedClusterClock implements ClusterClock {
    /** Lead of wall time that is followed at once. */
    public static final long JUMP_THRESHOLD_NS = TimeUnit.SECONDS.toNanos(10);

    private static final long CHECK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    // At most 5 ms per second: fast enough to follow any sane clock discipline, too slow to disturb a deadline.
    private static final long SLEW_PER_CHECK_NS = TimeUnit.MILLISECONDS.toNanos(5);

    private final LongSupplier monotonicNs;
    private final LongSupplier wallNs;
    private long offsetNs;
    private long nextCheckNs;
    private long lastNs;

    /** A clock on the system's monotonic and wall clocks. */
    public SlewedClusterClock() {
        this(System::nanoTime, () -> TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
    }

    SlewedClusterClock(final LongSupplier monotonicNs, final LongSupplier wallNs) {
        this.monotonicNs = monotonicNs;
        this.wallNs = wallNs;
        final long nowNs = monotonicNs.getAsLong();
        this.offsetNs = wallNs.getAsLong() - nowNs;
        this.nextCheckNs = nowNs + CHECK_INTERVAL_NS;
        this.lastNs = nowNs + offsetNs;
    }

    @Override
    public TimeUnit timeUnit() {
        return TimeUnit.NANOSECONDS;
    }

    @Override
    public long time() {
        final long nowNs = monotonicNs.getAsLong();
        if (nowNs - nextCheckNs >= 0) {
            nextCheckNs = nowNs + CHECK_INTERVAL_NS;
            slew(wallNs.getAsLong() - (nowNs + offsetNs));
        }
        lastNs = Math.max(lastNs, nowNs + offsetNs);
        return lastNs;
    }

    private void slew(final long errorNs) {
        if (errorNs > JUMP_THRESHOLD_NS) {
            offsetNs += errorNs;
        } else {
            offsetNs += Math.max(-SLEW_PER_CHECK_NS, Math.min(SLEW_PER_CHECK_NS, errorNs));
        }
    }
}
