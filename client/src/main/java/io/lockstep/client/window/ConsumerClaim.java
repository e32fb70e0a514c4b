package io.lockstep.client.window;

/**
 * What one member may do with a durable consumer of a shard: read it, hand it over, or stand by. Answers of the shard and
 * records of its journal tell how the consumer stands; they come on different ways, so either may be behind the other, and
 * the epoch says which is newer. Belongs to one thread; allocates nothing.
 *
 * <p>Only an answer begins a reading, for it alone tells the cursor and what is acknowledged beyond it. A record that tells
 * of a newer epoch ends it.
 *
 * <table>
 * <caption>States of a hand-over within a reading; a reading begins and ends with none</caption>
 * <tr><th>from</th><th>event</th><th>to</th></tr>
 * <tr><td>NONE</td><td>{@link #onReleaseAsked}</td><td>ASKED</td></tr>
 * <tr><td>ASKED</td><td>{@link #onReleaseAnswered}</td><td>ANSWERED</td></tr>
 * <tr><td>ANSWERED</td><td>{@link #onOpened}: the shard left it to this member</td><td>NONE</td></tr>
 * </table>
 */
public final class ConsumerClaim {
    private static final long NOBODY = 0;
    private static final int NONE = 0;
    private static final int ASKED = 1;
    private static final int ANSWERED = 2;

    private final long memberId;
    private final AckTracker tracker;
    private boolean isOpenNeeded = true;
    private boolean isKnown;
    private boolean isReading;
    private long ownerEpoch;
    private long wantedMemberId;
    private int readingCount;
    private int handOver = NONE;

    /**
     * Nothing is known yet, so the shard is to be asked.
     *
     * @param memberId of this member.
     * @param tracker  of what it reads; begins anew with each reading.
     */
    public ConsumerClaim(final long memberId, final AckTracker tracker) {
        this.memberId = memberId;
        this.tracker = tracker;
    }

    /**
     * Whether the shard is to be asked to open the consumer for this member, which is also how it is asked how it stands.
     *
     * @return true if so.
     */
    public boolean isOpenNeeded() {
        return isOpenNeeded;
    }

    /** The shard has to be asked, whatever is known. */
    public void askAgain() {
        isOpenNeeded = true;
    }

    /** The shard is being asked. */
    public void onAsked() {
        isOpenNeeded = false;
    }

    /** The shard forgot this member: it holds nothing any more. */
    public void onMemberLost() {
        endReading();
        isOpenNeeded = true;
    }

    /**
     * The journal tells how the consumer stands.
     *
     * @param epoch         of the owner.
     * @param newOwner      the member that owns it, or 0.
     * @param newWanted     the member that is to own it, or 0.
     * @return true where the epoch is newer than what was known.
     */
    public boolean onChanged(final long epoch, final long newOwner, final long newWanted) {
        if (epoch < ownerEpoch) {
            return false;
        }
        final boolean isNewEpoch = epoch > ownerEpoch;
        ownerEpoch = epoch;
        wantedMemberId = newWanted;
        if (isNewEpoch) {
            endReading();
            // Where it has to ask anyway, it may be that it takes no part any more, and no record would tell. Nobody
            // owns it only where nobody takes part: an earlier command of this member may have come late.
            isOpenNeeded |= newOwner == memberId || newOwner == NOBODY;
        }
        return isNewEpoch;
    }

    /**
     * The shard answered how the consumer stands, and this member takes part in it.
     *
     * @param epoch    of the owner.
     * @param owner    the member that owns it, or 0.
     * @param wanted   the member that is to own it, or 0.
     * @param position of the cursor.
     * @param acks     places behind messages beyond it that are acknowledged already, rising; not to be changed.
     * @return false where the journal told a later change already, and the shard is to be asked again.
     */
    public boolean onOpened(
            final long epoch, final long owner, final long wanted, final long position, final long[] acks) {
        if (epoch < ownerEpoch) {
            isOpenNeeded = true;
            return false;
        }
        final boolean isNew = !isReading || epoch != ownerEpoch;
        isKnown = true;
        ownerEpoch = epoch;
        wantedMemberId = wanted;
        if (owner != memberId) {
            endReading();
        } else if (isNew) {
            isReading = true;
            handOver = NONE;
            readingCount++;
            tracker.reset(position, acks);
        } else if (handOver == ANSWERED) {
            handOver = NONE;
        }
        return true;
    }

    /** Reads no more until an answer says so. */
    public void endReading() {
        isReading = false;
        handOver = NONE;
    }

    /**
     * The shard is asked to give the consumer to the member that waits for it. From now on nothing is delivered until the
     * shard tells how the consumer stands: also where this member is wanted again by then, for it may be another one when
     * the shard comes to it.
     */
    public void onReleaseAsked() {
        if (!isReading || handOver != NONE) {
            throw new IllegalStateException("a hand-over is asked for once in a reading, but the state is " + handOver
                    + " and the reading " + reading());
        }
        handOver = ASKED;
    }

    /** The shard answered, or will not: it has to be asked how the consumer stands, where no record tells before. */
    public void onReleaseAnswered() {
        if (handOver == ASKED) {
            handOver = ANSWERED;
            isOpenNeeded = true;
        }
    }

    /**
     * Whether the shard answered that this member takes part.
     *
     * @return true if so.
     */
    public boolean isKnown() {
        return isKnown;
    }

    /**
     * Number of the reading, which rises with each.
     *
     * @return above 0 while this member reads, else 0.
     */
    public int reading() {
        return isReading ? readingCount : 0;
    }

    /**
     * The newest epoch that is known; that of the reading, while there is one.
     *
     * @return the epoch.
     */
    public long epoch() {
        return ownerEpoch;
    }

    /**
     * Whether another member waits for this one to hand over.
     *
     * @return true if so.
     */
    public boolean isReleasing() {
        return isReading && wantedMemberId != memberId && wantedMemberId != NOBODY;
    }

    /**
     * Whether messages may be delivered, as far as the claim and its tracker go. The lease is the caller's business.
     *
     * @return true if so.
     */
    public boolean mayDeliver() {
        return isReading && handOver == NONE && !isReleasing() && !tracker.isFull();
    }

    /**
     * Whether all that was delivered is acknowledged and sent, so that the consumer is to be handed over. That the shard
     * has all that was sent is the caller's business.
     *
     * @return true if so.
     */
    public boolean isReleaseDue() {
        return isReleasing()
                && handOver == NONE
                && tracker.unackedCount() == 0
                && tracker.unsentCount() == 0
                && !tracker.hasMoved();
    }
}
