package io.lockstep.gateway.session;

import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The subscriptions of one session, and the result of the last match that it took part in. Belongs to the thread of the
 * {@link SubscriptionTree}.
 */
public final class SessionSubscriptions {
    private final Map<String, Subscription> subscriptionByFilter = new LinkedHashMap<>();
    private final Object owner;
    private final String clientId;
    private long matchNumber;
    private int matchedQos;
    private boolean isRetainAsPublished;
    private Integer[] identifiers = new Integer[2];
    private int identifierCount;

    /**
     * Creates an empty set.
     *
     * @param owner    the session, for whoever reads the matches.
     * @param clientId of the session's client, whose own messages no-local subscriptions leave out.
     */
    public SessionSubscriptions(final Object owner, final String clientId) {
        this.owner = owner;
        this.clientId = Objects.requireNonNull(clientId, "clientId");
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
     * What the subscriptions that the last matched name matched ask together.
     *
     * @return only for a session that {@link SubscriptionTree#match} put into its result.
     */
    public SubscriptionMatch lastMatch() {
        return identifierCount == 0 && !isRetainAsPublished
                ? SubscriptionMatch.ofQos(matchedQos)
                : new SubscriptionMatch(
                        matchedQos,
                        isRetainAsPublished,
                        Arrays.asList(identifiers).subList(0, identifierCount));
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

    /**
     * What is subscribed to.
     *
     * @return a copy of the texts of the filters.
     */
    public List<String> filters() {
        return List.copyOf(subscriptionByFilter.keySet());
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

    // A subscription that leaves the client's own messages out does not match them; another one of the session may.
    boolean wants(final SubscriptionOptions options, final String publisher) {
        return publisher == null || !options.isNoLocal() || !publisher.equals(clientId);
    }

    boolean onMatch(final long number, final SubscriptionOptions options) {
        final boolean isFirst = matchNumber != number;
        if (isFirst) {
            matchNumber = number;
            matchedQos = 0;
            isRetainAsPublished = false;
            identifierCount = 0;
        }
        matchedQos = Math.max(matchedQos, options.maximumQos());
        isRetainAsPublished |= options.isRetainAsPublished();
        if (options.identifier() != SubscriptionOptions.NO_IDENTIFIER) {
            if (identifierCount == identifiers.length) {
                identifiers = Arrays.copyOf(identifiers, 2 * identifierCount);
            }
            identifiers[identifierCount++] = options.identifier();
        }
        return isFirst;
    }
}
