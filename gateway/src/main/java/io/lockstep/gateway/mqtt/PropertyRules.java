package io.lockstep.gateway.mqtt;

import io.netty.handler.codec.mqtt.MqttProperties;

/**
 * Which property may be in which packet of a client, of what type it is, how often it may be there and what values it may
 * have (MQTT 5.0, section 2.2.2.2). No state.
 */
final class PropertyRules {
    /** Sets of packets, as bits. */
    static final int CONNECT = 1;

    static final int WILL = 1 << 1;
    static final int PUBLISH = 1 << 2;
    static final int ACKNOWLEDGEMENT = 1 << 3;
    static final int SUBSCRIBE = 1 << 4;
    static final int UNSUBSCRIBE = 1 << 5;
    static final int DISCONNECT = 1 << 6;
    static final int AUTH = 1 << 7;

    private static final int ALL = -1;
    private static final int MESSAGE = PUBLISH | WILL;
    private static final int LIMIT = 64;

    private PropertyRules() {}

    /** Reads the length of a block of properties and the block. */
    static void check(final WireReader reader, final int packet) {
        final WireReader properties = reader.readPart(reader.readVariable());
        long seen = 0;
        while (properties.hasMore()) {
            final int id = properties.readVariable();
            if (id >= LIMIT || (packetsOf(id) & packet) == 0) {
                throw BadPacketException.malformed("property " + id + " cannot be in this packet");
            }
            if ((seen & 1L << id) != 0 && id != MqttProperties.USER_PROPERTY) {
                throw BadPacketException.protocolError("property " + id + " is there twice");
            }
            seen |= 1L << id;
            checkValue(properties, id);
        }
        final boolean hasDataOnly = (seen & 1L << MqttProperties.AUTHENTICATION_DATA) != 0
                && (seen & 1L << MqttProperties.AUTHENTICATION_METHOD) == 0;
        if (hasDataOnly) {
            throw BadPacketException.protocolError("authentication data needs an authentication method");
        }
    }

    private static int packetsOf(final int id) {
        return switch (id) {
            case MqttProperties.PAYLOAD_FORMAT_INDICATOR,
                    MqttProperties.PUBLICATION_EXPIRY_INTERVAL,
                    MqttProperties.CONTENT_TYPE,
                    MqttProperties.RESPONSE_TOPIC,
                    MqttProperties.CORRELATION_DATA -> MESSAGE;
            // In a PUBLISH it is known, but for servers only: the rules of PUBLISH tell that.
            case MqttProperties.SUBSCRIPTION_IDENTIFIER -> SUBSCRIBE | PUBLISH;
            case MqttProperties.SESSION_EXPIRY_INTERVAL -> CONNECT | DISCONNECT;
            case MqttProperties.AUTHENTICATION_METHOD, MqttProperties.AUTHENTICATION_DATA -> CONNECT | AUTH;
            case MqttProperties.REQUEST_PROBLEM_INFORMATION,
                    MqttProperties.REQUEST_RESPONSE_INFORMATION,
                    MqttProperties.RECEIVE_MAXIMUM,
                    MqttProperties.TOPIC_ALIAS_MAXIMUM,
                    MqttProperties.MAXIMUM_PACKET_SIZE -> CONNECT;
            case MqttProperties.WILL_DELAY_INTERVAL -> WILL;
            case MqttProperties.SERVER_REFERENCE -> DISCONNECT;
            case MqttProperties.REASON_STRING -> ACKNOWLEDGEMENT | DISCONNECT | AUTH;
            case MqttProperties.TOPIC_ALIAS -> PUBLISH;
            case MqttProperties.USER_PROPERTY -> ALL;
            default -> 0;
        };
    }

    private static void checkValue(final WireReader reader, final int id) {
        switch (id) {
            case MqttProperties.PAYLOAD_FORMAT_INDICATOR,
                    MqttProperties.REQUEST_PROBLEM_INFORMATION,
                    MqttProperties.REQUEST_RESPONSE_INFORMATION -> {
                if (reader.readByte() > 1) {
                    throw BadPacketException.protocolError("property " + id + " is 0 or 1");
                }
            }
            case MqttProperties.RECEIVE_MAXIMUM -> checkAboveZero(reader.readShort(), id);
            case MqttProperties.MAXIMUM_PACKET_SIZE -> checkAboveZero(reader.readInt(), id);
            case MqttProperties.SUBSCRIPTION_IDENTIFIER -> checkAboveZero(reader.readVariable(), id);
            // Whether an alias is one depends on the connection.
            case MqttProperties.TOPIC_ALIAS_MAXIMUM, MqttProperties.TOPIC_ALIAS -> reader.readShort();
            case MqttProperties.PUBLICATION_EXPIRY_INTERVAL,
                    MqttProperties.SESSION_EXPIRY_INTERVAL,
                    MqttProperties.WILL_DELAY_INTERVAL -> reader.readInt();
            case MqttProperties.CORRELATION_DATA, MqttProperties.AUTHENTICATION_DATA -> reader.skipBinary();
            case MqttProperties.CONTENT_TYPE,
                    MqttProperties.RESPONSE_TOPIC,
                    MqttProperties.AUTHENTICATION_METHOD,
                    MqttProperties.REASON_STRING -> reader.readText();
            case MqttProperties.USER_PROPERTY -> {
                reader.readText();
                reader.readText();
            }
            case MqttProperties.SERVER_REFERENCE ->
                throw BadPacketException.protocolError("only a server sends a server reference");
            default -> throw new IllegalStateException("property " + id + " is in a packet but has no type");
        }
    }

    private static void checkAboveZero(final long value, final int id) {
        if (value == 0) {
            throw BadPacketException.protocolError("property " + id + " is above 0");
        }
    }
}
