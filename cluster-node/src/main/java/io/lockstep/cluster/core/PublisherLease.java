package io.lockstep.cluster.core;

/** A topic that a publisher lease guards: its newest token, and whether somebody holds it. */
final class PublisherLease {
    /** Place in the queue of a lease that is not in it. */
    static final int NOT_QUEUED = -1;

    private final int topicId;
    private long token;
    private long holderId;
    private long durationNs;
    private long renewedNs;
    private boolean isHeld;
    // Both follow from the fields above and the beginning of the term.
    private long deadlineNs;
    private int queueIndex = NOT_QUEUED;

    PublisherLease(final int topicId) {
        this.topicId = topicId;
    }

    void give(final long newToken, final long newHolderId) {
        token = newToken;
        holderId = newHolderId;
        isHeld = true;
    }

    void renew(final long nowNs, final long newDurationNs) {
        renewedNs = nowNs;
        durationNs = newDurationNs;
    }

    void end() {
        isHeld = false;
    }

    void restore(
            final long restoredToken,
            final long restoredHolderId,
            final long restoredDurationNs,
            final long restoredRenewedNs,
            final boolean wasHeld) {
        token = restoredToken;
        holderId = restoredHolderId;
        durationNs = restoredDurationNs;
        renewedNs = restoredRenewedNs;
        isHeld = wasHeld;
    }

    /** Whether the lease is held at a time: it was not ended, and its time is not up. */
    boolean isHeldAt(final long nowNs) {
        return isHeld && nowNs < deadlineNs;
    }

    /** How long the lease is still held, 0 where it is not. */
    long remainingNs(final long nowNs) {
        return isHeldAt(nowNs) ? deadlineNs - nowNs : 0;
    }

    int topicId() {
        return topicId;
    }

    long token() {
        return token;
    }

    long holderId() {
        return holderId;
    }

    long durationNs() {
        return durationNs;
    }

    long renewedNs() {
        return renewedNs;
    }

    /** Whether the lease was given and its end was not told yet. */
    boolean isHeld() {
        return isHeld;
    }

    long deadlineNs() {
        return deadlineNs;
    }

    void deadlineNs(final long newDeadlineNs) {
        deadlineNs = newDeadlineNs;
    }

    int queueIndex() {
        return queueIndex;
    }

    void queueIndex(final int newIndex) {
        queueIndex = newIndex;
    }
}
