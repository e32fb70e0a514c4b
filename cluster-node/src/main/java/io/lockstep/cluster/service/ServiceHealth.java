package io.lockstep.cluster.service;

import java.util.concurrent.atomic.AtomicReference;

/**
 * What other threads may know of a service: written by the service thread, read by watchdog, status and steward.
 */
public final class ServiceHealth {
    private static final long NOT_STARTED = Long.MIN_VALUE;

    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile long lastBeatNs = NOT_STARTED;
    private volatile boolean isPausing;
    private volatile ServiceStatus status = ServiceStatus.INITIAL;

    /**
     * Tells that the service thread is alive.
     *
     * @param nowNs monotonic time.
     */
    void beat(final long nowNs) {
        lastBeatNs = nowNs;
    }

    /**
     * Announces work that legitimately keeps the service thread busy for long, such as a snapshot.
     *
     * @param pausing true before it, false after it.
     */
    void pausing(final boolean pausing) {
        isPausing = pausing;
    }

    /**
     * Latches the first failure.
     *
     * @param cause why the service cannot be trusted any more.
     */
    void fail(final Throwable cause) {
        failure.compareAndSet(null, cause);
    }

    void status(final ServiceStatus newStatus) {
        status = newStatus;
    }

    /**
     * Why the service failed.
     *
     * @return the first failure, or null.
     */
    public Throwable failure() {
        return failure.get();
    }

    /**
     * Time since the last sign of life.
     *
     * @param nowNs monotonic time.
     * @return nanoseconds; 0 before the service started.
     */
    public long silenceNs(final long nowNs) {
        final long beatNs = lastBeatNs;
        return beatNs == NOT_STARTED ? 0 : Math.max(0, nowNs - beatNs);
    }

    /**
     * Whether the service announced long work.
     *
     * @return true during a snapshot.
     */
    public boolean isPausing() {
        return isPausing;
    }

    /**
     * The latest figures.
     *
     * @return a consistent set.
     */
    public ServiceStatus status() {
        return status;
    }
}
