package io.lockstep.archive.idle;

import java.util.concurrent.locks.LockSupport;

/** Parks its thread, longer each time that it finds nothing. One instance for one thread. */
public final class ParkingIdleStrategy extends WakingIdleStrategy {
    private final long minParkNs;
    private final long maxParkNs;
    private long parkNs;

    /**
     * Wakes nobody yet.
     *
     * @param minParkNs of the first park after work.
     * @param maxParkNs of a park after many without work.
     */
    public ParkingIdleStrategy(final long minParkNs, final long maxParkNs) {
        this.minParkNs = minParkNs;
        this.maxParkNs = maxParkNs;
        this.parkNs = minParkNs;
    }

    @Override
    public void reset() {
        parkNs = minParkNs;
    }

    @Override
    protected void sleep() {
        LockSupport.parkNanos(this, parkNs);
        parkNs = Math.min(parkNs * 2, maxParkNs);
    }

    @Override
    protected void interruptSleep(final Thread sleeper) {
        LockSupport.unpark(sleeper);
    }
}
