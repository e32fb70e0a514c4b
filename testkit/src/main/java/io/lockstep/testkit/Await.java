package io.lockstep.testkit;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Waits for conditions with a deadline and a description. Tests wait for what they mean, never for a time.
 */
public final class Await {
    /** Deadline where none is given: generous, because a busy machine may stand still for seconds. */
    public static final long DEFAULT_TIMEOUT_SECONDS = 60;

    private static final long POLL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(2);

    private Await() {}

    /**
     * Waits until a condition holds.
     *
     * @param description what is waited for, as in "leader of shard 0".
     * @param condition   checked again and again on the calling thread.
     * @throws AssertionError at the deadline.
     */
    public static void await(final String description, final BooleanSupplier condition) {
        await(description, DEFAULT_TIMEOUT_SECONDS, condition, () -> "");
    }

    /**
     * Waits until a condition holds.
     *
     * @param description    what is waited for.
     * @param timeoutSeconds the deadline.
     * @param condition      checked again and again on the calling thread.
     * @param state          told in the error when the deadline passes.
     * @throws AssertionError at the deadline.
     */
    public static void await(
            final String description,
            final long timeoutSeconds,
            final BooleanSupplier condition,
            final Supplier<String> state) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(timeoutSeconds);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("waited " + timeoutSeconds + " s for: " + description + ' ' + state.get());
            }
            if (Thread.currentThread().isInterrupted()) {
                throw new AssertionError("interrupted while waiting for: " + description);
            }
            LockSupport.parkNanos(POLL_INTERVAL_NS);
        }
    }

    /**
     * Waits until a value is there.
     *
     * @param description what is waited for.
     * @param supplier    returns null until it is there.
     * @param <T>         type of the value.
     * @return the value.
     * @throws AssertionError at the deadline.
     */
    public static <T> T awaitValue(final String description, final Supplier<T> supplier) {
        final Object[] found = new Object[1];
        await(description, () -> (found[0] = supplier.get()) != null);
        @SuppressWarnings("unchecked") // It is what the supplier returned.
        final T value = (T) found[0];
        return value;
    }
}
