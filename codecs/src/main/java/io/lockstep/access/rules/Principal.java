package io.lockstep.access.rules;

import java.util.Objects;

/**
 * Who a client is. Immutable.
 *
 * @param user     name that was proven; null for a client without one.
 * @param clientId as given or assigned.
 */
public record Principal(String user, String clientId) {
    /** Checks the arguments. */
    public Principal {
        Objects.requireNonNull(clientId, "clientId");
    }
}
