package io.lockstep.gateway.bridge;

/** What a filter of a subscribe command gets instead of a granted QoS. */
public final class SubscribeResult {
    /** The session has as many subscriptions as it may have. */
    public static final int TOO_MANY = -1;

    /** The session is not open any more. */
    public static final int CLOSED = -2;

    /** It is no topic filter. */
    public static final int NO_FILTER = -3;

    /** The access rules of the cluster do not let the client subscribe to it. */
    public static final int NOT_ALLOWED = -4;

    private SubscribeResult() {}
}
