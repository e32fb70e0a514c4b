package io.lockstep.gateway.mqtt;

/** Whoever is connected to a {@link TestBroker}. */
interface TestPeer extends AutoCloseable {
    /** Lets its connection do what it can do without time passing. */
    void work();

    /** Lets time pass for its connection. */
    void advance(long seconds);

    @Override
    void close();
}
