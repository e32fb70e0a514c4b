package io.lockstep.cluster.node;

import java.util.concurrent.TimeUnit;
import java.util.function.LongToIntFunction;
import org.agrona.concurrent.AgentTerminationException;

/**
 * One of several duties of an agent, guarded so that its trouble stays its own: what it throws is counted and told, what
 * it worked with is replaced, and it is tried again after a pause that doubles up to a minute. It is never given up,
 * because trouble such as a full disk goes away. Belongs to the agent's thread.
 */
final class GuardedDuty {
    private static final long FIRST_PAUSE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long LONGEST_PAUSE_NS = TimeUnit.MINUTES.toNanos(1);

    private final String name;
    private final LongToIntFunction duty;
    private final Runnable replace;
    private final NodeListener listener;
    private long failureCount;
    private long pauseNs = FIRST_PAUSE_NS;
    private long notBeforeNs;
    private boolean isPausing;

    /**
     * Makes a guard.
     *
     * @param name     of the duty, for the error.
     * @param duty     given the monotonic time, returns how much was done.
     * @param replace  makes new what the duty works with, after a failure.
     * @param listener told every failure.
     */
    GuardedDuty(final String name, final LongToIntFunction duty, final Runnable replace, final NodeListener listener) {
        this.name = name;
        this.duty = duty;
        this.replace = replace;
        this.listener = listener;
    }

    int doWork(final long nowNs) {
        if (isPausing && nowNs - notBeforeNs < 0) {
            return 0;
        }
        try {
            final int workCount = duty.applyAsInt(nowNs);
            // Nothing to do is no proof that the trouble is over.
            if (workCount > 0) {
                isPausing = false;
                pauseNs = FIRST_PAUSE_NS;
            }
            return workCount;
        } catch (final AgentTerminationException ex) {
            throw ex;
        } catch (final RuntimeException ex) {
            onFailure(nowNs, ex);
            return 0;
        }
    }

    long failureCount() {
        return failureCount;
    }

    private void onFailure(final long nowNs, final RuntimeException failure) {
        failureCount++;
        listener.onError(new IllegalStateException(
                name + " failed for the " + failureCount + ". time and is tried again in "
                        + TimeUnit.NANOSECONDS.toSeconds(pauseNs) + " s: " + failure,
                failure));
        isPausing = true;
        notBeforeNs = nowNs + pauseNs;
        pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
        try {
            replace.run();
        } catch (final RuntimeException ex) {
            listener.onError(ex);
        }
    }
}
