package io.lockstep.cluster.core;

/** What a group counted since it was made. */
final class GroupTotals {
    private long assigned;
    private long redelivered;
    private long done;
    private long dead;
    private long expired;
    private long dropped;

    void restore(
            final long assignedTotal,
            final long redeliveredTotal,
            final long doneTotal,
            final long deadTotal,
            final long expiredTotal,
            final long droppedTotal) {
        assigned = assignedTotal;
        redelivered = redeliveredTotal;
        done = doneTotal;
        dead = deadTotal;
        expired = expiredTotal;
        dropped = droppedTotal;
    }

    void countAssigned(final boolean isFirst) {
        assigned++;
        redelivered += isFirst ? 0 : 1;
    }

    void countDone() {
        done++;
    }

    void countDead() {
        dead++;
    }

    void countExpired() {
        expired++;
    }

    void countDropped() {
        dropped++;
    }

    long assigned() {
        return assigned;
    }

    long redelivered() {
        return redelivered;
    }

    long done() {
        return done;
    }

    long dead() {
        return dead;
    }

    long expired() {
        return expired;
    }

    long dropped() {
        return dropped;
    }
}
