package io.lockstep.gateway.session;

/**
 * How fast one client may send. Immutable.
 *
 * @param messages a second, or 0 for any number.
 * @param bytes    a second of topics and payloads, or 0 for any number.
 */
public record ClientRates(int messages, long bytes) {
    /** As fast as the cluster takes it. */
    public static final ClientRates UNLIMITED = new ClientRates(0, 0);

    /** Checks the arguments. */
    public ClientRates {
        if (messages < 0 || bytes < 0) {
            throw new IllegalArgumentException(
                    "a rate is 0 or above, but they are " + messages + " messages and " + bytes + " bytes");
        }
    }
}
