package io.lockstep.cluster.node;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * Parks its thread until another thread wakes it, first for short times and then with back-off, and wakes others when its
 * own thread did something. The
 * threads of a small node hand each command to each other: without waking, each would sit in a park that has backed off
 * since the command before. A wake-up that comes just before the thread parks is missed; a park is short enough for
 * that. One instance for one thread.
 */
final class WakingIdleStrategy implements IdleStrategy {
    private final int shortParks;
    private final long minParkNs;
    private final long maxParkNs;
    private volatile WakingIdleStrategy[] others = {};
    private volatile Thread parked;
    private int parkCount;
    private long parkNs;

    /**
     * Wakes nobody yet.
     *
     * @param shortParks number of parks after work that do not back off: what comes at a steady pace is not kept waiting.
     * @param minParkNs  of those parks.
     * @param maxParkNs  of a park after many without work.
     */
    WakingIdleStrategy(final int shortParks, final long minParkNs, final long maxParkNs) {
        this.shortParks = shortParks;
        this.minParkNs = minParkNs;
        this.maxParkNs = maxParkNs;
        this.parkNs = minParkNs;
    }

    /**
     * Also wakes another thread from now on. Not thread-safe against itself.
     *
     * @param other idle strategy of that thread.
     */
    void alsoWake(final WakingIdleStrategy other) {
        final WakingIdleStrategy[] grown = Arrays.copyOf(others, others.length + 1);
        grown[others.length] = other;
        others = grown;
    }

    @Override
    public void idle(final int workCount) {
        if (workCount > 0) {
            reset();
            for (final WakingIdleStrategy other : others) {
                other.wake();
            }
        } else {
            idle();
        }
    }

    @Override
    public void idle() {
        parked = Thread.currentThread();
        LockSupport.parkNanos(this, parkNs);
        parked = null;
        parkCount++;
        if (parkCount > shortParks) {
            parkNs = Math.min(parkNs * 2, maxParkNs);
        }
    }

    @Override
    public void reset() {
        parkCount = 0;
        parkNs = minParkNs;
    }

    private void wake() {
        final Thread thread = parked;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }
}
