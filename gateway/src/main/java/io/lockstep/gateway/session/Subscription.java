package io.lockstep.gateway.session;

/** One session's subscription to one filter: where it hangs in the tree, so that it is taken out without a search. */
final class Subscription {
    private final SessionSubscriptions session;
    private final TreeNode node;
    private int index;
    private SubscriptionOptions options;

    Subscription(final SessionSubscriptions session, final TreeNode node, final SubscriptionOptions options) {
        this.session = session;
        this.node = node;
        this.options = options;
    }

    SessionSubscriptions session() {
        return session;
    }

    TreeNode node() {
        return node;
    }

    int index() {
        return index;
    }

    void index(final int newIndex) {
        index = newIndex;
    }

    SubscriptionOptions options() {
        return options;
    }

    void options(final SubscriptionOptions newOptions) {
        options = newOptions;
    }
}
