package io.lockstep.gateway.session;

import java.util.List;

/**
 * What the subscriptions of one session that a message matches ask together: overlapping subscriptions give one copy with
 * the greatest QoS and all identifiers (MQTT 5.0, section 3.3.4). Immutable.
 *
 * @param maximumQos          greatest QoS to deliver with.
 * @param isRetainAsPublished whether one of them keeps the retain flag.
 * @param identifiers         of those that have one, in the order in which they matched.
 */
public record SubscriptionMatch(int maximumQos, boolean isRetainAsPublished, List<Integer> identifiers) {
    private static final SubscriptionMatch[] PLAIN = {plain(0), plain(1), plain(2)};

    /** Checks the arguments. */
    public SubscriptionMatch {
        identifiers = List.copyOf(identifiers);
    }

    /**
     * What subscriptions ask that have a QoS only.
     *
     * @param maximumQos 0, 1 or 2.
     * @return always the same object for a QoS.
     */
    public static SubscriptionMatch ofQos(final int maximumQos) {
        return PLAIN[maximumQos];
    }

    /**
     * What one subscription asks.
     *
     * @param options of the subscription.
     * @return the same as if its messages had matched nothing else.
     */
    public static SubscriptionMatch of(final SubscriptionOptions options) {
        return options.identifier() == SubscriptionOptions.NO_IDENTIFIER && !options.isRetainAsPublished()
                ? ofQos(options.maximumQos())
                : new SubscriptionMatch(
                        options.maximumQos(),
                        options.isRetainAsPublished(),
                        options.identifier() == SubscriptionOptions.NO_IDENTIFIER
                                ? List.of()
                                : List.of(options.identifier()));
    }

    private static SubscriptionMatch plain(final int maximumQos) {
        return new SubscriptionMatch(maximumQos, false, List.of());
    }
}
