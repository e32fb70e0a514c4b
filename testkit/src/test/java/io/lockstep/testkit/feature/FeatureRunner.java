package io.lockstep.testkit.feature;

import io.lockstep.testkit.Await;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;

/** Gives a {@link FeatureLoad} a thread and its rate. Its own methods may be called from any one other thread. */
public final class FeatureRunner implements AutoCloseable {
    private static final long IDLE_NS = TimeUnit.MILLISECONDS.toNanos(1);
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    // All loads, three nodes and whatever else share a machine.
    private static final long TIMEOUT_SECONDS = 150;

    private final FeatureLoad load;
    private final ClientSupplier clients;
    private final Thread thread;
    private volatile boolean isOffering = true;
    private volatile boolean isRunning = true;
    private volatile boolean isChecked;
    private volatile long doneCount;
    private volatile String counts = "not started";
    private volatile Throwable failure;

    /**
     * Makes a runner that does not run yet.
     *
     * @param load    to run, which is closed with this.
     * @param clients makes its clients.
     */
    public FeatureRunner(final FeatureLoad load, final ClientSupplier clients) {
        this.load = load;
        this.clients = clients;
        this.thread = new Thread(this::run, "feature-" + load.name());
    }

    /**
     * Begins.
     *
     * @return this.
     */
    public FeatureRunner start() {
        thread.start();
        return this;
    }

    /**
     * What the load brought to its end so far.
     *
     * @return the count.
     */
    public long doneCount() {
        return doneCount;
    }

    /**
     * Waits until the load has brought so much to its end.
     *
     * @param what  goes on meanwhile.
     * @param count to reach.
     */
    public void awaitDone(final String what, final long count) {
        Await.await(
                load.name() + " to go on, " + what,
                TIMEOUT_SECONDS,
                () -> failure != null || doneCount >= count,
                () -> doneCount + " of " + count + ": " + counts);
        throwFailure();
    }

    /** Asks the load to begin nothing new, to finish what it began, and to check. */
    public void finish() {
        isOffering = false;
    }

    /** Waits for the end of the check, which found no fault, or throws what it found. */
    public void awaitChecked() {
        Await.await(
                load.name() + " to finish and be checked",
                TIMEOUT_SECONDS,
                () -> failure != null || isChecked,
                () -> counts);
        throwFailure();
    }

    /** Ends the load, checked or not. */
    @Override
    public void close() {
        isRunning = false;
        try {
            thread.join();
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public String toString() {
        return load.name() + ": " + counts;
    }

    private void throwFailure() {
        if (failure != null) {
            throw new AssertionError(load.name() + " failed, " + counts + ": " + failure, failure);
        }
    }

    private void run() {
        try {
            load.start(clients);
            work();
            if (isRunning) {
                load.check();
                counts = load.counts();
                isChecked = true;
            }
        } catch (final Throwable throwable) {
            failure = throwable;
            System.out.println(load.name() + " failed: " + throwable);
        } finally {
            CloseHelper.quietClose(load);
        }
    }

    private void work() {
        final long intervalNs = SECOND_NS / load.ratePerSecond();
        long nextOfferNs = System.nanoTime();
        boolean isWorking = true;
        while (isWorking && isRunning) {
            final boolean mayOffer = isOffering && System.nanoTime() - nextOfferNs >= 0;
            load.turn(mayOffer);
            if (mayOffer) {
                // What could not be offered in time is not made up for.
                nextOfferNs = System.nanoTime() + intervalNs;
                counts = load.counts();
            }
            doneCount = load.doneCount();
            isWorking = isOffering || !load.isSettled();
            LockSupport.parkNanos(IDLE_NS);
        }
        counts = load.counts();
    }
}
