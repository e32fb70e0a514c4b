package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * The messages of one key in a group that keeps their order: a queue for each, of which the first may go to a member and
 * the others wait. Keys are known by their hash; two keys with the same hash share a queue, which keeps the order of both.
 * Links are in arrays by the slots of {@link GroupEntries}.
 */
final class KeyQueues {
    private static final int NONE = GroupEntries.NONE;

    private final GroupEntries entries;
    private int[] next;
    private int[] last;
    private int[] chain;
    private int[] buckets;

    KeyQueues(final GroupEntries entries, final int capacity) {
        this.entries = entries;
        next = new int[capacity];
        last = new int[capacity];
        chain = new int[capacity];
        buckets = new int[2 * capacity];
        Arrays.fill(buckets, NONE);
    }

    void resize(final int capacity) {
        next = Arrays.copyOf(next, capacity);
        last = Arrays.copyOf(last, capacity);
        chain = Arrays.copyOf(chain, capacity);
        final int[] before = buckets;
        buckets = new int[2 * capacity];
        Arrays.fill(buckets, NONE);
        for (final int firstOfBucket : before) {
            int slot = firstOfBucket;
            while (slot != NONE) {
                final int following = chain[slot];
                link(slot);
                slot = following;
            }
        }
    }

    /** Adds an entry at the end of the queue of its key; true where it is the first. */
    boolean add(final int slot) {
        next[slot] = NONE;
        final int head = find(slot);
        if (head == NONE) {
            last[slot] = slot;
            link(slot);
            return true;
        }
        next[last[head]] = slot;
        last[head] = slot;
        return false;
    }

    /** Removes the first of a queue and returns the next one, or {@link GroupEntries#NONE}. */
    int removeFirst(final int slot) {
        unlink(slot);
        final int head = next[slot];
        if (head != NONE) {
            last[head] = last[slot];
            link(head);
        }
        return head;
    }

    /** Forgets the queue of which this is the first. */
    void forget(final int slot) {
        unlink(slot);
    }

    private int find(final int slot) {
        int head = buckets[bucketOf(slot)];
        while (head != NONE
                && !(entries.keyHash(head) == entries.keyHash(slot) && entries.group(head) == entries.group(slot))) {
            head = chain[head];
        }
        return head;
    }

    private void link(final int slot) {
        final int bucket = bucketOf(slot);
        chain[slot] = buckets[bucket];
        buckets[bucket] = slot;
    }

    private void unlink(final int slot) {
        final int bucket = bucketOf(slot);
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

    private int bucketOf(final int slot) {
        final long key = ((long) entries.group(slot).id() << Integer.SIZE) | (entries.keyHash(slot) & 0xFFFF_FFFFL);
        return (int) (Mixing.mix(key) & (buckets.length - 1));
    }
}
