package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.BridgeCommand;
import io.lockstep.gateway.bridge.BridgeSession;
import io.lockstep.topic.TopicFilter;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import java.util.ArrayList;
import java.util.List;

/** Turns a SUBSCRIBE into a command, with the filters that cannot be served refused already. No state. */
final class SubscribeRules {
    /** Filters with more levels are refused, so that no client makes the tree deep. */
    static final int MAX_LEVELS = 128;

    private static final int MAX_QOS = 1;
    private static final String SHARE_PREFIX = "$share/";

    private SubscribeRules() {}

    static BridgeCommand.Subscribe toCommand(final BridgeSession session, final MqttSubscribeMessage message) {
        final boolean hasIdentifier = !message.idAndPropertiesVariableHeader()
                .properties()
                .getProperties(MqttProperties.SUBSCRIPTION_IDENTIFIER)
                .isEmpty();
        final List<TopicFilter> filters = new ArrayList<>();
        final List<Integer> qosOrCode = new ArrayList<>();
        for (final MqttTopicSubscription subscription : message.payload().topicSubscriptions()) {
            final int refusal =
                    hasIdentifier ? ReasonCodes.SUBSCRIPTION_IDENTIFIERS_NOT_SUPPORTED : refusalOf(subscription);
            final TopicFilter filter = refusal == ReasonCodes.SUCCESS ? parse(subscription.topicFilter()) : null;
            filters.add(filter);
            if (filter != null) {
                qosOrCode.add(Math.min(subscription.qualityOfService().value(), MAX_QOS));
            } else {
                qosOrCode.add(refusal == ReasonCodes.SUCCESS ? ReasonCodes.TOPIC_FILTER_INVALID : refusal);
            }
        }
        return new BridgeCommand.Subscribe(session, message.variableHeader().messageId(), filters, qosOrCode);
    }

    private static int refusalOf(final MqttTopicSubscription subscription) {
        if (subscription.topicFilter().startsWith(SHARE_PREFIX)) {
            return ReasonCodes.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED;
        }
        return subscription.option().isNoLocal() ? ReasonCodes.IMPLEMENTATION_SPECIFIC_ERROR : ReasonCodes.SUCCESS;
    }

    private static TopicFilter parse(final String text) {
        if (text.chars().filter(character -> character == '/').count() >= MAX_LEVELS) {
            return null;
        }
        try {
            return TopicFilter.parse(text);
        } catch (final IllegalArgumentException ex) {
            // The client is told by the reason code; the sentence in the exception has no place in a SUBACK.
            return null;
        }
    }
}
