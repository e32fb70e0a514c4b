package io.lockstep.gateway.session;

import io.lockstep.topic.TopicName;

/**
 * Topic aliases that a client gave to topics of messages that it sends (MQTT 5.0, section 3.3.2.3.4). They live as long as
 * the connection. Belongs to the session's thread.
 */
public final class InboundAliases {
    private final String[] topics;

    /**
     * Creates a table without aliases.
     *
     * @param maximum greatest alias, 0 where there may be none.
     */
    public InboundAliases(final int maximum) {
        if (maximum < 0 || maximum > 65_535) {
            throw new IllegalArgumentException("a topic alias maximum is 0 to 65535, but it is " + maximum);
        }
        this.topics = new String[maximum];
    }

    /**
     * Whether a number can be an alias.
     *
     * @param alias as received.
     * @return false for 0 and for more than the maximum.
     */
    public boolean isValid(final int alias) {
        return alias >= 1 && alias <= topics.length;
    }

    /**
     * Takes a message's topic in.
     *
     * @param topic that was sent with the alias, or empty to ask for the one that was sent before.
     * @param alias a valid one.
     * @return the topic, or null where the alias stands for none.
     */
    public String resolve(final String topic, final int alias) {
        if (topic.isEmpty()) {
            return topics[alias - 1];
        }
        // One that is too long is refused each time, and is not worth keeping.
        topics[alias - 1] = topic.length() > TopicName.MAX_LENGTH ? null : topic;
        return topic;
    }
}
