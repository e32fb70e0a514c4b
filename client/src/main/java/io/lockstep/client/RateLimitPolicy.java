package io.lockstep.client;

/** What a publisher does while the cluster takes nothing of it because a rate is reached. */
public enum RateLimitPolicy {
    /**
     * Messages are taken as long as there is room in the window and wait there until the time is over that the cluster
     * named; then they are sent again. No message is refused, and none gets unknown because it had to wait.
     */
    WAIT,

    /**
     * Offers are refused with {@link Publisher#RATE_LIMITED} until the time is over. What was taken before waits and is
     * sent again.
     */
    REFUSE
}
