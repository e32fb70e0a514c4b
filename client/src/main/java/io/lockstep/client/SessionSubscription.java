package io.lockstep.client;

/**
 * A subscription of a session in one shard. Immutable.
 *
 * @param filter        topic filter.
 * @param identifier    MQTT's subscription identifier, 0 for none.
 * @param options       MQTT's subscription options, and {@link #RETAINED_DUE}.
 * @param fromPosition  it counts for messages from this place of the journal on.
 * @param untilPosition it counts for messages before this place; {@link #GOES_ON} where it did not end.
 */
public record SessionSubscription(String filter, int identifier, int options, long fromPosition, long untilPosition) {
    /** Bits of the options with the greatest QoS. */
    public static final int MAXIMUM_QOS = 0x03;

    /** Bit of the options: what the client itself published does not count. */
    public static final int NO_LOCAL = 0x04;

    /** Bit of the options: messages keep their retain flag. */
    public static final int RETAIN_AS_PUBLISHED = 0x08;

    /** Bits of the options that say when retained messages are sent. */
    public static final int RETAIN_HANDLING = 0x30;

    /** By how many bits the retain handling is shifted. */
    public static final int RETAIN_HANDLING_SHIFT = 4;

    /** Bit of the options: the retained messages were not all delivered yet. */
    public static final int RETAINED_DUE = 0x80;

    /** The end of a subscription that has none. */
    public static final long GOES_ON = Long.MAX_VALUE;

    /**
     * The greatest QoS with which messages are delivered.
     *
     * @return 0 to 2.
     */
    public int maximumQos() {
        return options & MAXIMUM_QOS;
    }

    /**
     * Whether the client does not want what it published itself.
     *
     * @return true if so.
     */
    public boolean isNoLocal() {
        return (options & NO_LOCAL) != 0;
    }

    /**
     * Whether messages are delivered with the retain flag with which they were published.
     *
     * @return true if so.
     */
    public boolean isRetainAsPublished() {
        return (options & RETAIN_AS_PUBLISHED) != 0;
    }

    /**
     * When retained messages are sent.
     *
     * @return 0: at each subscribe, 1: only at a new one, 2: never.
     */
    public int retainHandling() {
        return (options & RETAIN_HANDLING) >> RETAIN_HANDLING_SHIFT;
    }

    /**
     * Whether retained messages are still to be delivered.
     *
     * @return true if so.
     */
    public boolean isRetainedDue() {
        return (options & RETAINED_DUE) != 0;
    }

    /**
     * Whether it has no end.
     *
     * @return false where it was ended, and counts for older messages only.
     */
    public boolean isGoingOn() {
        return untilPosition == GOES_ON;
    }
}
