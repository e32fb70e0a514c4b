package io.lockstep.cluster.core;

import io.lockstep.topic.TopicFilter;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Part 14, the groups in the order of their ids, what they keep track of, and the latest messages of the shard while there
 * is a group.
 */
final class GroupsPart implements Part {
    private static final int INITIAL_CAPACITY = 16;

    private final GroupItems items = new GroupItems(this);
    private final GroupWindow window;
    private final GroupMatches matches;
    private final RecentMessages recent = new RecentMessages();
    private Group[] groups = new Group[INITIAL_CAPACITY];
    private Group[] pending = new Group[INITIAL_CAPACITY];
    private int groupCount;
    private int pendingCount;
    private int laggingCount;
    private int lastGroupId;
    private int resumeGroupId;
    private long groupBytes;

    GroupsPart(final TopicsPart topics, final LeasePart leases) {
        window = new GroupWindow(topics, leases);
        matches = new GroupMatches(topics);
    }

    GroupWindow window() {
        return window;
    }

    GroupMatches matches() {
        return matches;
    }

    RecentMessages recent() {
        return recent;
    }

    int groupCount() {
        return groupCount;
    }

    /** A group by its place in the order of ids. */
    Group at(final int index) {
        return groups[index];
    }

    /** Index of the first group whose id is greater than one. */
    int indexBehind(final int groupId) {
        int low = 0;
        int high = groupCount;
        while (low < high) {
            final int middle = (low + high) >>> 1;
            if (groups[middle].id() > groupId) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    /** The group of an id, or null. */
    Group find(final int groupId) {
        final int index = indexBehind(groupId) - 1;
        return index >= 0 && groups[index].id() == groupId ? groups[index] : null;
    }

    /** The group of a name, or null. Looks at all of them: members join seldom, and names are compared by length first. */
    Group find(final DirectBuffer name, final int offset, final int length) {
        for (int i = 0; i < groupCount; i++) {
            final DirectBuffer other = groups[i].name();
            if (other.capacity() == length && BytesEqual.areEqual(other, 0, name, offset, length)) {
                return groups[i];
            }
        }
        return null;
    }

    int lastGroupId() {
        return lastGroupId;
    }

    /** Makes a group of a name that is not taken. */
    Group create(
            final byte[] name, final List<TopicFilter> filters, final boolean isKeyOrdered, final long endOfJournal) {
        if (groupCount == 0) {
            recent.begin(endOfJournal);
        }
        lastGroupId++;
        final Group group = new Group(lastGroupId, name, filters, isKeyOrdered);
        insert(group);
        return group;
    }

    /** Forgets a group and all that it keeps track of. */
    void delete(final Group group) {
        window.clear(group);
        catchUp(group);
        groupBytes -= group.stateBytes();
        final int index = indexBehind(group.id()) - 1;
        groupCount--;
        for (int i = index; i < groupCount; i++) {
            groups[i] = groups[i + 1];
        }
        groups[groupCount] = null;
        group.isPending(false);
        keepPending();
        if (groupCount == 0) {
            recent.begin(0);
            resumeGroupId = 0;
        }
        matches.onGroups(groups, groupCount);
    }

    GroupMember join(final Group group, final long memberId, final int credit) {
        groupBytes += Group.MEMBER_BYTES;
        final GroupMember member = group.addMember(memberId, credit);
        window.route(group);
        return member;
    }

    /** Takes a member out of a group; what it held goes to others at once. */
    void leave(final Group group, final GroupMember member, final boolean isJudged, final long nowNs) {
        groupBytes -= Group.MEMBER_BYTES;
        group.removeMember(member);
        window.route(group);
        while (member.held().first() != GroupEntries.NONE) {
            window.takeBack(member.held().first(), 0, isJudged, nowNs);
        }
        setPending(group);
    }

    /** Stops a group at a place of the journal: what matches behind it is not in its window. */
    void lag(final Group group, final long position) {
        laggingCount += group.isLagging() ? 0 : 1;
        group.lagAt(position);
    }

    /** Lets a group take what is published from now on. */
    void catchUp(final Group group) {
        laggingCount -= group.isLagging() ? 1 : 0;
        group.catchUp();
    }

    int laggingCount() {
        return laggingCount;
    }

    /** Sees to it that a group is served at the end of the turn. */
    void setPending(final Group group) {
        if (group.isPending()) {
            return;
        }
        group.isPending(true);
        if (pendingCount == pending.length) {
            pending = Arrays.copyOf(pending, 2 * pendingCount);
        }
        int index = pendingCount++;
        while (index > 0 && pending[index - 1].id() > group.id()) {
            pending[index] = pending[index - 1];
            index--;
        }
        pending[index] = group;
    }

    int pendingCount() {
        return pendingCount;
    }

    /** A group that is to be served, in the order of ids. */
    Group pendingAt(final int index) {
        return pending[index];
    }

    /** Takes those from the list that are not to be served any more. */
    void keepPending() {
        int kept = 0;
        for (int i = 0; i < pendingCount; i++) {
            if (pending[i].isPending()) {
                pending[kept++] = pending[i];
            }
        }
        Arrays.fill(pending, kept, pendingCount, null);
        pendingCount = kept;
    }

    /** From which group on groups are served. */
    int resumeGroupId() {
        return resumeGroupId;
    }

    void resumeGroupId(final int groupId) {
        resumeGroupId = groupId;
    }

    void restore(final int lastId, final int resumeId, final long recentBeginPosition) {
        lastGroupId = lastId;
        resumeGroupId = resumeId;
        recent.begin(recentBeginPosition);
    }

    /** Adds a group of a snapshot. */
    void restore(final Group group) {
        if ((groupCount > 0 && groups[groupCount - 1].id() >= group.id()) || group.id() > lastGroupId) {
            throw new IllegalStateException("group " + group.id() + " of the snapshot is out of place");
        }
        insert(group);
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 14;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return lastGroupId > 0;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return items.itemCount();
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        items.writeTo(sink);
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        items.readItem(templateId, item, offset, length);
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return groupBytes
                + (long) window.entries().count() * GroupEntries.ENTRY_BYTES
                + (long) recent.count() * RecentMessages.MESSAGE_BYTES;
    }

    private void insert(final Group group) {
        if (groupCount == groups.length) {
            groups = Arrays.copyOf(groups, 2 * groupCount);
        }
        groups[groupCount++] = group;
        groupBytes += group.stateBytes();
        matches.onGroups(groups, groupCount);
    }
}
