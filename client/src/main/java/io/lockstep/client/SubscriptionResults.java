package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/**
 * What became of changes of subscriptions in one shard. The array is not copied and not to be changed.
 *
 * @param code     {@link ResultCode#ACCEPTED}, or why nothing was changed.
 * @param detail   as the code says.
 * @param position end of the journal at which they took place: new subscriptions count from there on, ended ones until there.
 * @param results  one of the constants for each change; empty where the code is another.
 */
@SuppressWarnings("ArrayRecordComponent")
public record SubscriptionResults(ResultCode code, long detail, long position, byte[] results) {
    /** A new subscription. */
    public static final byte NEW = 0;

    /** A subscription that replaces one with the same filter. */
    public static final byte REPLACED = 1;

    /** There was one with this filter, options and identifier already. */
    public static final byte UNCHANGED = 2;

    /** A subscription that ended. */
    public static final byte ENDED = 3;

    /** There was none to end. */
    public static final byte NONE_THERE = 4;

    /** Refused: the session has as many as it may. */
    public static final byte TOO_MANY = 5;

    /** Refused: the access rules do not let the client subscribe to the filter. */
    public static final byte NOT_ALLOWED = 6;

    /**
     * Whether a change was refused.
     *
     * @param result one of the constants.
     * @return true if so.
     */
    public static boolean isRefused(final byte result) {
        return result == TOO_MANY || result == NOT_ALLOWED;
    }
}
