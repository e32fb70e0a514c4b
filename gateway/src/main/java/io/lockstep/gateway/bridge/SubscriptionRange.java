package io.lockstep.gateway.bridge;

import io.lockstep.client.SessionSubscription;
import io.lockstep.client.SubscriptionChange;
import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.topic.TopicFilter;

/** A subscription in one shard, and the part of its journal for which it counts. Bridge thread only. */
final class SubscriptionRange {
    private final String text;
    private final TopicFilter filter;
    private final SubscriptionOptions options;
    private final long fromPosition;
    private long untilPosition;
    private boolean isRetainedDue;

    SubscriptionRange(final SessionSubscription subscription) {
        this(
                subscription.filter(),
                new SubscriptionOptions(
                        subscription.maximumQos(),
                        subscription.isNoLocal(),
                        subscription.isRetainAsPublished(),
                        subscription.retainHandling(),
                        subscription.identifier()),
                subscription.fromPosition());
        untilPosition = subscription.untilPosition();
        isRetainedDue = subscription.isRetainedDue();
    }

    SubscriptionRange(final String text, final SubscriptionOptions options, final long fromPosition) {
        this.text = text;
        this.filter = TopicFilter.parse(text);
        this.options = options;
        this.fromPosition = fromPosition;
        this.untilPosition = SessionSubscription.GOES_ON;
    }

    static SubscriptionChange toChange(final String filter, final SubscriptionOptions options) {
        final int bits = options.maximumQos()
                | (options.isNoLocal() ? SessionSubscription.NO_LOCAL : 0)
                | (options.isRetainAsPublished() ? SessionSubscription.RETAIN_AS_PUBLISHED : 0)
                | options.retainHandling() << SessionSubscription.RETAIN_HANDLING_SHIFT;
        return new SubscriptionChange(true, filter, options.identifier(), bits);
    }

    String text() {
        return text;
    }

    TopicFilter filter() {
        return filter;
    }

    SubscriptionOptions options() {
        return options;
    }

    long fromPosition() {
        return fromPosition;
    }

    long untilPosition() {
        return untilPosition;
    }

    boolean isGoingOn() {
        return untilPosition == SessionSubscription.GOES_ON;
    }

    boolean isRetainedDue() {
        return isRetainedDue;
    }

    void end(final long position) {
        untilPosition = position;
    }

    /** Whether the subscription wants a message; its publisher is null where nobody asked to know. */
    boolean wants(final LinkMessage message, final String publisher, final String clientId) {
        return message.position() > fromPosition
                && message.position() <= untilPosition
                && !(options.isNoLocal() && clientId.equals(publisher))
                && filter.matches(message.buffer(), message.topicOffset(), message.topicLength());
    }
}
