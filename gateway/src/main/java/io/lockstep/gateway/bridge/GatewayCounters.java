package io.lockstep.gateway.bridge;

import java.util.concurrent.atomic.LongAdder;

/** Counters of a gateway. Any thread may add and read. */
public final class GatewayCounters {
    private final LongAdder connectionsOpened = new LongAdder();
    private final LongAdder connectionsClosed = new LongAdder();
    private final LongAdder sessionsOpened = new LongAdder();
    private final LongAdder sessionsClosed = new LongAdder();
    private final LongAdder messagesIn = new LongAdder();
    private final LongAdder messagesAccepted = new LongAdder();
    private final LongAdder messagesRefused = new LongAdder();
    private final LongAdder messagesUnknown = new LongAdder();
    private final LongAdder messagesOut = new LongAdder();
    private final LongAdder messagesDropped = new LongAdder();
    private final LongAdder messagesExpired = new LongAdder();
    private final LongAdder messagesDenied = new LongAdder();
    private final LongAdder clientsRefused = new LongAdder();
    private final LongAdder clientsDisconnected = new LongAdder();
    private final LongAdder packetsIn = new LongAdder();
    private final LongAdder packetsOut = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private final LongAdder publishesIn = new LongAdder();
    private final LongAdder readsHeldBack = new LongAdder();
    private final LongAdder errors = new LongAdder();

    /** All zero. */
    public GatewayCounters() {}

    /**
     * Connections accepted.
     *
     * @return the counter.
     */
    public LongAdder connectionsOpened() {
        return connectionsOpened;
    }

    /**
     * Connections closed.
     *
     * @return the counter.
     */
    public LongAdder connectionsClosed() {
        return connectionsClosed;
    }

    /**
     * Sessions opened.
     *
     * @return the counter.
     */
    public LongAdder sessionsOpened() {
        return sessionsOpened;
    }

    /**
     * Sessions closed.
     *
     * @return the counter.
     */
    public LongAdder sessionsClosed() {
        return sessionsClosed;
    }

    /**
     * Messages from clients that were handed to the cluster.
     *
     * @return the counter.
     */
    public LongAdder messagesIn() {
        return messagesIn;
    }

    /**
     * Messages from clients that the cluster committed.
     *
     * @return the counter.
     */
    public LongAdder messagesAccepted() {
        return messagesAccepted;
    }

    /**
     * Messages from clients that were refused.
     *
     * @return the counter.
     */
    public LongAdder messagesRefused() {
        return messagesRefused;
    }

    /**
     * Messages from clients whose fate is unknown.
     *
     * @return the counter.
     */
    public LongAdder messagesUnknown() {
        return messagesUnknown;
    }

    /**
     * Messages written to clients.
     *
     * @return the counter.
     */
    public LongAdder messagesOut() {
        return messagesOut;
    }

    /**
     * Messages not written because a client was too slow or takes only smaller ones.
     *
     * @return the counter.
     */
    public LongAdder messagesDropped() {
        return messagesDropped;
    }

    /**
     * Messages not written because their time was over.
     *
     * @return the counter.
     */
    public LongAdder messagesExpired() {
        return messagesExpired;
    }

    /**
     * Messages that access rules kept from being published or delivered.
     *
     * @return the counter.
     */
    public LongAdder messagesDenied() {
        return messagesDenied;
    }

    /**
     * Clients that were refused when they connected.
     *
     * @return the counter.
     */
    public LongAdder clientsRefused() {
        return clientsRefused;
    }

    /**
     * Clients that the gateway disconnected.
     *
     * @return the counter.
     */
    public LongAdder clientsDisconnected() {
        return clientsDisconnected;
    }

    /**
     * MQTT packets of any kind from clients, but only whole ones that keep the rules.
     *
     * @return the counter.
     */
    public LongAdder packetsIn() {
        return packetsIn;
    }

    /**
     * MQTT packets of any kind to clients.
     *
     * @return the counter.
     */
    public LongAdder packetsOut() {
        return packetsOut;
    }

    /**
     * Bytes of the packets from clients.
     *
     * @return the counter.
     */
    public LongAdder bytesIn() {
        return bytesIn;
    }

    /**
     * Bytes of the packets to clients.
     *
     * @return the counter.
     */
    public LongAdder bytesOut() {
        return bytesOut;
    }

    /**
     * PUBLISH packets from clients, whatever became of them.
     *
     * @return the counter.
     */
    public LongAdder publishesIn() {
        return publishesIn;
    }

    /**
     * Times that a client was not read from for a while because it sent faster than it may.
     *
     * @return the counter.
     */
    public LongAdder readsHeldBack() {
        return readsHeldBack;
    }

    /**
     * Errors that should not happen.
     *
     * @return the counter.
     */
    public LongAdder errors() {
        return errors;
    }
}
