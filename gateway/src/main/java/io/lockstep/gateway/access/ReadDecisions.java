package io.lockstep.gateway.access;

import io.lockstep.access.rules.Permissions;

/**
 * What one client may read, remembered for the topics that came last, so that most deliveries cost a look into a table. The
 * bridge thread only.
 */
public final class ReadDecisions {
    private static final int LENGTH = 64;

    private Permissions permissions = Permissions.ALL;
    private String[] topics;
    private boolean[] answers;

    /** Remembers nothing yet. */
    public ReadDecisions() {}

    /**
     * Whether a message may be delivered.
     *
     * @param current permissions of the client; with others than last time, nothing is remembered.
     * @param topic   of the message.
     * @return true if so.
     */
    public boolean mayRead(final Permissions current, final String topic) {
        if (current == Permissions.ALL) {
            return true;
        }
        if (current != permissions) {
            permissions = current;
            topics = new String[LENGTH];
            answers = new boolean[LENGTH];
        }
        final int index = topic.hashCode() & (LENGTH - 1);
        if (!topic.equals(topics[index])) {
            answers[index] = current.mayRead(topic);
            topics[index] = topic;
        }
        return answers[index];
    }
}
