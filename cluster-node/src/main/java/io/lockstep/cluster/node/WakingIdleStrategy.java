package io.lockstep.cluster.node;

import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import org.agrona.concurrent.IdleStrategy;

/**
 * Parks its thread with back-off until another thread wakes it, and wakes others when its own thread did something. The
 * threads of a small node hand each command to each other: without waking, each would sit in a park that has backed off
 * since the command before. No wake-up is missed: one that comes before the thread parks makes it not park. One instance
 * for one thread.
 */
final class WakingIdleStrategy implements IdleStrategy {
    private final long minParkNs;
    private final long maxParkNs;
    private volatile WakingIdleStrategy[] others = {};
    private volatile Thread parked;
    private volatile boolean isWoken;
    private long parkNs;

    /**
     * Wakes nobody yet.
     *
     * @param minParkNs of the first park after work.
     * @param maxParkNs of a park after many without work.
     */
    WakingIdleStrategy(final long minParkNs, final long maxParkNs) {
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
        // Both sides write before they read, so a wake-up that comes while this thread is about to park is seen here.
        if (!isWoken) {
            LockSupport.parkNanos(this, parkNs);
        }
        parked = null;
        isWoken = false;
        parkNs = Math.min(parkNs * 2, maxParkNs);
    }

    @Override
    public void reset() {
        parkNs = minParkNs;
    }

    private void wake() {
        isWoken = true;
        final Thread thread = parked;
        if (thread != null) {
            LockSupport.unpark(thread);
        }
    }
}
