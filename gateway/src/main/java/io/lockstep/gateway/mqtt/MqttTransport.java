package io.lockstep.gateway.mqtt;

/** What carries the bytes of MQTT. */
public enum MqttTransport {
    /** TCP. */
    TCP("mqtt", false, false),
    /** TLS over TCP. */
    TLS("mqttTls", true, false),
    /** WebSocket. */
    WEB_SOCKET("mqttWs", false, true),
    /** WebSocket over TLS. */
    SECURE_WEB_SOCKET("mqttWss", true, true);

    private final String key;
    private final boolean isSecure;
    private final boolean isWebSocket;

    MqttTransport(final String key, final boolean isSecure, final boolean isWebSocket) {
        this.key = key;
        this.isSecure = isSecure;
        this.isWebSocket = isWebSocket;
    }

    /**
     * Name for configuration, status and log.
     *
     * @return one word.
     */
    public String key() {
        return key;
    }

    boolean isSecure() {
        return isSecure;
    }

    boolean isWebSocket() {
        return isWebSocket;
    }
}
