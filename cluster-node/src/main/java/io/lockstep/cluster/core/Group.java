package io.lockstep.cluster.core;

import io.lockstep.topic.SharedFilter;
import io.lockstep.topic.TopicFilter;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A group: the filters of its messages, its members, its place in the journal and what it counted. */
final class Group {
    /** What a group counts for besides its texts: objects and its places in maps and lists. */
    static final int GROUP_BYTES = 640;

    /** What a member of a group counts for. */
    static final int MEMBER_BYTES = 96;

    private static final int INITIAL_MEMBERS = 4;
    private static final GroupTerms NO_TERMS = new GroupTerms(0, 0, 0, 0);

    private final int id;
    private final UnsafeBuffer name;
    private final List<TopicFilter> filters;
    private final boolean isKeyOrdered;
    private final GroupTotals totals = new GroupTotals();
    private final EntryList all = new EntryList();
    private final EntryList dead = new EntryList();
    private final int[] counts = new int[EntryState.values().length];
    private GroupTerms terms = NO_TERMS;
    private GroupMember[] members = new GroupMember[INITIAL_MEMBERS];
    private int memberCount;
    private int turnIndex;
    private int readyHeap = GroupEntries.NONE;
    private long windowEnd;
    private boolean isLagging;
    private boolean isPending;
    // Follows from the sessions; 0 where the group is no shared subscription.
    private int subscriberCount;

    Group(final int id, final byte[] name, final List<TopicFilter> filters, final boolean isKeyOrdered) {
        this.id = id;
        this.name = new UnsafeBuffer(name);
        this.filters = List.copyOf(filters);
        this.isKeyOrdered = isKeyOrdered;
    }

    int id() {
        return id;
    }

    DirectBuffer name() {
        return name;
    }

    List<TopicFilter> filters() {
        return filters;
    }

    boolean isKeyOrdered() {
        return isKeyOrdered;
    }

    GroupTotals totals() {
        return totals;
    }

    GroupTerms terms() {
        return terms;
    }

    void terms(final GroupTerms newTerms) {
        terms = newTerms;
    }

    boolean matches(final Topic topic) {
        for (int i = 0; i < filters.size(); i++) {
            if (filters.get(i).matches(topic.name(), 0, topic.nameLength())) {
                return true;
            }
        }
        return false;
    }

    /** All entries in rising order of position. */
    EntryList all() {
        return all;
    }

    /** Entries that wait for their dead letters. */
    EntryList dead() {
        return dead;
    }

    /** Number of entries in a state. */
    int count(final EntryState state) {
        return counts[state.code() - 1];
    }

    void addToCount(final EntryState state, final int change) {
        counts[state.code() - 1] += change;
    }

    int entryCount() {
        int sum = 0;
        for (final int count : counts) {
            sum += count;
        }
        return sum;
    }

    int deadCount() {
        return count(EntryState.USED_UP) + count(EntryState.GIVEN_UP);
    }

    /** Heap of ready entries that any member may take. */
    int readyHeap() {
        return readyHeap;
    }

    void readyHeap(final int root) {
        readyHeap = root;
    }

    /** Where the group stopped taking messages, where it lags; changed by {@link GroupsPart}, which counts. */
    long windowEnd() {
        return windowEnd;
    }

    /** Whether messages that match are in the journal behind the end of the window. */
    boolean isLagging() {
        return isLagging;
    }

    void lagAt(final long position) {
        windowEnd = position;
        isLagging = true;
    }

    void catchUp() {
        windowEnd = 0;
        isLagging = false;
    }

    /** Whether the group is to be served at the end of a turn. */
    boolean isPending() {
        return isPending;
    }

    void isPending(final boolean isTrue) {
        isPending = isTrue;
    }

    /** How many sessions have the shared subscription that the group is, connected or not. */
    int subscriberCount() {
        return subscriberCount;
    }

    void subscriberCount(final int count) {
        subscriberCount = count;
    }

    int memberCount() {
        return memberCount;
    }

    GroupMember member(final int index) {
        return members[index];
    }

    /** The member of an id, or null. */
    GroupMember findMember(final long memberId) {
        for (int i = 0; i < memberCount; i++) {
            if (members[i].id() == memberId) {
                return members[i];
            }
        }
        return null;
    }

    GroupMember addMember(final long memberId, final int credit) {
        if (memberCount == members.length) {
            members = Arrays.copyOf(members, 2 * memberCount);
        }
        final GroupMember member = new GroupMember(memberId, credit);
        members[memberCount++] = member;
        return member;
    }

    /** Removes a member; the turn stays with whose it was. */
    void removeMember(final GroupMember member) {
        int index = 0;
        while (members[index] != member) {
            index++;
        }
        memberCount--;
        for (int i = index; i < memberCount; i++) {
            members[i] = members[i + 1];
        }
        members[memberCount] = null;
        final int turn = index < turnIndex ? turnIndex - 1 : turnIndex;
        turnIndex = turn < memberCount ? turn : 0;
    }

    /** Whether its name is that of a shared subscription, so that its members are sessions. */
    boolean isShared() {
        return SharedFilter.isShared(name, 0, name.capacity());
    }

    /** The member to which a key belongs (highest random weight), or null where there is none. */
    GroupMember memberOfKey(final int keyHash) {
        GroupMember best = null;
        long bestWeight = 0;
        for (int i = 0; i < memberCount; i++) {
            final long weight = Mixing.mix(members[i].id() ^ Mixing.mix(keyHash));
            if (best == null || weight > bestWeight) {
                best = members[i];
                bestWeight = weight;
            }
        }
        return best;
    }

    /** Index of the member whose turn it is next. */
    int turnIndex() {
        return turnIndex;
    }

    void turnIndex(final int index) {
        turnIndex = index;
    }

    long stateBytes() {
        long bytes = GROUP_BYTES + name.capacity() + (long) memberCount * MEMBER_BYTES;
        for (int i = 0; i < filters.size(); i++) {
            bytes += filters.get(i).toString().length();
        }
        return bytes;
    }
}
