package io.lockstep.gateway.session;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Topic aliases of messages to a client (MQTT 5.0, section 3.3.2.3.4): the topics that come first get one, until none is
 * left. They live as long as the connection. Belongs to the session's thread.
 */
public final class OutboundAliases {
    /** The topic is sent in full, without an alias. */
    public static final int NONE = 0;

    private final Map<String, Integer> aliasByTopic = new LinkedHashMap<>();
    private final int maximum;

    /**
     * Creates a table without aliases.
     *
     * @param maximum number of aliases, 0 where there may be none.
     */
    public OutboundAliases(final int maximum) {
        if (maximum < 0 || maximum > 65_535) {
            throw new IllegalArgumentException("a topic alias maximum is 0 to 65535, but it is " + maximum);
        }
        this.maximum = maximum;
    }

    /**
     * The alias of a topic whose name the client knows.
     *
     * @param topic of a message.
     * @return the alias, or {@link #NONE}.
     */
    public int known(final String topic) {
        return maximum == 0 ? NONE : aliasByTopic.getOrDefault(topic, NONE);
    }

    /**
     * The alias that a topic would get with the next message.
     *
     * @return the alias, or {@link #NONE} where all are given.
     */
    public int next() {
        return aliasByTopic.size() < maximum ? aliasByTopic.size() + 1 : NONE;
    }

    /**
     * A message is sent with the name of the topic and {@link #next()}.
     *
     * @param topic that has no alias yet.
     */
    public void assign(final String topic) {
        if (next() == NONE || aliasByTopic.putIfAbsent(topic, next()) != null) {
            throw new IllegalStateException("the topic " + topic + " cannot get an alias");
        }
    }
}
