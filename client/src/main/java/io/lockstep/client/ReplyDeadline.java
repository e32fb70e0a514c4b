package io.lockstep.client;

import java.util.concurrent.TimeUnit;

/**
 * Until when a responder tries to publish replies: as long as the request of any unanswered one is wanted. Those that are
 * not wanted any more are tried along with the others, because messages of one publisher keep their order; nobody hears
 * them. Belongs to the thread that owns the client.
 */
final class ReplyDeadline {
    /** How long a reply is tried at least, as every message is: what is late may still be on its way. */
    static final long LEAST_NS = TimeUnit.SECONDS.toNanos(30);

    /** How long a reply is tried whose request does not expire. */
    static final long WITHOUT_EXPIRY_NS = TimeUnit.HOURS.toNanos(1);

    // Far from where differences of monotonic times overflow.
    private static final long MOST_NS = TimeUnit.DAYS.toNanos(10_000);

    private long latestNs;

    /**
     * When a request stops being wanted.
     *
     * @param expiryMs of the request, or -1 where it does not expire.
     * @param ageNs    of the request, as far as is known.
     * @param nowNs    monotonic time.
     * @return monotonic time.
     */
    static long wantedUntilNs(final long expiryMs, final long ageNs, final long nowNs) {
        return expiryMs < 0
                ? nowNs + WITHOUT_EXPIRY_NS
                : nowNs + Math.min(TimeUnit.MILLISECONDS.toNanos(expiryMs), MOST_NS) - Math.max(0, ageNs);
    }

    /**
     * A reply is to be published.
     *
     * @param isOnlyOne     whether no other reply is unanswered.
     * @param wantedUntilNs when its request stops being wanted.
     * @param nowNs         monotonic time.
     */
    void onReply(final boolean isOnlyOne, final long wantedUntilNs, final long nowNs) {
        final long leastNs = nowNs + LEAST_NS;
        final long untilNs = wantedUntilNs - leastNs > 0 ? wantedUntilNs : leastNs;
        if (isOnlyOne || untilNs - latestNs > 0) {
            latestNs = untilNs;
        }
    }

    /** Whether nobody waits for any of the unanswered replies any more. */
    boolean isOver(final long nowNs) {
        return nowNs - latestNs >= 0;
    }
}
