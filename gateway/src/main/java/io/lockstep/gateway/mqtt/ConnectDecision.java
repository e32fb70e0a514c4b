package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.Will;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttConnectVariableHeader;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/**
 * What a CONNECT leads to: settings, or a return code and a reason.
 *
 * @param settings   of the session, or null where it is refused.
 * @param returnCode of the CONNACK.
 * @param reason     one sentence for a refusal, else null.
 */
record ConnectDecision(ConnectSettings settings, MqttConnectReturnCode returnCode, String reason) {
    private static final int MQTT_5_LEVEL = MqttVersion.MQTT_5.protocolLevel();
    private static final String BAD_WILL_TOPIC = "a will cannot be published to this topic";
    private static final long NEVER_SECONDS = 0xFFFF_FFFFL;

    static ConnectDecision of(
            final MqttConnectMessage message, final GatewayLimits limits, final boolean hasReasonStrings) {
        final MqttConnectVariableHeader header = message.variableHeader();
        return header.version() == MQTT_5_LEVEL ? ofMqtt5(message, limits, hasReasonStrings) : ofMqtt3(message, limits);
    }

    private static ConnectDecision ofMqtt3(final MqttConnectMessage message, final GatewayLimits limits) {
        final MqttConnectVariableHeader header = message.variableHeader();
        final String givenId = message.payload().clientIdentifier();
        if (header.isWillFlag() && !isWillTopic(message)) {
            return refused(MqttConnectReturnCode.CONNECTION_REFUSED_NOT_AUTHORIZED, BAD_WILL_TOPIC);
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
                header.isCleanSession(),
                header.isCleanSession() ? 0 : NEVER_SECONDS,
                new ClientLimits(limits.receiveMaximum(), ConnectSettings.ANY_PACKET_SIZE, 0),
                false,
                false,
                willOf(message)));
    }

    private static ConnectDecision ofMqtt5(
            final MqttConnectMessage message, final GatewayLimits limits, final boolean hasReasonStrings) {
        final MqttConnectVariableHeader header = message.variableHeader();
        final MqttProperties properties = header.properties();
        final String givenId = message.payload().clientIdentifier();
        if (properties.getProperty(MqttProperties.AUTHENTICATION_METHOD) != null) {
            return refused(
                    MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD,
                    "enhanced authentication is not supported");
        }
        if (header.isWillFlag() && !isWillTopic(message)) {
            return refused(MqttConnectReturnCode.CONNECTION_REFUSED_TOPIC_NAME_INVALID, BAD_WILL_TOPIC);
        }
        if (header.isWillFlag() && !isWillPayload(message)) {
            return refused(
                    MqttConnectReturnCode.CONNECTION_REFUSED_PAYLOAD_FORMAT_INVALID,
                    "the payload of the will is no UTF-8 text, but its format indicator says so");
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
                header.isCleanSession(),
                number(properties, MqttProperties.SESSION_EXPIRY_INTERVAL, 0),
                clientLimits(properties, limits),
                hasReasonStrings && number(properties, MqttProperties.REQUEST_PROBLEM_INFORMATION, 1) == 1,
                number(properties, MqttProperties.REQUEST_RESPONSE_INFORMATION, 0) == 1,
                willOf(message)));
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

    private static boolean isWillTopic(final MqttConnectMessage message) {
        final String topic = message.payload().willTopic();
        final MqttProperty<?> responseTopic =
                message.payload().willProperties().getProperty(MqttProperties.RESPONSE_TOPIC);
        return PublishRules.isOpenToClients(topic)
                && (responseTopic == null || PublishRules.isName(((StringProperty) responseTopic).value()));
    }

    private static boolean isWillPayload(final MqttConnectMessage message) {
        return number(message.payload().willProperties(), MqttProperties.PAYLOAD_FORMAT_INDICATOR, 0) == 0
                || ByteBufUtil.isText(
                        Unpooled.wrappedBuffer(message.payload().willMessageInBytes()), StandardCharsets.UTF_8);
    }

    private static Will willOf(final MqttConnectMessage message) {
        final MqttConnectVariableHeader header = message.variableHeader();
        if (!header.isWillFlag()) {
            return null;
        }
        final MqttProperties properties = message.payload().willProperties();
        return new Will(
                message.payload().willTopic(),
                HeaderMapping.toHeaders(properties, header.willQos(), header.isWillRetain(), null),
                message.payload().willMessageInBytes(),
                TimeUnit.SECONDS.toNanos(number(properties, MqttProperties.WILL_DELAY_INTERVAL, 0)));
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
