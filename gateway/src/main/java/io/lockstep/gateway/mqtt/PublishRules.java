package io.lockstep.gateway.mqtt;

import io.lockstep.topic.TopicName;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;

/** What a PUBLISH from a client must keep to. No state. */
final class PublishRules {
    private PublishRules() {}

    /** Why the packet ends the connection, or {@link ReasonCodes#SUCCESS}. */
    static int fatalCode(final MqttPublishMessage message) {
        final MqttFixedHeader header = message.fixedHeader();
        if (header.qosLevel() == MqttQoS.EXACTLY_ONCE) {
            return ReasonCodes.QOS_NOT_SUPPORTED;
        }
        if (header.isRetain()) {
            return ReasonCodes.RETAIN_NOT_SUPPORTED;
        }
        if (header.isDup() && header.qosLevel() == MqttQoS.AT_MOST_ONCE) {
            return ReasonCodes.MALFORMED_PACKET;
        }
        final MqttProperties properties = message.variableHeader().properties();
        if (properties.getProperty(MqttProperties.TOPIC_ALIAS) != null) {
            return ReasonCodes.TOPIC_ALIAS_INVALID;
        }
        final MqttProperty<?> responseTopic = properties.getProperty(MqttProperties.RESPONSE_TOPIC);
        final boolean isBad = message.variableHeader().topicName().isEmpty()
                || !properties
                        .getProperties(MqttProperties.SUBSCRIPTION_IDENTIFIER)
                        .isEmpty()
                || (responseTopic != null && !isName(((StringProperty) responseTopic).value()));
        return isBad ? ReasonCodes.PROTOCOL_ERROR : ReasonCodes.SUCCESS;
    }

    /** Why the topic cannot be published to, or {@link ReasonCodes#SUCCESS}. */
    static int topicCode(final String topic) {
        return isName(topic) && topic.charAt(0) != '$' ? ReasonCodes.SUCCESS : ReasonCodes.TOPIC_NAME_INVALID;
    }

    private static boolean isName(final String topic) {
        final byte[] bytes = topic.getBytes(StandardCharsets.UTF_8);
        return TopicName.isValid(new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
