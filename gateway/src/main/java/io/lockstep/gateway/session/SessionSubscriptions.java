package io.lockstep.gateway.session;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The subscriptions of one session, and the result of the last match that it took part in. Belongs to the thread of the
 * {@link SubscriptionTree}.
 */
public final class SessionSubscriptions {
    private final Map<String, Subscription> subscriptionByFilter = new LinkedHashMap<>();
    private final Object owner;
    private long matchNumber;
    private int matchedQos;

    /**
     * Creates an empty set.
     *
     * @param owner the session, for whoever reads the matches.
     */
    public SessionSubscriptions(final Object owner) {
        this.owner = owner;
    }

    /**
     * The session.
     *
     * @return as given.
     */
    public Object owner() {
        return owner;
    }

    /**
     * Greatest QoS among the subscriptions that the last matched name matched.
     *
     * @return 0, 1 or 2; only for a session that {@link SubscriptionTree#match} put into its result.
     */
    public int matchedQos() {
        return matchedQos;
    }

    /**
     * Number of subscriptions.
     *
     * @return from 0.
     */
    public int count() {
        return subscriptionByFilter.size();
    }

    /**
     * Whether a filter is subscribed to.
     *
     * @param filter text of the filter.
     * @return true if so.
     */
    public boolean contains(final String filter) {
        return subscriptionByFilter.containsKey(filter);
    }

    Subscription get(final String filter) {
        return subscriptionByFilter.get(filter);
    }

    void put(final String filter, final Subscription subscription) {
        subscriptionByFilter.put(filter, subscription);
    }

    Subscription remove(final String filter) {
        return subscriptionByFilter.remove(filter);
    }

    Collection<Subscription> all() {
        return subscriptionByFilter.values();
    }

    void clear() {
        subscriptionByFilter.clear();
    }

    // Overlapping subscriptions give one copy with the greatest QoS (MQTT 5.0, section 3.3.4).
    boolean onMatch(final long number, final int maximumQos) {
        if (matchNumber == number) {
            matchedQos = Math.max(matchedQos, maximumQos);
            return false;
        }
        matchNumber = number;
        matchedQos = maximumQos;
        return true;
    }
}
