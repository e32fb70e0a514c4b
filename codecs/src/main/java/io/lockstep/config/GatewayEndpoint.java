package io.lockstep.config;

/**
 * Where a gateway listens.
 *
 * @param id       of the gateway, from 0.
 * @param host     name or address to bind to.
 * @param mqttPort of MQTT over TCP.
 * @param httpPort of health and metrics.
 */
public record GatewayEndpoint(int id, String host, int mqttPort, int httpPort) {}
