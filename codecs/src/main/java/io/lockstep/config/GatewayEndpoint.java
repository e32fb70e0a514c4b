package io.lockstep.config;

import java.util.Objects;

/**
 * Where a gateway listens.
 *
 * @param id          of the gateway, from 0.
 * @param host        name or address to bind to.
 * @param mqttPort    of MQTT over TCP, or {@link #NO_PORT}.
 * @param mqttTlsPort of MQTT over TLS, or {@link #NO_PORT}.
 * @param mqttWsPort  of MQTT over WebSocket, or {@link #NO_PORT}.
 * @param mqttWssPort of MQTT over secure WebSocket, or {@link #NO_PORT}.
 * @param httpPort    of health and metrics.
 * @param tls         of the secure listeners; null where there is none.
 * @param aeronPort   first of two UDP ports for native clients, or {@link #NO_PORT}.
 * @param aeronMaxSessions greatest number of native clients.
 */
public record GatewayEndpoint(
        int id,
        String host,
        int mqttPort,
        int mqttTlsPort,
        int mqttWsPort,
        int mqttWssPort,
        int httpPort,
        GatewayTls tls,
        int aeronPort,
        int aeronMaxSessions) {
    /** There is no such listener. */
    public static final int NO_PORT = -1;

    /** What counts where the cluster file says nothing. */
    public static final int DEFAULT_AERON_SESSIONS = 5_000;

    /** Checks the arguments. */
    public GatewayEndpoint {
        Objects.requireNonNull(host, "host");
        if (mqttPort == NO_PORT
                && mqttTlsPort == NO_PORT
                && mqttWsPort == NO_PORT
                && mqttWssPort == NO_PORT
                && aeronPort == NO_PORT) {
            throw new IllegalArgumentException("gateway " + id + " listens nowhere: give it an MQTT port or aeronPort");
        }
        if ((mqttTlsPort != NO_PORT || mqttWssPort != NO_PORT) && tls == null) {
            throw new IllegalArgumentException(
                    "gateway " + id + " has a secure listener, which needs tls.certificate and tls.key");
        }
    }

    /**
     * A gateway that listens for MQTT over TCP only.
     *
     * @param id       of the gateway, from 0.
     * @param host     name or address to bind to.
     * @param mqttPort of MQTT over TCP.
     * @param httpPort of health and metrics.
     */
    public GatewayEndpoint(final int id, final String host, final int mqttPort, final int httpPort) {
        this(id, host, mqttPort, NO_PORT, NO_PORT, NO_PORT, httpPort, null);
    }

    /**
     * A gateway that has nothing for native clients.
     *
     * @param id          of the gateway, from 0.
     * @param host        name or address to bind to.
     * @param mqttPort    of MQTT over TCP, or {@link #NO_PORT}.
     * @param mqttTlsPort of MQTT over TLS, or {@link #NO_PORT}.
     * @param mqttWsPort  of MQTT over WebSocket, or {@link #NO_PORT}.
     * @param mqttWssPort of MQTT over secure WebSocket, or {@link #NO_PORT}.
     * @param httpPort    of health and metrics.
     * @param tls         of the secure listeners; null where there is none.
     */
    public GatewayEndpoint(
            final int id,
            final String host,
            final int mqttPort,
            final int mqttTlsPort,
            final int mqttWsPort,
            final int mqttWssPort,
            final int httpPort,
            final GatewayTls tls) {
        this(id, host, mqttPort, mqttTlsPort, mqttWsPort, mqttWssPort, httpPort, tls, NO_PORT, DEFAULT_AERON_SESSIONS);
    }

    /**
     * The same gateway with native clients.
     *
     * @param newAeronPort first of two UDP ports.
     * @param newMaxSessions greatest number of native clients.
     * @return the endpoint.
     */
    public GatewayEndpoint withAeron(final int newAeronPort, final int newMaxSessions) {
        return new GatewayEndpoint(
                id, host, mqttPort, mqttTlsPort, mqttWsPort, mqttWssPort, httpPort, tls, newAeronPort, newMaxSessions);
    }
}
