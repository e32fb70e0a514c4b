package io.lockstep.config;

import java.util.Objects;

/**
 * What an operator may set of a gateway's MQTT. Immutable.
 *
 * @param maxSessions         greatest number of open MQTT sessions of one gateway.
 * @param maxPacketBytes      greatest MQTT packet that a gateway takes.
 * @param receiveMaximum      greatest number of unanswered QoS 1 messages from a client, and towards one.
 * @param topicAliasMaximum   greatest number of topic aliases of one connection, in each direction.
 * @param responseInformation told to clients that ask for it; empty where nothing is told.
 * @param hasReasonStrings    whether MQTT 5.0 clients are told in words why something is refused.
 * @param sysIntervalNs       how often clients are told what they subscribed to under {@code $SYS}; 0 for never.
 * @param maxOpening          greatest number of sessions that one gateway opens at once.
 * @param maxClientRate       messages a second that one connection may send; 0 for any number.
 * @param maxClientBytesRate  bytes a second that one connection may send; 0 for any number.
 */
public record MqttLimits(
        int maxSessions,
        int maxPacketBytes,
        int receiveMaximum,
        int topicAliasMaximum,
        String responseInformation,
        boolean hasReasonStrings,
        long sysIntervalNs,
        int maxOpening,
        int maxClientRate,
        long maxClientBytesRate) {
    /** What counts where the cluster file says nothing. */
    public static final MqttLimits DEFAULTS = new MqttLimits(
            (int) defaultOf(ConfigKeys.MQTT_MAX_SESSIONS), (int) defaultOf(ConfigKeys.MQTT_MAX_PACKET), (int)
                    defaultOf(ConfigKeys.MQTT_RECEIVE_MAXIMUM));

    /** Checks the arguments. */
    public MqttLimits {
        check(ConfigKeys.MQTT_MAX_SESSIONS, maxSessions);
        check(ConfigKeys.MQTT_MAX_PACKET, maxPacketBytes);
        check(ConfigKeys.MQTT_RECEIVE_MAXIMUM, receiveMaximum);
        check(ConfigKeys.MQTT_TOPIC_ALIAS_MAXIMUM, topicAliasMaximum);
        check(ConfigKeys.MQTT_SYS_INTERVAL, sysIntervalNs);
        check(ConfigKeys.MQTT_MAX_OPENING, maxOpening);
        check(ConfigKeys.MQTT_MAX_CLIENT_RATE, maxClientRate);
        check(ConfigKeys.MQTT_MAX_CLIENT_BYTES_RATE, maxClientBytesRate);
        Objects.requireNonNull(responseInformation, "responseInformation");
    }

    /**
     * These bounds, and defaults for everything else.
     *
     * @param maxSessions    greatest number of open MQTT sessions of one gateway.
     * @param maxPacketBytes greatest MQTT packet that a gateway takes.
     * @param receiveMaximum greatest number of unanswered QoS 1 messages from a client, and towards one.
     */
    public MqttLimits(final int maxSessions, final int maxPacketBytes, final int receiveMaximum) {
        this(
                maxSessions,
                maxPacketBytes,
                receiveMaximum,
                (int) defaultOf(ConfigKeys.MQTT_TOPIC_ALIAS_MAXIMUM),
                ConfigKeys.MQTT_RESPONSE_INFORMATION.defaultValue(),
                defaultOf(ConfigKeys.MQTT_REASON_STRINGS) == 1,
                defaultOf(ConfigKeys.MQTT_SYS_INTERVAL),
                (int) defaultOf(ConfigKeys.MQTT_MAX_OPENING),
                (int) defaultOf(ConfigKeys.MQTT_MAX_CLIENT_RATE),
                defaultOf(ConfigKeys.MQTT_MAX_CLIENT_BYTES_RATE));
    }

    private static long defaultOf(final ConfigKey key) {
        return key.parseNumber(key.defaultValue());
    }

    private static void check(final ConfigKey key, final long value) {
        if (value < key.lowest() || value > key.highest()) {
            throw new IllegalArgumentException(key.name() + " takes " + key.allowed() + ", but it is " + value);
        }
    }
}
