package io.lockstep.cluster.core;

import java.util.Arrays;

/** A subscription of a session: which messages it is about, and from where to where in the journal it counts. */
final class SessionSubscription {
    /** The end of one that goes on. */
    static final long NO_END = Long.MAX_VALUE;

    /** What a client may say: greatest QoS, no local, retain as published, retain handling. */
    static final int CLIENT_OPTIONS = 0x3F;

    /** Its retained messages were not all delivered yet. */
    static final int RETAINED_DUE = 0x80;

    private static final int QOS = 0x03;
    private static final int RETAIN_HANDLING_SHIFT = 4;
    private static final int RETAIN_HANDLING = 0x03;
    private static final int MAX_VALUE = 2;
    private static final int ALWAYS = 0;
    private static final int IF_NEW = 1;

    private final byte[] filter;
    private final int subscriptionId;
    private final long fromPosition;
    private int options;
    private long untilPosition = NO_END;

    SessionSubscription(final byte[] filter, final int subscriptionId, final int options, final long fromPosition) {
        this.filter = filter;
        this.subscriptionId = subscriptionId;
        this.options = options;
        this.fromPosition = fromPosition;
    }

    /** Whether a client can ask for them: QoS and retain handling are 0, 1 or 2. */
    static boolean areOptions(final int options) {
        return (options & ~CLIENT_OPTIONS) == 0 && (options & QOS) <= MAX_VALUE && retainHandling(options) <= MAX_VALUE;
    }

    /** Whether retained messages are to be delivered with a subscription. */
    static boolean isRetainedWanted(final int options, final boolean isNew) {
        return retainHandling(options) == ALWAYS || (isNew && retainHandling(options) == IF_NEW);
    }

    boolean goesOn() {
        return untilPosition == NO_END;
    }

    boolean hasFilter(final byte[] other) {
        return Arrays.equals(filter, other);
    }

    /** Whether it is as the client asks again. */
    boolean isAs(final int otherId, final int otherOptions) {
        return subscriptionId == otherId && (options & CLIENT_OPTIONS) == otherOptions;
    }

    void end(final long position) {
        untilPosition = position;
    }

    void retainedDue(final boolean isDue) {
        options = isDue ? options | RETAINED_DUE : options & ~RETAINED_DUE;
    }

    boolean isRetainedDue() {
        return (options & RETAINED_DUE) != 0;
    }

    byte[] filter() {
        return filter;
    }

    int subscriptionId() {
        return subscriptionId;
    }

    int options() {
        return options;
    }

    long fromPosition() {
        return fromPosition;
    }

    long untilPosition() {
        return untilPosition;
    }

    private static int retainHandling(final int options) {
        return (options >> RETAIN_HANDLING_SHIFT) & RETAIN_HANDLING;
    }
}
