package io.lockstep.archive.idle;

import java.util.concurrent.locks.LockSupport;

/**
 * Idles a thread that runs its media driver itself, as the one of a small node. After work it parks once, shortly, so that what comes in a quick row is taken
 * together; then it sleeps until a datagram comes, until another thread hands it work, or for a bounded time, since some
 * work comes with time. One instance for one thread.
 */
public final class SocketIdleStrategy extends WakingIdleStrategy {
    private final DriverSockets sockets;
    private final long parkNs;
    private final long maxSleepMs;
    private volatile boolean hasParked;

    /**
     * Wakes nobody yet.
     *
     * @param sockets    whose datagrams end a sleep.
     * @param parkNs     of the park after work.
     * @param maxSleepMs after which a sleep ends by itself.
     */
    public SocketIdleStrategy(final DriverSockets sockets, final long parkNs, final long maxSleepMs) {
        this.sockets = sockets;
        this.parkNs = parkNs;
        this.maxSleepMs = maxSleepMs;
    }

    @Override
    public void reset() {
        if (hasParked) {
            hasParked = false;
        }
    }

    @Override
    protected void sleep() {
        if (hasParked) {
            sockets.sleep(maxSleepMs);
        } else {
            LockSupport.parkNanos(this, parkNs);
            hasParked = true;
        }
    }

    @Override
    protected void interruptSleep(final Thread sleeper) {
        if (hasParked) {
            sockets.wake();
        } else {
            LockSupport.unpark(sleeper);
        }
    }
}
