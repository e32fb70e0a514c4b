package io.lockstep.gateway.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What well-behaved clients send in their whole life, packet by packet, to be spoiled. No state. */
final class Conversations {
    private Conversations() {}

    static List<List<byte[]>> all() {
        return List.of(
                everything(),
                acknowledgements("a"),
                acknowledgements("b"),
                retained(),
                old(MqttVersion.MQTT_3_1_1),
                old(MqttVersion.MQTT_3_1),
                enhanced());
    }

    /** All properties that a client may send; a session that stays, and a will. */
    private static List<byte[]> everything() {
        final MqttProperties will = messageProperties();
        will.add(new IntegerProperty(MqttProperties.WILL_DELAY_INTERVAL, 5));
        final List<MqttMessage> messages = new ArrayList<>();
        messages.add(MqttMessageBuilders.connect()
                .protocolVersion(MqttVersion.MQTT_5)
                .clientId("a")
                .cleanSession(false)
                .keepAlive(30)
                .username("user")
                .password("password".getBytes(StandardCharsets.UTF_8))
                .willFlag(true)
                .willQoS(MqttQoS.EXACTLY_ONCE)
                .willRetain(true)
                .willTopic("wills/a")
                .willMessage("gone".getBytes(StandardCharsets.UTF_8))
                .willProperties(will)
                .properties(connectProperties())
                .build());
        messages.add(MqttMessageBuilders.subscribe()
                .messageId(1)
                .addSubscription(
                        "plant/+/temp",
                        new MqttSubscriptionOption(
                                MqttQoS.EXACTLY_ONCE,
                                true,
                                true,
                                MqttSubscriptionOption.RetainedHandlingPolicy.SEND_AT_SUBSCRIBE_IF_NOT_YET_EXISTS))
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "1/#")
                .addSubscription(MqttQoS.AT_MOST_ONCE, "#")
                .properties(with(new IntegerProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER, 300)))
                .build());
        messages.add(publish("plant/7/temp", 0, 0, false, withAlias(messageProperties(), 3)));
        messages.add(publish("", 1, 2, false, withAlias(new MqttProperties(), 3)));
        messages.add(publish("1/b", 2, 3, true, messageProperties()));
        messages.add(reply(MqttMessageType.PUBREL, 3));
        messages.add(publish("1/b", 2, 3, false, MqttProperties.NO_PROPERTIES));
        messages.add(MqttMessage.PINGREQ);
        messages.addAll(acknowledged());
        messages.add(MqttMessageBuilders.unsubscribe()
                .messageId(4)
                .addTopicFilter("1/#")
                .addTopicFilter("never/there")
                .build());
        final MqttProperties leaving = with(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 10));
        leaving.add(new StringProperty(MqttProperties.REASON_STRING, "done"));
        leaving.add(new UserProperty("k", "v"));
        messages.add(MqttMessageBuilders.disconnect()
                .reasonCode((byte) 4)
                .properties(leaving)
                .build());
        return encoded(messages);
    }

    /** Comes back to a session and acknowledges whatever it may hold. */
    private static List<byte[]> acknowledgements(final String clientId) {
        final List<MqttMessage> messages = new ArrayList<>();
        messages.add(MqttMessageBuilders.connect()
                .protocolVersion(MqttVersion.MQTT_5)
                .clientId(clientId)
                .cleanSession(false)
                .keepAlive(10)
                .properties(with(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 600)))
                .build());
        messages.addAll(acknowledged());
        messages.add(MqttMessageBuilders.subscribe()
                .messageId(9)
                .addSubscription(MqttQoS.EXACTLY_ONCE, "plant/#")
                .addSubscription(MqttQoS.EXACTLY_ONCE, "1/b")
                .build());
        messages.add(publish("plant/a", 2, 1, false, MqttProperties.NO_PROPERTIES));
        messages.add(publish("plant/b", 1, 2, false, MqttProperties.NO_PROPERTIES));
        messages.addAll(acknowledged());
        messages.add(reply(MqttMessageType.PUBREL, 1));
        return encoded(messages);
    }

    private static List<byte[]> retained() {
        final List<MqttMessage> messages = new ArrayList<>();
        messages.add(MqttMessageBuilders.connect()
                .protocolVersion(MqttVersion.MQTT_5)
                .clientId("")
                .cleanSession(true)
                .properties(MqttProperties.NO_PROPERTIES)
                .build());
        for (int i = 0; i < 4; i++) {
            messages.add(publish(i % 2 + "/kept/" + i, i % 3, 1 + i, true, messageProperties()));
        }
        messages.add(MqttMessageBuilders.subscribe()
                .messageId(10)
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "+/kept/#")
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "$share/group/plant/#")
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "$SYS/#")
                .build());
        messages.add(new MqttPublishMessage(
                new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.AT_LEAST_ONCE, true, 0),
                new MqttPublishVariableHeader("0/kept/0", 11, MqttProperties.NO_PROPERTIES),
                Unpooled.EMPTY_BUFFER));
        messages.add(MqttMessageBuilders.disconnect().reasonCode((byte) 0).build());
        return encoded(messages);
    }

    private static List<byte[]> old(final MqttVersion version) {
        final List<MqttMessage> messages = new ArrayList<>();
        messages.add(MqttMessageBuilders.connect()
                .protocolVersion(version)
                .clientId("old")
                .cleanSession(false)
                .keepAlive(5)
                .username("user")
                .willFlag(true)
                .willQoS(MqttQoS.AT_LEAST_ONCE)
                .willTopic("1/wills")
                .willMessage(new byte[] {1, 2, 3})
                .build());
        messages.add(MqttMessageBuilders.subscribe()
                .messageId(1)
                .addSubscription(MqttQoS.EXACTLY_ONCE, "plant/+/temp")
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "1/#")
                .build());
        for (int qos = 0; qos <= 2; qos++) {
            messages.add(publish("plant/1/temp", qos, 20 + qos, qos == 1, MqttProperties.NO_PROPERTIES));
        }
        messages.add(reply(MqttMessageType.PUBREL, 22));
        messages.addAll(acknowledged());
        messages.add(MqttMessage.PINGREQ);
        messages.add(MqttMessageBuilders.unsubscribe()
                .messageId(2)
                .addTopicFilter("1/#")
                .build());
        messages.add(MqttMessage.DISCONNECT);
        return encoded(messages);
    }

    private static List<byte[]> enhanced() {
        final MqttProperties method = with(new StringProperty(MqttProperties.AUTHENTICATION_METHOD, "SCRAM"));
        method.add(new BinaryProperty(MqttProperties.AUTHENTICATION_DATA, new byte[] {1, 2}));
        return encoded(List.of(
                MqttMessageBuilders.connect()
                        .protocolVersion(MqttVersion.MQTT_5)
                        .clientId("enhanced")
                        .cleanSession(true)
                        .properties(method)
                        .build(),
                new MqttMessage(
                        new MqttFixedHeader(MqttMessageType.AUTH, false, MqttQoS.AT_MOST_ONCE, false, 0),
                        new MqttReasonCodeAndPropertiesVariableHeader((byte) 0x18, method))));
    }

    /** Ids that the gateway gives to messages with and without ordinal. */
    private static List<MqttMessage> acknowledged() {
        final List<MqttMessage> messages = new ArrayList<>();
        for (int packetId = 3; packetId <= 8; packetId++) {
            messages.add(reply(MqttMessageType.PUBACK, packetId));
            messages.add(reply(MqttMessageType.PUBREC, packetId));
            messages.add(reply(MqttMessageType.PUBCOMP, packetId));
        }
        return messages;
    }

    private static MqttMessage reply(final MqttMessageType type, final int packetId) {
        final MqttQoS qos = type == MqttMessageType.PUBREL ? MqttQoS.AT_LEAST_ONCE : MqttQoS.AT_MOST_ONCE;
        return new MqttMessage(
                new MqttFixedHeader(type, false, qos, false, 2), MqttMessageIdVariableHeader.from(packetId));
    }

    private static MqttMessage publish(
            final String topic,
            final int qos,
            final int packetId,
            final boolean isRetained,
            final MqttProperties properties) {
        return new MqttPublishMessage(
                new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.valueOf(qos), isRetained, 0),
                new MqttPublishVariableHeader(topic, packetId, properties),
                Unpooled.copiedBuffer("payload of " + packetId, StandardCharsets.UTF_8));
    }

    private static MqttProperties connectProperties() {
        final MqttProperties properties = with(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 60));
        properties.add(new IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 2));
        properties.add(new IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, 300));
        properties.add(new IntegerProperty(MqttProperties.TOPIC_ALIAS_MAXIMUM, 2));
        properties.add(new IntegerProperty(MqttProperties.REQUEST_RESPONSE_INFORMATION, 1));
        properties.add(new IntegerProperty(MqttProperties.REQUEST_PROBLEM_INFORMATION, 1));
        properties.add(new UserProperty("k", "v"));
        return properties;
    }

    private static MqttProperties messageProperties() {
        final MqttProperties properties = with(new IntegerProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR, 1));
        properties.add(new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, 60));
        properties.add(new StringProperty(MqttProperties.CONTENT_TYPE, "text/plain"));
        properties.add(new StringProperty(MqttProperties.RESPONSE_TOPIC, "answers/a"));
        properties.add(new BinaryProperty(MqttProperties.CORRELATION_DATA, new byte[] {1, 2, 3}));
        properties.add(new UserProperty("k", "v"));
        properties.add(new UserProperty("k", "w"));
        return properties;
    }

    private static MqttProperties withAlias(final MqttProperties properties, final int alias) {
        properties.add(new IntegerProperty(MqttProperties.TOPIC_ALIAS, alias));
        return properties;
    }

    private static MqttProperties with(final MqttProperties.MqttProperty<?> property) {
        final MqttProperties properties = new MqttProperties();
        properties.add(property);
        return properties;
    }

    private static List<byte[]> encoded(final List<MqttMessage> messages) {
        final EmbeddedChannel encoder = new EmbeddedChannel(MqttEncoder.INSTANCE);
        final List<byte[]> packets = new ArrayList<>();
        for (final MqttMessage message : messages) {
            encoder.writeOutbound(message);
            final ByteBuf bytes = encoder.readOutbound();
            packets.add(ByteBufUtil.getBytes(bytes));
            bytes.release();
        }
        encoder.finishAndReleaseAll();
        return List.copyOf(packets);
    }
}
