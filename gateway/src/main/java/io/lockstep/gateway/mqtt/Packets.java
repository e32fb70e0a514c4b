package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.Delivery;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageBuilders.ConnAckPropertiesBuilder;
import io.netty.handler.codec.mqtt.MqttMessageIdAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubAckMessage;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubAckPayload;
import io.netty.handler.codec.mqtt.MqttUnsubAckMessage;

/** Makes the packets that the gateway sends. No state. */
final class Packets {
    private Packets() {}

    static MqttConnAckMessage connAck(final ConnectSettings settings, final GatewayLimits limits) {
        final MqttMessageBuilders.ConnAckBuilder builder = MqttMessageBuilders.connAck()
                .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
                .sessionPresent(false);
        if (settings.isMqtt5()) {
            builder.properties(connAckProperties(settings, limits));
        }
        return builder.build();
    }

    static MqttMessage pubAck(final boolean isMqtt5, final int packetId, final int reasonCode) {
        final MqttMessageIdVariableHeader header = isMqtt5
                ? new MqttPubReplyMessageVariableHeader(packetId, (byte) reasonCode, MqttProperties.NO_PROPERTIES)
                : MqttMessageIdVariableHeader.from(packetId);
        return new MqttPubAckMessage(fixedHeader(MqttMessageType.PUBACK), header);
    }

    static MqttMessage subAck(final int packetId, final int[] reasonCodes) {
        return new MqttSubAckMessage(
                fixedHeader(MqttMessageType.SUBACK),
                new MqttMessageIdAndPropertiesVariableHeader(packetId, MqttProperties.NO_PROPERTIES),
                new MqttSubAckPayload(reasonCodes));
    }

    /** An UNSUBACK; MQTT 3.1.1 has no reason codes in it. */
    static MqttMessage unsubAck(final boolean isMqtt5, final int packetId, final boolean[] existed) {
        final MqttMessageBuilders.UnsubAckBuilder builder =
                MqttMessageBuilders.unsubAck().packetId(packetId);
        for (int i = 0; isMqtt5 && i < existed.length; i++) {
            builder.addReasonCode((short) (existed[i] ? ReasonCodes.SUCCESS : ReasonCodes.NO_SUBSCRIPTION_EXISTED));
        }
        final MqttUnsubAckMessage message = builder.build();
        return message;
    }

    static MqttMessage publish(
            final Delivery delivery, final int qos, final int packetId, final MqttProperties properties) {
        return new MqttPublishMessage(
                new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.valueOf(qos), false, 0),
                new MqttPublishVariableHeader(delivery.topic(), packetId, properties),
                Unpooled.wrappedBuffer(delivery.payload()));
    }

    /** How long a PUBLISH is in an MQTT 5.0 packet. */
    static long publishLength(final Delivery delivery, final int qos, final MqttProperties properties) {
        final int propertiesLength = HeaderMapping.encodedLength(properties);
        final long remainingLength = 2L
                + delivery.topicLengthBytes()
                + (qos == 0 ? 0 : 2)
                + variableLength(propertiesLength)
                + propertiesLength
                + delivery.payload().length;
        return 1 + variableLength(remainingLength) + remainingLength;
    }

    private static int variableLength(final long value) {
        int length = 1;
        for (long rest = value >>> 7; rest > 0; rest >>>= 7) {
            length++;
        }
        return length;
    }

    private static MqttFixedHeader fixedHeader(final MqttMessageType type) {
        return new MqttFixedHeader(type, false, MqttQoS.AT_MOST_ONCE, false, 0);
    }

    // What is not there yet is said here, so that a client need not find out by being disconnected.
    private static MqttProperties connAckProperties(final ConnectSettings settings, final GatewayLimits limits) {
        final ConnAckPropertiesBuilder properties = new ConnAckPropertiesBuilder()
                .receiveMaximum(limits.receiveMaximum())
                .maximumQos((byte) 1)
                .retainAvailable(false)
                .maximumPacketSize(limits.maxPacketBytes())
                .wildcardSubscriptionAvailable(true)
                .subscriptionIdentifiersAvailable(false)
                .sharedSubscriptionAvailable(false);
        if (settings.wantsSessionExpiry()) {
            properties.sessionExpiryInterval(0);
        }
        if (settings.isAssignedClientId()) {
            properties.assignedClientId(settings.clientId());
        }
        if (settings.isServerKeepAlive()) {
            properties.serverKeepAlive(settings.keepAliveSeconds());
        }
        return properties.build();
    }
}
