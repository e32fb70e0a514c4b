package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.PendingDelivery;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
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
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
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

    static MqttConnAckMessage connAck(
            final ConnectSettings settings,
            final GatewayLimits limits,
            final String responseInformation,
            final boolean isSessionPresent,
            final long sessionExpirySeconds) {
        final MqttMessageBuilders.ConnAckBuilder builder = MqttMessageBuilders.connAck()
                .returnCode(MqttConnectReturnCode.CONNECTION_ACCEPTED)
                .sessionPresent(isSessionPresent);
        if (settings.isMqtt5()) {
            builder.properties(connAckProperties(settings, limits, responseInformation, sessionExpirySeconds));
        }
        return builder.build();
    }

    /** A refusal of a CONNECT of MQTT 5.0 that cannot be read, in bytes: the codec does not know the version then. */
    static ByteBuf connAckOfBadConnect(final int reasonCode) {
        return Unpooled.wrappedBuffer(new byte[] {0x20, 3, 0, (byte) reasonCode, 0});
    }

    /** A DISCONNECT of MQTT 5.0; it says its reason in words where the client takes a packet of that length. */
    static MqttMessage disconnect(final int reasonCode, final String reason, final long maxPacketBytes) {
        // Fixed header 2, reason code 1, length of properties 1.
        return MqttMessageBuilders.disconnect()
                .reasonCode((byte) reasonCode)
                .properties(reasonProperties(reason, 4, maxPacketBytes))
                .build();
    }

    /** A DISCONNECT of MQTT 5.0 that says where to go on. */
    static MqttMessage disconnect(final DrainNotice notice, final long maxPacketBytes) {
        return MqttMessageBuilders.disconnect()
                .reasonCode((byte) notice.reasonCode())
                .properties(referenceProperties(notice, 4, maxPacketBytes))
                .build();
    }

    /** Where to go on, where that fits. */
    static MqttProperties referenceProperties(
            final DrainNotice notice, final int otherBytes, final long maxPacketBytes) {
        final String reference = notice.serverReference();
        if (reference.isEmpty() || otherBytes + 5L + ByteBufUtil.utf8Bytes(reference) > maxPacketBytes) {
            return MqttProperties.NO_PROPERTIES;
        }
        final MqttProperties properties = new MqttProperties();
        properties.add(new StringProperty(MqttProperties.SERVER_REFERENCE, reference));
        return properties;
    }

    /** A PUBACK; a refusal says its reason in words where that is wanted and fits ([MQTT-3.4.2-2]). */
    static MqttMessage pubAck(final ConnectSettings settings, final int packetId, final int reasonCode) {
        return new MqttPubAckMessage(fixedHeader(MqttMessageType.PUBACK), replyHeader(settings, packetId, reasonCode));
    }

    /** A PUBREC; a refusal says its reason in words where that is wanted and fits ([MQTT-3.5.2-2]). */
    static MqttMessage pubRec(final ConnectSettings settings, final int packetId, final int reasonCode) {
        return new MqttMessage(fixedHeader(MqttMessageType.PUBREC), replyHeader(settings, packetId, reasonCode));
    }

    /** A PUBREL. */
    static MqttMessage pubRel(final ConnectSettings settings, final int packetId, final int reasonCode) {
        // Its fixed header has the flags of QoS 1 [MQTT-3.6.1-1].
        return new MqttMessage(
                new MqttFixedHeader(MqttMessageType.PUBREL, false, MqttQoS.AT_LEAST_ONCE, false, 0),
                replyHeader(settings, packetId, reasonCode));
    }

    /** A PUBCOMP. */
    static MqttMessage pubComp(final ConnectSettings settings, final int packetId, final int reasonCode) {
        return new MqttMessage(fixedHeader(MqttMessageType.PUBCOMP), replyHeader(settings, packetId, reasonCode));
    }

    /** A SUBACK; the first refusal says its reason in words where that is wanted and fits ([MQTT-3.9.2-1]). */
    static MqttMessage subAck(final ConnectSettings settings, final int packetId, final int[] reasonCodes) {
        int worst = ReasonCodes.SUCCESS;
        for (int i = reasonCodes.length - 1; i >= 0; i--) {
            worst = ReasonCodes.isError(reasonCodes[i]) ? reasonCodes[i] : worst;
        }
        // Fixed header up to 5, packet id 2, length of properties 1.
        final MqttProperties properties = refusalProperties(settings, worst, 8 + reasonCodes.length);
        return new MqttSubAckMessage(
                fixedHeader(MqttMessageType.SUBACK),
                new MqttMessageIdAndPropertiesVariableHeader(packetId, properties),
                new MqttSubAckPayload(reasonCodes));
    }

    /** An UNSUBACK; MQTT 3.1.1 has no reason codes in it. */
    static MqttMessage unsubAck(final boolean isMqtt5, final int packetId, final int[] results) {
        final MqttMessageBuilders.UnsubAckBuilder builder =
                MqttMessageBuilders.unsubAck().packetId(packetId);
        for (int i = 0; isMqtt5 && i < results.length; i++) {
            builder.addReasonCode((short) ReasonCodes.ofUnsubscribeResult(results[i]));
        }
        final MqttUnsubAckMessage message = builder.build();
        return message;
    }

    static MqttMessage publish(final PendingDelivery pending, final String topic, final MqttProperties properties) {
        return new MqttPublishMessage(
                new MqttFixedHeader(
                        MqttMessageType.PUBLISH,
                        pending.qos() > 0 && pending.isMaybeRepeated(),
                        MqttQoS.valueOf(pending.qos()),
                        pending.isRetained(),
                        0),
                new MqttPublishVariableHeader(topic, pending.packetId(), properties),
                Unpooled.wrappedBuffer(pending.delivery().payload()));
    }

    /** How long a PUBLISH is in an MQTT 5.0 packet. */
    static long publishLength(
            final int topicLengthBytes, final int qos, final MqttProperties properties, final int payloadLength) {
        final int propertiesLength = HeaderMapping.encodedLength(properties);
        final long remainingLength = 2L
                + topicLengthBytes
                + (qos == 0 ? 0 : 2)
                + variableLength(propertiesLength)
                + propertiesLength
                + payloadLength;
        return 1 + variableLength(remainingLength) + remainingLength;
    }

    static int variableLength(final long value) {
        int length = 1;
        for (long rest = value >>> 7; rest > 0; rest >>>= 7) {
            length++;
        }
        return length;
    }

    /** A reason string where it fits. */
    static MqttProperties reasonProperties(final String reason, final int otherBytes, final long maxPacketBytes) {
        // Lengths of packet and properties may take a byte more each.
        if (reason == null || otherBytes + 5L + ByteBufUtil.utf8Bytes(reason) > maxPacketBytes) {
            return MqttProperties.NO_PROPERTIES;
        }
        final MqttProperties properties = new MqttProperties();
        properties.add(new StringProperty(MqttProperties.REASON_STRING, reason));
        return properties;
    }

    private static MqttMessageIdVariableHeader replyHeader(
            final ConnectSettings settings, final int packetId, final int reasonCode) {
        return settings.isMqtt5()
                ? new MqttPubReplyMessageVariableHeader(
                        // Fixed header 2, packet id 2, reason code 1, length of properties 1.
                        packetId, (byte) reasonCode, refusalProperties(settings, reasonCode, 6))
                : MqttMessageIdVariableHeader.from(packetId);
    }

    private static MqttProperties refusalProperties(
            final ConnectSettings settings, final int reasonCode, final int otherBytes) {
        return settings.isMqtt5() && settings.hasProblemInformation() && ReasonCodes.isError(reasonCode)
                ? reasonProperties(
                        ReasonCodes.sentenceOf(reasonCode),
                        otherBytes,
                        settings.limits().maxPacketBytes())
                : MqttProperties.NO_PROPERTIES;
    }

    private static MqttFixedHeader fixedHeader(final MqttMessageType type) {
        return new MqttFixedHeader(type, false, MqttQoS.AT_MOST_ONCE, false, 0);
    }

    // What is not there yet is said here, so that a client need not find out by being disconnected.
    private static MqttProperties connAckProperties(
            final ConnectSettings settings,
            final GatewayLimits limits,
            final String responseInformation,
            final long sessionExpirySeconds) {
        final ConnAckPropertiesBuilder properties = new ConnAckPropertiesBuilder()
                .receiveMaximum(limits.receiveMaximum())
                // The codec says no where nothing is said.
                .retainAvailable(true)
                .maximumPacketSize(limits.maxPacketBytes())
                .wildcardSubscriptionAvailable(true)
                .subscriptionIdentifiersAvailable(true)
                .sharedSubscriptionAvailable(true);
        if (limits.topicAliasMaximum() > 0) {
            properties.topicAliasMaximum(limits.topicAliasMaximum());
        }
        if (settings.wantsResponseInformation() && !responseInformation.isEmpty()) {
            properties.responseInformation(responseInformation);
        }
        if (sessionExpirySeconds != settings.sessionExpirySeconds()) {
            properties.sessionExpiryInterval(sessionExpirySeconds);
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
