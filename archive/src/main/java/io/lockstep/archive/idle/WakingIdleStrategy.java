package io.lockstep.archive.idle;

import java.util.Arrays;
import org.agrona.concurrent.IdleStrategy;

/**
 * Lets its thread sleep until another thread wakes it, and wakes others when its own thread did something. The threads of
 * a small node, for example, hand each command to each other: without waking, each would sleep through the command. No wake-up is
 * missed: one that comes before the thread sleeps makes it not sleep. One instance for one thread.
 */
public abstract class WakingIdleStrategy implements IdleStrategy {
    private volatile WakingIdleStrategy[] others = {};
    private volatile Thread sleeper;
    private volatile boolean isWoken;

    /** Wakes nobody yet. */
    protected WakingIdleStrategy() {}

    /**
     * Also wakes another thread from now on. Not thread-safe against itself.
     *
     * @param other idle strategy of that thread.
     */
    public final void alsoWake(final WakingIdleStrategy other) {
        final WakingIdleStrategy[] grown = Arrays.copyOf(others, others.length + 1);
        grown[others.length] = other;
        others = grown;
    }

    @Override
    public final void idle(final int workCount) {
        if (workCount > 0) {
            // A whole turn comes before the next sleep, and finds what this was for.
            isWoken = false;
            reset();
            for (final WakingIdleStrategy other : others) {
                other.wake();
            }
        } else {
            idle();
        }
    }

    @Override
    public final void idle() {
        sleeper = Thread.currentThread();
        // Both sides write before they read, so a wake-up that comes while this thread is about to sleep is seen here.
        try {
            if (!isWoken) {
                sleep();
            }
        } finally {
            sleeper = null;
            isWoken = false;
        }
    }

    /** Sleeps for a bounded time. */
    protected abstract void sleep();

    /**
     * Ends {@link #sleep}, or the next one where the thread does not sleep yet. Called from other threads.
     *
     * @param sleeper that is asleep or about to be.
     */
    protected abstract void interruptSleep(Thread sleeper);

    /** Ends the sleep of the thread, the next one where it does not sleep yet. Any thread. */
    public final void wake() {
        isWoken = true;
        final Thread thread = sleeper;
        if (thread != null) {
            interruptSleep(thread);
        }
    }
}
