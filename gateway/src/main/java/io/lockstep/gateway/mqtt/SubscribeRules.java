package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.BridgeCommand;
import io.lockstep.gateway.bridge.BridgeSession;
import io.lockstep.gateway.bridge.SubscribeRequest;
import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.topic.TopicFilter;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttSubscribeMessage;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttTopicSubscription;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Turns a SUBSCRIBE into a command, with the filters that cannot be served refused already. No state. */
final class SubscribeRules {
    /** Filters with more levels are refused, so that no client makes the tree deep. */
    static final int MAX_LEVELS = 128;

    static final String SHARE_PREFIX = "$share/";

    private SubscribeRules() {}

    static BridgeCommand.Subscribe toCommand(
            final BridgeSession session, final MqttSubscribeMessage message, final Predicate<String> isAllowed) {
        final int identifier = identifierOf(message);
        final List<SubscribeRequest> requests = new ArrayList<>();
        for (final MqttTopicSubscription subscription : message.payload().topicSubscriptions()) {
            final SubscribeRequest request = toRequest(subscription.topicFilter(), subscription.option(), identifier);
            requests.add(
                    request.isRefused() || isAllowed.test(subscription.topicFilter())
                            ? request
                            : SubscribeRequest.refused(ReasonCodes.NOT_AUTHORIZED));
        }
        return new BridgeCommand.Subscribe(session, message.variableHeader().messageId(), requests);
    }

    /** Whether one of the subscriptions leaves out what the client itself publishes. */
    static boolean hasNoLocal(final BridgeCommand.Subscribe command) {
        return command.requests().stream()
                .anyMatch(request -> !request.isRefused() && request.options().isNoLocal());
    }

    private static SubscribeRequest toRequest(
            final String text, final MqttSubscriptionOption option, final int identifier) {
        if (text.startsWith(SHARE_PREFIX)) {
            return SubscribeRequest.refused(ReasonCodes.SHARED_SUBSCRIPTIONS_NOT_SUPPORTED);
        }
        final TopicFilter filter = parse(text);
        if (filter == null) {
            return SubscribeRequest.refused(ReasonCodes.TOPIC_FILTER_INVALID);
        }
        return SubscribeRequest.of(
                filter,
                new SubscriptionOptions(
                        option.qos().value(),
                        option.isNoLocal(),
                        option.isRetainAsPublished(),
                        option.retainHandling().value(),
                        identifier));
    }

    private static int identifierOf(final MqttSubscribeMessage message) {
        for (final MqttProperty<?> property : message.idAndPropertiesVariableHeader()
                .properties()
                .getProperties(MqttProperties.SUBSCRIPTION_IDENTIFIER)) {
            return ((IntegerProperty) property).value();
        }
        return SubscriptionOptions.NO_IDENTIFIER;
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
