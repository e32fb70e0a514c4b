package io.lockstep.gateway.session;

/**
 * How a session wants the messages of one subscription (MQTT 5.0, section 3.8.3.1). Immutable.
 *
 * @param maximumQos          greatest QoS to deliver with: 0, 1 or 2.
 * @param isNoLocal           whether messages that the client itself published are left out.
 * @param isRetainAsPublished whether messages keep the retain flag that they were published with.
 * @param retainHandling      when retained messages are sent: 0 at each subscribe, 1 at a new subscription, 2 never.
 * @param identifier          told with each message, or {@link #NO_IDENTIFIER}.
 */
public record SubscriptionOptions(
        int maximumQos, boolean isNoLocal, boolean isRetainAsPublished, int retainHandling, int identifier) {
    /** There is no subscription identifier. */
    public static final int NO_IDENTIFIER = 0;

    /** Greatest subscription identifier. */
    public static final int MAX_IDENTIFIER = 268_435_455;

    private static final SubscriptionOptions[] PLAIN = {plain(0), plain(1), plain(2)};

    /** Checks the arguments. */
    public SubscriptionOptions {
        if (maximumQos < 0 || maximumQos > 2) {
            throw new IllegalArgumentException("a QoS is 0, 1 or 2, but it is " + maximumQos);
        }
        if (retainHandling < 0 || retainHandling > 2) {
            throw new IllegalArgumentException("retain handling is 0, 1 or 2, but it is " + retainHandling);
        }
        if (identifier < NO_IDENTIFIER || identifier > MAX_IDENTIFIER) {
            throw new IllegalArgumentException(
                    "a subscription identifier is 1 to " + MAX_IDENTIFIER + ", but it is " + identifier);
        }
    }

    /**
     * Options of a client that asks for nothing but a QoS.
     *
     * @param maximumQos 0, 1 or 2.
     * @return the options.
     */
    public static SubscriptionOptions ofQos(final int maximumQos) {
        if (maximumQos < 0 || maximumQos > 2) {
            throw new IllegalArgumentException("a QoS is 0, 1 or 2, but it is " + maximumQos);
        }
        return PLAIN[maximumQos];
    }

    private static SubscriptionOptions plain(final int maximumQos) {
        return new SubscriptionOptions(maximumQos, false, false, 0, NO_IDENTIFIER);
    }
}
