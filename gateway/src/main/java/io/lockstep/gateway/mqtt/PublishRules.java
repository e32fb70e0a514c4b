package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.session.InboundAliases;
import io.lockstep.topic.TopicName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/** What a PUBLISH from a client must keep to, given the connection that it comes over. No state. */
final class PublishRules {
    private PublishRules() {}

    /** Why the packet ends the connection, or {@link ReasonCodes#SUCCESS}. */
    static int fatalCode(final MqttPublishMessage message, final InboundAliases aliases) {
        final MqttProperties properties = message.variableHeader().properties();
        final MqttProperty<?> alias = properties.getProperty(MqttProperties.TOPIC_ALIAS);
        if (alias != null && !aliases.isValid(number(alias))) {
            return ReasonCodes.TOPIC_ALIAS_INVALID;
        }
        final MqttProperty<?> responseTopic = properties.getProperty(MqttProperties.RESPONSE_TOPIC);
        final boolean isBad = !properties
                        .getProperties(MqttProperties.SUBSCRIPTION_IDENTIFIER)
                        .isEmpty()
                || (responseTopic != null && !isName(((StringProperty) responseTopic).value()));
        return isBad ? ReasonCodes.PROTOCOL_ERROR : ReasonCodes.SUCCESS;
    }

    /** The topic that is published to; null where there is none, and its alias stands for none. */
    static String topicOf(final MqttPublishMessage message, final InboundAliases aliases) {
        final String topic = message.variableHeader().topicName();
        final MqttProperty<?> alias = message.variableHeader().properties().getProperty(MqttProperties.TOPIC_ALIAS);
        if (alias != null) {
            return aliases.resolve(topic, number(alias));
        }
        return topic.isEmpty() ? null : topic;
    }

    /** Why the message cannot be published, or {@link ReasonCodes#SUCCESS}. */
    static int refusalCode(final MqttPublishMessage message, final String topic) {
        if (!isOpenToClients(topic)) {
            return ReasonCodes.TOPIC_NAME_INVALID;
        }
        final MqttProperty<?> format =
                message.variableHeader().properties().getProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR);
        final ByteBuf payload = message.payload();
        final boolean isBad =
                format != null && number(format) == 1 && !ByteBufUtil.isText(payload, StandardCharsets.UTF_8);
        return isBad ? ReasonCodes.PAYLOAD_FORMAT_INVALID : ReasonCodes.SUCCESS;
    }

    private static int number(final MqttProperty<?> property) {
        return ((IntegerProperty) property).value();
    }

    /** Whether a text is a topic name, and not one of Lockstep's own. */
    static boolean isOpenToClients(final String topic) {
        final byte[] bytes = topic.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        return TopicName.isValid(buffer, 0, bytes.length) && !TopicName.isReserved(buffer, 0, bytes.length);
    }

    /** Whether a text is a topic name. */
    static boolean isName(final String topic) {
        final byte[] bytes = topic.getBytes(StandardCharsets.UTF_8);
        return TopicName.isValid(new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
