package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.SubscriptionOptions;
import io.lockstep.topic.TopicFilter;

/**
 * One filter of a subscribe command. Immutable.
 *
 * @param filter      to match with; null where the front end has refused it already.
 * @param options     of the subscription; null where it is refused.
 * @param refusalCode the front end's own code where it is refused.
 */
public record SubscribeRequest(TopicFilter filter, SubscriptionOptions options, int refusalCode) {
    /**
     * A filter to subscribe to.
     *
     * @param filter  to match with.
     * @param options of the subscription.
     * @return the request.
     */
    public static SubscribeRequest of(final TopicFilter filter, final SubscriptionOptions options) {
        return new SubscribeRequest(filter, options, 0);
    }

    /**
     * A filter that cannot be served.
     *
     * @param code for the answer.
     * @return the request.
     */
    public static SubscribeRequest refused(final int code) {
        return new SubscribeRequest(null, null, code);
    }

    /**
     * Whether the front end has refused the filter.
     *
     * @return true if so.
     */
    public boolean isRefused() {
        return filter == null;
    }
}
