package io.lockstep.config;

/**
 * Bounds of a gateway that an operator may set. Immutable.
 *
 * @param maxSessions    greatest number of open MQTT sessions of one gateway.
 * @param maxPacketBytes greatest MQTT packet that a gateway takes.
 * @param receiveMaximum greatest number of unanswered QoS 1 messages from a client, and towards one.
 */
public record MqttLimits(int maxSessions, int maxPacketBytes, int receiveMaximum) {
    /** What counts where the cluster file says nothing. */
    public static final MqttLimits DEFAULTS = new MqttLimits(
            (int) ConfigKeys.MQTT_MAX_SESSIONS.parseNumber(ConfigKeys.MQTT_MAX_SESSIONS.defaultValue()),
            (int) ConfigKeys.MQTT_MAX_PACKET.parseNumber(ConfigKeys.MQTT_MAX_PACKET.defaultValue()),
            (int) ConfigKeys.MQTT_RECEIVE_MAXIMUM.parseNumber(ConfigKeys.MQTT_RECEIVE_MAXIMUM.defaultValue()));

    /** Checks the arguments. */
    public MqttLimits {
        check(ConfigKeys.MQTT_MAX_SESSIONS, maxSessions);
        check(ConfigKeys.MQTT_MAX_PACKET, maxPacketBytes);
        check(ConfigKeys.MQTT_RECEIVE_MAXIMUM, receiveMaximum);
    }

    private static void check(final ConfigKey key, final long value) {
        if (value < key.lowest() || value > key.highest()) {
            throw new IllegalArgumentException(key.name() + " takes " + key.allowed() + ", but it is " + value);
        }
    }
}
