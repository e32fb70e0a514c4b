package io.lockstep.gateway.mqtt;

import java.util.concurrent.atomic.LongAdder;

/** Counters of one listener. Any thread may add and read. */
public final class ListenerCounters {
    private final LongAdder connectionsOpened = new LongAdder();
    private final LongAdder connectionsClosed = new LongAdder();
    private final LongAdder handshakesFailed = new LongAdder();

    ListenerCounters() {}

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
     * Connections that ended because TLS or WebSocket was not agreed on.
     *
     * @return the counter.
     */
    public LongAdder handshakesFailed() {
        return handshakesFailed;
    }
}
