package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * One durable consumer: its cursor, the single acknowledgements beyond it, its members and who of them owns it. Changed
 * through {@link ConsumersPart} and {@link ConsumerOwnership} only.
 */
final class Consumer {
    /** The lane of a consumer that has none: whoever joined first owns it. */
    static final int NO_LANE = -1;

    /** No member. */
    static final long NOBODY = 0;

    /** The owner is not asked to hand over. */
    static final long NO_HAND_OVER = Long.MIN_VALUE;

    private static final int LEAST_CAPACITY = 8;
    private static final long[] NONE = {};

    private final long id;
    private final int lane;
    private final byte[] name;
    private final byte[] filters;
    private long position;
    private long[] acks = NONE;
    private int ackCount;
    private long[] members = NONE;
    private int memberCount;
    private long ownerEpoch;
    private long ownerMemberId = NOBODY;
    private long handOverSinceNs = NO_HAND_OVER;
    // Another one whose name has the same hash: a chain of the part's index, and no state of its own.
    private Consumer nextOfSameHash;

    Consumer(final long id, final int lane, final byte[] name, final byte[] filters, final long position) {
        this.id = id;
        this.lane = lane;
        this.name = name;
        this.filters = filters;
        this.position = position;
    }

    long id() {
        return id;
    }

    int lane() {
        return lane;
    }

    byte[] name() {
        return name;
    }

    /** The filters in their order, U+0000 between them. */
    byte[] filters() {
        return filters;
    }

    long position() {
        return position;
    }

    int ackCount() {
        return ackCount;
    }

    long ack(final int index) {
        return acks[index];
    }

    int memberCount() {
        return memberCount;
    }

    long member(final int index) {
        return members[index];
    }

    long ownerEpoch() {
        return ownerEpoch;
    }

    long ownerMemberId() {
        return ownerMemberId;
    }

    long handOverSinceNs() {
        return handOverSinceNs;
    }

    boolean hasMember(final long memberId) {
        for (int i = 0; i < memberCount; i++) {
            if (members[i] == memberId) {
                return true;
            }
        }
        return false;
    }

    /** The member that is to own the consumer, or {@link #NOBODY} where it has none. */
    long wantedMemberId() {
        if (memberCount == 0) {
            return NOBODY;
        }
        return lane == NO_LANE ? members[0] : members[lane % memberCount];
    }

    /** Moves the cursor and replaces the single acknowledgements, which lie beyond it in rising order. */
    void acknowledge(final long newPosition, final long[] newAcks, final int newAckCount) {
        position = newPosition;
        ackCount = newAckCount;
        if (newAckCount > acks.length) {
            acks = new long[Math.max(LEAST_CAPACITY, Integer.highestOneBit(newAckCount - 1) << 1)];
        }
        for (int i = 0; i < newAckCount; i++) {
            acks[i] = newAcks[i];
        }
    }

    void addMember(final long memberId) {
        if (memberCount == members.length) {
            members = Arrays.copyOf(members, Math.max(LEAST_CAPACITY, 2 * memberCount));
        }
        int index = memberCount++;
        while (lane != NO_LANE && index > 0 && members[index - 1] > memberId) {
            members[index] = members[index - 1];
            index--;
        }
        members[index] = memberId;
    }

    void removeMember(final long memberId) {
        int kept = 0;
        for (int i = 0; i < memberCount; i++) {
            if (members[i] != memberId) {
                members[kept++] = members[i];
            }
        }
        memberCount = kept;
    }

    /** Gives the consumer to a member, or nobody. */
    void own(final long memberId) {
        ownerMemberId = memberId;
        ownerEpoch++;
    }

    void raiseEpoch() {
        ownerEpoch++;
    }

    Consumer nextOfSameHash() {
        return nextOfSameHash;
    }

    void nextOfSameHash(final Consumer next) {
        nextOfSameHash = next;
    }

    void handOverSinceNs(final long sinceNs) {
        handOverSinceNs = sinceNs;
    }

    void restore(final long epoch, final long memberId, final long sinceNs) {
        ownerEpoch = epoch;
        ownerMemberId = memberId;
        handOverSinceNs = sinceNs;
    }
}
