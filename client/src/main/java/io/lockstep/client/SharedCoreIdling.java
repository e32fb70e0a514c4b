package io.lockstep.client;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/** How threads of a client idle that share their cores with others: a few spins and yields, then longer and longer parks. */
public final class SharedCoreIdling {
    private static final long MAX_SPINS = 10;
    private static final long MAX_YIELDS = 20;
    private static final long MIN_PARK_NS = TimeUnit.MICROSECONDS.toNanos(1);
    private static final long MAX_PARK_NS = TimeUnit.MILLISECONDS.toNanos(1);

    private SharedCoreIdling() {}

    /**
     * A strategy for one thread.
     *
     * @return a new one.
     */
    public static IdleStrategy newIdleStrategy() {
        return new BackoffIdleStrategy(MAX_SPINS, MAX_YIELDS, MIN_PARK_NS, MAX_PARK_NS);
    }
}
