package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * The messages in the windows of all groups, in one set of arrays: an entry is the number of its slot. Found by group and
 * position, linked within the group in rising order of position, and within one more list: of what a member holds or of
 * what waits for dead letters. Allocates only when there are more entries than ever before.
 */
final class GroupEntries {
    /** No entry. */
    static final int NONE = -1;

    /** What an entry counts for: its places in the arrays. */
    static final int ENTRY_BYTES = 128;

    private static final int INITIAL_CAPACITY = 64;

    private int capacity = INITIAL_CAPACITY;
    private final EntryHeaps heaps = new EntryHeaps(this, INITIAL_CAPACITY);
    private long[] positions = new long[INITIAL_CAPACITY];
    private long[] expiresAtNs = new long[INITIAL_CAPACITY];
    private int[] recordLengths = new int[INITIAL_CAPACITY];
    private int[] topicIds = new int[INITIAL_CAPACITY];
    private int[] keyHashes = new int[INITIAL_CAPACITY];
    private int[] attempts = new int[INITIAL_CAPACITY];
    private boolean[] isKeyed = new boolean[INITIAL_CAPACITY];
    private EntryState[] states = new EntryState[INITIAL_CAPACITY];
    private Group[] groups = new Group[INITIAL_CAPACITY];
    private GroupMember[] members = new GroupMember[INITIAL_CAPACITY];
    private int[] next = new int[INITIAL_CAPACITY];
    private int[] previous = new int[INITIAL_CAPACITY];
    private int[] heldNext = new int[INITIAL_CAPACITY];
    private int[] heldPrevious = new int[INITIAL_CAPACITY];
    private int[] chain = new int[INITIAL_CAPACITY];
    private int[] buckets = new int[2 * INITIAL_CAPACITY];
    private final KeyQueues keyQueues = new KeyQueues(this, INITIAL_CAPACITY);
    private int firstFree = NONE;
    private int usedCapacity;
    private int count;

    GroupEntries() {
        Arrays.fill(buckets, NONE);
    }

    EntryHeaps heaps() {
        return heaps;
    }

    KeyQueues keyQueues() {
        return keyQueues;
    }

    /** Number of entries. */
    int count() {
        return count;
    }

    /** Adds an entry behind all others of its group, without state. */
    int add(
            final Group group,
            final long position,
            final int recordLength,
            final int topicId,
            final long expiryNs,
            final int keyHash,
            final boolean hasKey) {
        final int slot = takeSlot();
        groups[slot] = group;
        positions[slot] = position;
        recordLengths[slot] = recordLength;
        topicIds[slot] = topicId;
        expiresAtNs[slot] = expiryNs;
        keyHashes[slot] = keyHash;
        isKeyed[slot] = hasKey;
        attempts[slot] = 0;
        states[slot] = null;
        final EntryList all = group.all();
        next[slot] = NONE;
        previous[slot] = all.last();
        if (all.last() == NONE) {
            all.first(slot);
        } else {
            next[all.last()] = slot;
        }
        all.last(slot);
        link(slot);
        count++;
        return slot;
    }

    /** Forgets an entry that is in no heap, no other list and no queue of its key. */
    void remove(final int slot) {
        final EntryList all = groups[slot].all();
        if (previous[slot] == NONE) {
            all.first(next[slot]);
        } else {
            next[previous[slot]] = next[slot];
        }
        if (next[slot] == NONE) {
            all.last(previous[slot]);
        } else {
            previous[next[slot]] = previous[slot];
        }
        unlink(slot);
        groups[slot] = null;
        members[slot] = null;
        states[slot] = null;
        next[slot] = firstFree;
        firstFree = slot;
        count--;
    }

    /** The entry of a message in a group, or {@link #NONE}. */
    int find(final Group group, final long position) {
        int slot = buckets[bucketOf(group, position)];
        while (slot != NONE && !(positions[slot] == position && groups[slot] == group)) {
            slot = chain[slot];
        }
        return slot;
    }

    /** Adds an entry at the end of a list besides that of its group. */
    void hold(final EntryList list, final int slot) {
        heldNext[slot] = NONE;
        heldPrevious[slot] = list.last();
        if (list.last() == NONE) {
            list.first(slot);
        } else {
            heldNext[list.last()] = slot;
        }
        list.last(slot);
    }

    /** Takes an entry out of that list. */
    void release(final EntryList list, final int slot) {
        if (heldPrevious[slot] == NONE) {
            list.first(heldNext[slot]);
        } else {
            heldNext[heldPrevious[slot]] = heldNext[slot];
        }
        if (heldNext[slot] == NONE) {
            list.last(heldPrevious[slot]);
        } else {
            heldPrevious[heldNext[slot]] = heldPrevious[slot];
        }
    }

    int heldAfter(final int slot) {
        return heldNext[slot];
    }

    int after(final int slot) {
        return next[slot];
    }

    Group group(final int slot) {
        return groups[slot];
    }

    long position(final int slot) {
        return positions[slot];
    }

    int recordLength(final int slot) {
        return recordLengths[slot];
    }

    int topicId(final int slot) {
        return topicIds[slot];
    }

    long expiresAtNs(final int slot) {
        return expiresAtNs[slot];
    }

    boolean hasKey(final int slot) {
        return isKeyed[slot];
    }

    int keyHash(final int slot) {
        return keyHashes[slot];
    }

    int attempts(final int slot) {
        return attempts[slot];
    }

    void attempts(final int slot, final int number) {
        attempts[slot] = number;
    }

    EntryState state(final int slot) {
        return states[slot];
    }

    void state(final int slot, final EntryState state) {
        states[slot] = state;
    }

    GroupMember member(final int slot) {
        return members[slot];
    }

    void member(final int slot, final GroupMember member) {
        members[slot] = member;
    }

    private int takeSlot() {
        if (firstFree != NONE) {
            final int slot = firstFree;
            firstFree = next[slot];
            return slot;
        }
        if (usedCapacity == capacity) {
            grow();
        }
        return usedCapacity++;
    }

    private void grow() {
        capacity *= 2;
        positions = Arrays.copyOf(positions, capacity);
        expiresAtNs = Arrays.copyOf(expiresAtNs, capacity);
        recordLengths = Arrays.copyOf(recordLengths, capacity);
        topicIds = Arrays.copyOf(topicIds, capacity);
        keyHashes = Arrays.copyOf(keyHashes, capacity);
        attempts = Arrays.copyOf(attempts, capacity);
        isKeyed = Arrays.copyOf(isKeyed, capacity);
        states = Arrays.copyOf(states, capacity);
        groups = Arrays.copyOf(groups, capacity);
        members = Arrays.copyOf(members, capacity);
        next = Arrays.copyOf(next, capacity);
        previous = Arrays.copyOf(previous, capacity);
        heldNext = Arrays.copyOf(heldNext, capacity);
        heldPrevious = Arrays.copyOf(heldPrevious, capacity);
        chain = Arrays.copyOf(chain, capacity);
        heaps.resize(capacity);
        keyQueues.resize(capacity);
        // There is no free slot now, so each one that was used so far is an entry.
        buckets = new int[2 * capacity];
        Arrays.fill(buckets, NONE);
        for (int slot = 0; slot < usedCapacity; slot++) {
            link(slot);
        }
    }

    private void link(final int slot) {
        final int bucket = bucketOf(groups[slot], positions[slot]);
        chain[slot] = buckets[bucket];
        buckets[bucket] = slot;
    }

    private void unlink(final int slot) {
        final int bucket = bucketOf(groups[slot], positions[slot]);
        if (buckets[bucket] == slot) {
            buckets[bucket] = chain[slot];
            return;
        }
        int before = buckets[bucket];
        while (chain[before] != slot) {
            before = chain[before];
        }
        chain[before] = chain[slot];
    }

    private int bucketOf(final Group group, final long position) {
        return (int) (Mixing.mix(position + group.id()) & (buckets.length - 1));
    }
}
