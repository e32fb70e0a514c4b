package io.lockstep.gateway.session;

import io.lockstep.topic.TopicSlots;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/** One level of a filter in the {@link SubscriptionTree}. Children are found by the bytes of their level. */
final class TreeNode {
    private static final Subscription[] NO_SUBSCRIPTIONS = new Subscription[0];

    private final TreeNode parent;
    private final byte[] level;
    private TreeNode nextOfSameHash;
    private Int2ObjectHashMap<TreeNode> childByHash;
    private TreeNode anyLevelChild;
    private TreeNode anyTailChild;
    private Subscription[] subscriptions = NO_SUBSCRIPTIONS;
    private int subscriptionCount;

    TreeNode(final TreeNode parent, final byte[] level) {
        this.parent = parent;
        this.level = level;
    }

    /** The child of {@code +}, or null. */
    TreeNode anyLevelChild() {
        return anyLevelChild;
    }

    /** The child of {@code #}, or null. */
    TreeNode anyTailChild() {
        return anyTailChild;
    }

    int subscriptionCount() {
        return subscriptionCount;
    }

    Subscription subscription(final int index) {
        return subscriptions[index];
    }

    void add(final Subscription subscription) {
        if (subscriptionCount == subscriptions.length) {
            subscriptions = Arrays.copyOf(subscriptions, Math.max(2, subscriptionCount * 2));
        }
        subscription.index(subscriptionCount);
        subscriptions[subscriptionCount++] = subscription;
    }

    void remove(final Subscription subscription) {
        final Subscription last = subscriptions[--subscriptionCount];
        subscriptions[subscription.index()] = last;
        last.index(subscription.index());
        subscriptions[subscriptionCount] = null;
    }

    /** The child of one literal level of a topic name, or null. */
    TreeNode child(final DirectBuffer buffer, final int offset, final int length) {
        if (childByHash == null) {
            return null;
        }
        TreeNode node = childByHash.get(TopicSlots.hash(buffer, offset, length));
        while (node != null && !node.isLevel(buffer, offset, length)) {
            node = node.nextOfSameHash;
        }
        return node;
    }

    TreeNode childOrNew(final byte[] newLevel) {
        if (isWildcard(newLevel, '+')) {
            if (anyLevelChild == null) {
                anyLevelChild = new TreeNode(this, newLevel);
            }
            return anyLevelChild;
        }
        if (isWildcard(newLevel, '#')) {
            if (anyTailChild == null) {
                anyTailChild = new TreeNode(this, newLevel);
            }
            return anyTailChild;
        }
        final UnsafeBuffer buffer = new UnsafeBuffer(newLevel);
        final TreeNode existing = child(buffer, 0, newLevel.length);
        if (existing != null) {
            return existing;
        }
        if (childByHash == null) {
            childByHash = new Int2ObjectHashMap<>();
        }
        final TreeNode node = new TreeNode(this, newLevel);
        node.nextOfSameHash = childByHash.put(TopicSlots.hash(buffer, 0, newLevel.length), node);
        return node;
    }

    /** Takes this node and those above it out of the tree as far as nothing hangs on them any more. */
    void prune() {
        TreeNode node = this;
        while (node.parent != null && node.isUnused()) {
            node.parent.removeChild(node);
            node = node.parent;
        }
    }

    private boolean isUnused() {
        return subscriptionCount == 0
                && anyLevelChild == null
                && anyTailChild == null
                && (childByHash == null || childByHash.isEmpty());
    }

    private void removeChild(final TreeNode child) {
        if (child == anyLevelChild) {
            anyLevelChild = null;
        } else if (child == anyTailChild) {
            anyTailChild = null;
        } else {
            removeLiteral(child);
        }
    }

    private void removeLiteral(final TreeNode child) {
        final int hash = TopicSlots.hash(new UnsafeBuffer(child.level), 0, child.level.length);
        final TreeNode first = childByHash.get(hash);
        if (first != child) {
            TreeNode before = first;
            while (before.nextOfSameHash != child) {
                before = before.nextOfSameHash;
            }
            before.nextOfSameHash = child.nextOfSameHash;
        } else if (child.nextOfSameHash != null) {
            childByHash.put(hash, child.nextOfSameHash);
        } else {
            childByHash.remove(hash);
        }
    }

    private boolean isLevel(final DirectBuffer buffer, final int offset, final int length) {
        if (level.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (level[i] != buffer.getByte(offset + i)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWildcard(final byte[] level, final char wildcard) {
        return level.length == 1 && level[0] == wildcard;
    }
}
