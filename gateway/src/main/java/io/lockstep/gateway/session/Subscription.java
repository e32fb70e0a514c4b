package io.lockstep.gateway.session;

/** One session's subscription to one filter: where it hangs in the tree, so that it is taken out without a search. */
final class Subscription {
    private final SessionSubscriptions session;
    private final TreeNode node;
    private int index;
    private int maximumQos;

    Subscription(final SessionSubscriptions session, final TreeNode node, final int maximumQos) {
        this.session = session;
        this.node = node;
        this.maximumQos = maximumQos;
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

    int maximumQos() {
        return maximumQos;
    }

    void maximumQos(final int newMaximumQos) {
        maximumQos = newMaximumQos;
    }
}
