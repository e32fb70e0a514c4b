package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.BridgeCommand;
import io.lockstep.gateway.bridge.BridgeSession;
import io.lockstep.gateway.bridge.SubscribeRequest;
import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.topic.SharedFilter;
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

    // In the protocol the last one of two bits; what is shared is brought at least once, and no more than that is
    // granted.
    private static final int MAX_SHARED_QOS = 1;
    private static final int NO_RETAINED = 2;

    private SubscribeRules() {}

    static BridgeCommand.Subscribe toCommand(
            final BridgeSession session,
            final MqttSubscribeMessage message,
            final byte[] principal,
            final Predicate<String> isAllowed) {
        final int identifier = identifierOf(message);
        final List<SubscribeRequest> requests = new ArrayList<>();
        for (final MqttTopicSubscription subscription : message.payload().topicSubscriptions()) {
            final SubscribeRequest request = toRequest(subscription.topicFilter(), subscription.option(), identifier);
            requests.add(
                    request.isRefused() || isAllowed.test(topicsOf(subscription.topicFilter()))
                            ? request
                            : SubscribeRequest.refused(ReasonCodes.NOT_AUTHORIZED));
        }
        return new BridgeCommand.Subscribe(session, message.variableHeader().messageId(), requests, principal);
    }

    /** Whether one of the subscriptions leaves out what the client itself publishes. */
    static boolean hasNoLocal(final BridgeCommand.Subscribe command) {
        return command.requests().stream()
                .anyMatch(request -> !request.isRefused() && request.options().isNoLocal());
    }

    private static SubscribeRequest toRequest(
            final String text, final MqttSubscriptionOption option, final int identifier) {
        final TopicFilter filter = parse(text);
        if (filter == null) {
            return SubscribeRequest.refused(ReasonCodes.TOPIC_FILTER_INVALID);
        }
        if (SharedFilter.isShared(text)) {
            return SubscribeRequest.of(
                    filter,
                    new SubscriptionOptions(
                            Math.min(option.qos().value(), MAX_SHARED_QOS),
                            false,
                            option.isRetainAsPublished(),
                            NO_RETAINED,
                            identifier));
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

    // What a subscription is about, for the rules.
    private static String topicsOf(final String text) {
        return SharedFilter.isShared(text) ? SharedFilter.parse(text).filter().toString() : text;
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
            if (SharedFilter.isShared(text)) {
                SharedFilter.parse(text);
            }
            return TopicFilter.parse(text);
        } catch (final IllegalArgumentException ex) {
            // The client is told by the reason code; the sentence in the exception has no place in a SUBACK.
            return null;
        }
    }
}
