package io.lockstep.gateway.aeron;

import java.util.concurrent.atomic.LongAdder;

/** Counters of the front end for native clients. Any thread may read. */
public final class FrontCounters {
    private final LongAdder sessionsOpened = new LongAdder();
    private final LongAdder sessionsClosed = new LongAdder();
    private final LongAdder sessionsRefused = new LongAdder();
    private final LongAdder commandsIn = new LongAdder();
    private final LongAdder commandsDenied = new LongAdder();
    private final LongAdder answersOut = new LongAdder();
    private final LongAdder answersDropped = new LongAdder();
    private final LongAdder recordsOut = new LongAdder();
    private final LongAdder readsOpened = new LongAdder();
    private final LongAdder readsClosed = new LongAdder();

    /** All zero. */
    public FrontCounters() {}

    /**
     * Clients that were let in.
     *
     * @return the counter.
     */
    public LongAdder sessionsOpened() {
        return sessionsOpened;
    }

    /**
     * Sessions of clients that are over.
     *
     * @return the counter.
     */
    public LongAdder sessionsClosed() {
        return sessionsClosed;
    }

    /**
     * Clients that were refused, or sent away.
     *
     * @return the counter.
     */
    public LongAdder sessionsRefused() {
        return sessionsRefused;
    }

    /**
     * Commands that went to the cluster.
     *
     * @return the counter.
     */
    public LongAdder commandsIn() {
        return commandsIn;
    }

    /**
     * Commands, messages in them, and reads that the rules did not allow.
     *
     * @return the counter.
     */
    public LongAdder commandsDenied() {
        return commandsDenied;
    }

    /**
     * Answers of shards for clients.
     *
     * @return the counter.
     */
    public LongAdder answersOut() {
        return answersOut;
    }

    /**
     * Answers that a client was too slow to take; it asks again.
     *
     * @return the counter.
     */
    public LongAdder answersDropped() {
        return answersDropped;
    }

    /**
     * Records that went to clients.
     *
     * @return the counter.
     */
    public LongAdder recordsOut() {
        return recordsOut;
    }

    /**
     * Reads that were begun.
     *
     * @return the counter.
     */
    public LongAdder readsOpened() {
        return readsOpened;
    }

    /**
     * Reads that are over.
     *
     * @return the counter.
     */
    public LongAdder readsClosed() {
        return readsClosed;
    }
}
