package io.lockstep.testkit.mqtt;

import java.util.List;

/**
 * A client library that everybody has, unmodified: connected when it is made, and never again. What it received may be read by
 * any thread; all else belongs to the test's.
 */
interface EverydayClient extends AutoCloseable {
    int TIMEOUT_SECONDS = 60;

    /** Whether the gateway went on with a session. */
    boolean isSessionPresent();

    /** Subscribes and returns what was granted. */
    int subscribe(String filter, int qos) throws Exception;

    /** Publishes and waits until the exchange of the message's QoS is complete. */
    void publish(ClientMessage message) throws Exception;

    /** Messages so far, in their order. */
    List<ClientMessage> received();

    /** Sends a DISCONNECT, if the connection is still there. */
    @Override
    void close();

    /** How a client connects; no will where that is null. */
    record Options(String clientId, boolean isCleanStart, long sessionExpirySeconds, ClientMessage will) {
        static Options of(final String clientId) {
            return new Options(clientId, true, 0, null);
        }

        Options withSession(final long newSessionExpirySeconds) {
            return new Options(clientId, false, newSessionExpirySeconds, will);
        }

        Options withWill(final ClientMessage newWill) {
            return new Options(clientId, isCleanStart, sessionExpirySeconds, newWill);
        }
    }
}
