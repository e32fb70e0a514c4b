package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.session.GatewayLimits;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttConnectVariableHeader;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.UUID;

/**
 * What a CONNECT leads to: settings, or a return code and a reason. Wills and re-usable sessions are not there yet: a will
 * is refused, because a client that is promised one relies on it; a session that should outlive its connection begins
 * clean, which the protocol lets a server say.
 *
 * @param settings   of the session, or null where it is refused.
 * @param returnCode of the CONNACK.
 * @param reason     one sentence for a refusal, else null.
 */
record ConnectDecision(ConnectSettings settings, MqttConnectReturnCode returnCode, String reason) {
    private static final int MQTT_5_LEVEL = MqttVersion.MQTT_5.protocolLevel();
    private static final long NEVER_SECONDS = 0xFFFF_FFFFL;

    static ConnectDecision of(final MqttConnectMessage message, final GatewayLimits limits) {
        final MqttConnectVariableHeader header = message.variableHeader();
        return header.version() == MQTT_5_LEVEL ? ofMqtt5(message, limits) : ofMqtt3(message, limits);
    }

    private static ConnectDecision ofMqtt3(final MqttConnectMessage message, final GatewayLimits limits) {
        final MqttConnectVariableHeader header = message.variableHeader();
        final String givenId = message.payload().clientIdentifier();
        if (header.isWillFlag()) {
            return refused(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED, "wills are not supported");
        }
        if ((givenId.isEmpty() && !header.isCleanSession()) || isTooLong(givenId, limits)) {
            return refused(MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED, "the client id is not valid");
        }
        return accepted(new ConnectSettings(
                givenId.isEmpty() ? assignedId() : givenId,
                givenId.isEmpty(),
                false,
                header.keepAliveTimeSeconds(),
                false,
                header.isCleanSession() ? 0 : NEVER_SECONDS,
                new ClientLimits(limits.receiveMaximum(), ConnectSettings.ANY_PACKET_SIZE, 0),
                false,
                false));
    }

    private static ConnectDecision ofMqtt5(final MqttConnectMessage message, final GatewayLimits limits) {
        final MqttConnectVariableHeader header = message.variableHeader();
        final MqttProperties properties = header.properties();
        final String givenId = message.payload().clientIdentifier();
        if (properties.getProperty(MqttProperties.AUTHENTICATION_METHOD) != null) {
            return refused(
                    MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD,
                    "enhanced authentication is not supported");
        }
        if (header.isWillFlag()) {
            return refusedWill(header);
        }
        if (isTooLong(givenId, limits)) {
            return refused(
                    MqttConnectReturnCode.CONNECTION_REFUSED_CLIENT_IDENTIFIER_NOT_VALID,
                    "a client id takes at most " + limits.maxClientIdBytes() + " bytes");
        }
        final int asked = header.keepAliveTimeSeconds();
        final boolean isServerKeepAlive = asked == 0 || asked > limits.serverKeepAliveSeconds();
        return accepted(new ConnectSettings(
                givenId.isEmpty() ? assignedId() : givenId,
                givenId.isEmpty(),
                true,
                isServerKeepAlive ? limits.serverKeepAliveSeconds() : asked,
                isServerKeepAlive,
                number(properties, MqttProperties.SESSION_EXPIRY_INTERVAL, 0),
                clientLimits(properties, limits),
                number(properties, MqttProperties.REQUEST_PROBLEM_INFORMATION, 1) == 1,
                number(properties, MqttProperties.REQUEST_RESPONSE_INFORMATION, 0) == 1));
    }

    private static ClientLimits clientLimits(final MqttProperties properties, final GatewayLimits limits) {
        final long receiveMaximum = number(properties, MqttProperties.RECEIVE_MAXIMUM, 65_535);
        final long aliases = number(properties, MqttProperties.TOPIC_ALIAS_MAXIMUM, 0);
        return new ClientLimits(
                (int) Math.min(receiveMaximum, limits.receiveMaximum()),
                number(properties, MqttProperties.MAXIMUM_PACKET_SIZE, ConnectSettings.ANY_PACKET_SIZE),
                (int) Math.min(aliases, limits.topicAliasMaximum()));
    }

    /** The longest packet that the client of a CONNECT takes, whatever becomes of it. */
    static long maxPacketBytes(final MqttConnectMessage message) {
        return number(
                message.variableHeader().properties(),
                MqttProperties.MAXIMUM_PACKET_SIZE,
                ConnectSettings.ANY_PACKET_SIZE);
    }

    boolean isAccepted() {
        return settings != null;
    }

    private static ConnectDecision refusedWill(final MqttConnectVariableHeader header) {
        if (header.isWillRetain()) {
            return refused(
                    MqttConnectReturnCode.CONNECTION_REFUSED_RETAIN_NOT_SUPPORTED, "retained wills are not supported");
        }
        if (header.willQos() > 1) {
            return refused(MqttConnectReturnCode.CONNECTION_REFUSED_QOS_NOT_SUPPORTED, "QoS 2 is not supported");
        }
        return refused(MqttConnectReturnCode.CONNECTION_REFUSED_IMPLEMENTATION_SPECIFIC, "wills are not supported");
    }

    private static ConnectDecision accepted(final ConnectSettings settings) {
        return new ConnectDecision(settings, MqttConnectReturnCode.CONNECTION_ACCEPTED, null);
    }

    private static ConnectDecision refused(final MqttConnectReturnCode returnCode, final String reason) {
        return new ConnectDecision(null, returnCode, reason);
    }

    private static boolean isTooLong(final String clientId, final GatewayLimits limits) {
        return ByteBufUtil.utf8Bytes(clientId) > limits.maxClientIdBytes();
    }

    private static String assignedId() {
        return "lockstep-" + UUID.randomUUID();
    }

    private static long number(final MqttProperties properties, final int propertyId, final long defaultValue) {
        final MqttProperty<?> property = properties.getProperty(propertyId);
        return property == null ? defaultValue : Integer.toUnsignedLong(((IntegerProperty) property).value());
    }
}
