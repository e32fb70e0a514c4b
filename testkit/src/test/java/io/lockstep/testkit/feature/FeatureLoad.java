package io.lockstep.testkit.feature;

import java.util.concurrent.TimeUnit;

/**
 * One feature in use while nodes die, and what must be true of it. A fault that can be seen at once is thrown from
 * {@link #turn}; the rest is found by {@link #check}. One thread calls all methods: that of {@link FeatureRunner}.
 */
public interface FeatureLoad extends AutoCloseable {
    /** How long anything may take that waits for the cluster, in nanoseconds: longer than the restart of all nodes. */
    long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(120);

    /**
     * What the feature is called.
     *
     * @return one or two words.
     */
    String name();

    /**
     * How often it is allowed to offer something.
     *
     * @return times per second.
     */
    int ratePerSecond();

    /**
     * Connects and begins.
     *
     * @param clients makes clients, which the load closes.
     */
    void start(ClientSupplier clients);

    /**
     * Does a little work.
     *
     * @param mayOffer whether something new may be begun now.
     */
    void turn(boolean mayOffer);

    /**
     * What was brought to its end so far: it goes on growing only while the feature works.
     *
     * @return the count.
     */
    long doneCount();

    /**
     * Whether nothing is awaited any more. Asked while nothing new is begun.
     *
     * @return true if so.
     */
    boolean isSettled();

    /** Compares everything with what must have come of it. All nodes run, and the load is settled. */
    void check();

    /**
     * What it counted.
     *
     * @return one line.
     */
    String counts();

    /** Ends the clients; what is unanswered is lost. */
    @Override
    void close();
}
