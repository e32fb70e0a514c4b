package io.lockstep.gateway.mqtt;

/**
 * Life of a connection.
 *
 * <table>
 * <caption>Transitions</caption>
 * <tr><th>from</th><th>to</th><th>when</th></tr>
 * <tr><td>AWAITING_CONNECT</td><td>OPENING</td><td>a CONNECT is accepted and the bridge is asked</td></tr>
 * <tr><td>AWAITING_CONNECT, OPENING, OPEN</td><td>CLOSING</td><td>anything ends the connection</td></tr>
 * <tr><td>OPENING</td><td>OPEN</td><td>the bridge opened the session, and CONNACK is sent</td></tr>
 * </table>
 */
enum ConnectionState {
    AWAITING_CONNECT,
    OPENING,
    OPEN,
    CLOSING;

    boolean canBecome(final ConnectionState next) {
        return switch (next) {
            case AWAITING_CONNECT -> false;
            case OPENING -> this == AWAITING_CONNECT;
            case OPEN -> this == OPENING;
            case CLOSING -> this != CLOSING;
        };
    }
}
