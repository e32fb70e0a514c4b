package io.lockstep.gateway.session;

import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicName;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.agrona.DirectBuffer;

/**
 * All subscriptions of a gateway as a tree of filter levels: finds the sessions that a topic name concerns without
 * looking at those that it does not. Matching allocates nothing beyond the growth of the caller's list. Belongs to one
 * thread.
 */
public final class SubscriptionTree {
    private static final byte[] NO_LEVEL = new byte[0];

    private final TreeNode root = new TreeNode(null, NO_LEVEL);
    private long matchNumber;
    private String matchedPublisher;
    private int subscriptionCount;

    /** Creates an empty tree. */
    public SubscriptionTree() {}

    /**
     * Subscribes a session to a filter, or changes the options of its subscription.
     *
     * @param session that subscribes.
     * @param filter  to match names with.
     * @param options of the subscription.
     * @return true for a new subscription, false where an existing one changed.
     */
    public boolean add(
            final SessionSubscriptions session, final TopicFilter filter, final SubscriptionOptions options) {
        Objects.requireNonNull(session, "session");
        Objects.requireNonNull(options, "options");
        final String text = filter.toString();
        final Subscription existing = session.get(text);
        if (existing != null) {
            existing.options(options);
            return false;
        }
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        TreeNode node = root;
        int start = 0;
        for (int i = 0; i <= bytes.length; i++) {
            if (i == bytes.length || bytes[i] == '/') {
                node = node.childOrNew(Arrays.copyOfRange(bytes, start, i));
                start = i + 1;
            }
        }
        final Subscription subscription = new Subscription(session, node, options);
        node.add(subscription);
        session.put(text, subscription);
        subscriptionCount++;
        return true;
    }

    /**
     * Ends one subscription.
     *
     * @param session that subscribed.
     * @param filter  text of the filter.
     * @return false where there was none.
     */
    public boolean remove(final SessionSubscriptions session, final String filter) {
        final Subscription subscription = session.remove(filter);
        if (subscription == null) {
            return false;
        }
        detach(subscription);
        return true;
    }

    /**
     * Ends all subscriptions of a session.
     *
     * @param session that subscribed.
     */
    public void removeAll(final SessionSubscriptions session) {
        for (final Subscription subscription : session.all()) {
            detach(subscription);
        }
        session.clear();
    }

    /**
     * Finds the sessions that want a message. Each is added once, and its {@link SessionSubscriptions#lastMatch()} says
     * how it wants the message.
     *
     * @param buffer    that holds a valid topic name.
     * @param offset    of its first byte.
     * @param length    in bytes, above 0.
     * @param publisher client id of the one that published, or null where nobody asked to know.
     * @param matched   takes the sessions.
     */
    public void match(
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final String publisher,
            final List<SessionSubscriptions> matched) {
        matchNumber++;
        matchedPublisher = publisher;
        if (subscriptionCount == 0) {
            return;
        }
        final int end = offset + length;
        if (TopicName.isHidden(buffer, offset)) {
            // A filter that begins with a wildcard does not match names that begin with $.
            final int levelEnd = endOfLevel(buffer, offset, end);
            final TreeNode child = root.child(buffer, offset, levelEnd - offset);
            if (child != null) {
                walk(child, buffer, levelEnd + 1, end, matched);
            }
        } else {
            walk(root, buffer, offset, end, matched);
        }
    }

    /**
     * Number of subscriptions of all sessions.
     *
     * @return from 0.
     */
    public int subscriptionCount() {
        return subscriptionCount;
    }

    // Recursion goes as deep as the name has levels, at most 1,025. A start behind the end means that no level is left.
    private void walk(
            final TreeNode node,
            final DirectBuffer buffer,
            final int start,
            final int end,
            final List<SessionSubscriptions> matched) {
        if (node.anyTailChild() != null) {
            collect(node.anyTailChild(), matched);
        }
        if (start > end) {
            collect(node, matched);
            return;
        }
        final int levelEnd = endOfLevel(buffer, start, end);
        if (node.anyLevelChild() != null) {
            walk(node.anyLevelChild(), buffer, levelEnd + 1, end, matched);
        }
        final TreeNode child = node.child(buffer, start, levelEnd - start);
        if (child != null) {
            walk(child, buffer, levelEnd + 1, end, matched);
        }
    }

    private void collect(final TreeNode node, final List<SessionSubscriptions> matched) {
        for (int i = 0, count = node.subscriptionCount(); i < count; i++) {
            final Subscription subscription = node.subscription(i);
            final SessionSubscriptions session = subscription.session();
            if (session.wants(subscription.options(), matchedPublisher)
                    && session.onMatch(matchNumber, subscription.options())) {
                matched.add(session);
            }
        }
    }

    private void detach(final Subscription subscription) {
        subscription.node().remove(subscription);
        subscription.node().prune();
        subscriptionCount--;
    }

    private static int endOfLevel(final DirectBuffer buffer, final int start, final int end) {
        int index = start;
        while (index < end && buffer.getByte(index) != '/') {
            index++;
        }
        return index;
    }
}
