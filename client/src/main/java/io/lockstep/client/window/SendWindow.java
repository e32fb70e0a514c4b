package io.lockstep.client.window;

/**
 * How many messages of one producer in one shard may be under way. It begins with the whole window. When the time from
 * sending to the answer grows beyond four times the lowest smoothed one and 5 ms, the cluster commits or journals more
 * slowly than is sent, and the limit shrinks by a quarter; with each answer in time it grows again by a thirty-second of
 * the window. So messages wait here and share commands, instead of queueing in the cluster. One command may always be
 * under way. Belongs to one thread; allocates nothing.
 */
public final class SendWindow {
    private static final int SLOWDOWN = 4;
    private static final long SLACK_NS = 5_000_000L;
    private static final int GROWTH_STEPS = 32;
    private static final int SMOOTHING_SHIFT = 3;
    // The lowest value follows slowly, so that a path that stays slower does not hold the window down for ever.
    private static final int AGING_SHIFT = 10;
    private static final long NONE = -1;

    private final int greatest;
    private int limit;
    private long shrinkCount;
    private long smoothedNs = NONE;
    private long lowestNs = NONE;
    private long timedSequence = NONE;
    private long sentNs;
    private long overdueNs;
    private boolean isLate;

    /**
     * A window that was never slow.
     *
     * @param greatest number of messages under way.
     */
    public SendWindow(final int greatest) {
        this.greatest = greatest;
        this.limit = greatest;
    }

    /**
     * Whether another command may leave.
     *
     * @param sentCount number of messages that are under way.
     * @return true if so.
     */
    public boolean maySend(final int sentCount) {
        return sentCount == 0 || sentCount < limit;
    }

    /**
     * A command left for the first time. One at a time is timed.
     *
     * @param lastSequence of its messages.
     * @param nowNs        time.
     */
    public void onSent(final long lastSequence, final long nowNs) {
        if (timedSequence == NONE) {
            timedSequence = lastSequence;
            sentNs = nowNs;
            overdueNs = nowNs + thresholdNs();
            isLate = false;
        }
    }

    /**
     * What is under way is sent again: nobody can tell any more which copy is answered.
     */
    public void onSentAgain() {
        timedSequence = NONE;
    }

    /**
     * Nothing was answered for so long that all is sent again: down to one command at a time.
     */
    public void onSilence() {
        timedSequence = NONE;
        if (limit > 1) {
            limit = 1;
            shrinkCount++;
        }
    }

    /**
     * A command was answered.
     *
     * @param lastSequence of its messages.
     * @param nowNs        time.
     */
    public void onAnswered(final long lastSequence, final long nowNs) {
        if (timedSequence == NONE || lastSequence < timedSequence) {
            return;
        }
        timedSequence = NONE;
        final long takenNs = nowNs - sentNs;
        final boolean isSlow = smoothedNs != NONE && takenNs > thresholdNs();
        smoothedNs = smoothedNs == NONE ? takenNs : smoothedNs + ((takenNs - smoothedNs) >> SMOOTHING_SHIFT);
        if (lowestNs == NONE || smoothedNs < lowestNs) {
            lowestNs = smoothedNs;
        } else {
            lowestNs += (smoothedNs - lowestNs) >> AGING_SHIFT;
        }
        if (!isSlow) {
            limit = Math.min(greatest, limit + Math.max(1, greatest / GROWTH_STEPS));
        } else if (!isLate) {
            shrink();
        }
    }

    /**
     * Shrinks where the answer that is timed is late, also before it comes.
     *
     * @param nowNs time.
     */
    public void checkOverdue(final long nowNs) {
        if (timedSequence != NONE && smoothedNs != NONE && nowNs - overdueNs > 0) {
            overdueNs = nowNs + thresholdNs();
            isLate = true;
            shrink();
        }
    }

    /**
     * Greatest number of messages under way now.
     *
     * @return from 1 to the whole window.
     */
    public int limit() {
        return limit;
    }

    /**
     * How often the limit shrank.
     *
     * @return the number.
     */
    public long shrinkCount() {
        return shrinkCount;
    }

    private long thresholdNs() {
        return lowestNs == NONE ? Long.MAX_VALUE / 2 : SLOWDOWN * lowestNs + SLACK_NS;
    }

    private void shrink() {
        limit = Math.max(1, limit - Math.max(1, limit / SLOWDOWN));
        shrinkCount++;
    }
}
