package io.lockstep.archive;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Waits for conditions in tests. */
public final class Await {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);

    private Await() {}

    /** Waits until something is true, for 30 seconds at most. */
    public static void until(final String description, final BooleanSupplier condition) {
        final long deadlineNs = System.nanoTime() + TIMEOUT_NS;
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("waited in vain until " + description);
            }
            LockSupport.parkNanos(50_000);
        }
    }
}
