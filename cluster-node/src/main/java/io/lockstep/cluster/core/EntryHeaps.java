package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * Pairing heaps over the slots of {@link GroupEntries}: any number of them, each known by the slot of its least entry; an
 * entry is in one at most. Ordered by a key of the moment, then by group and position, so that the order in which they
 * are emptied does not depend on how they were filled. Adding takes constant time, removing logarithmic time on average;
 * links are in arrays and nothing is allocated but when the slots become more.
 */
final class EntryHeaps {
    private static final int NONE = GroupEntries.NONE;

    private final GroupEntries entries;
    private long[] keys;
    private int[] child;
    private int[] sibling;
    private int[] previous;

    EntryHeaps(final GroupEntries entries, final int capacity) {
        this.entries = entries;
        keys = new long[capacity];
        child = new int[capacity];
        sibling = new int[capacity];
        previous = new int[capacity];
    }

    void resize(final int capacity) {
        keys = Arrays.copyOf(keys, capacity);
        child = Arrays.copyOf(child, capacity);
        sibling = Arrays.copyOf(sibling, capacity);
        previous = Arrays.copyOf(previous, capacity);
    }

    /** The key under which an entry was added. */
    long key(final int slot) {
        return keys[slot];
    }

    /** Adds an entry to a heap and returns the heap. */
    int add(final int root, final int slot, final long key) {
        keys[slot] = key;
        child[slot] = NONE;
        sibling[slot] = NONE;
        previous[slot] = NONE;
        return meld(root, slot);
    }

    /** Removes the least entry of a heap and returns the heap. */
    int removeLeast(final int root) {
        return meldChildren(root);
    }

    /** Removes an entry from its heap and returns the heap. */
    int remove(final int root, final int slot) {
        if (slot == root) {
            return meldChildren(root);
        }
        final int before = previous[slot];
        final int after = sibling[slot];
        if (child[before] == slot) {
            child[before] = after;
        } else {
            sibling[before] = after;
        }
        if (after != NONE) {
            previous[after] = before;
        }
        sibling[slot] = NONE;
        previous[slot] = NONE;
        return meld(root, meldChildren(slot));
    }

    private int meldChildren(final int slot) {
        int next = child[slot];
        child[slot] = NONE;
        int pairs = NONE;
        while (next != NONE) {
            final int first = next;
            final int second = sibling[first];
            next = second == NONE ? NONE : sibling[second];
            detach(first);
            if (second != NONE) {
                detach(second);
            }
            final int pair = meld(first, second);
            sibling[pair] = pairs;
            pairs = pair;
        }
        int root = NONE;
        while (pairs != NONE) {
            final int rest = sibling[pairs];
            sibling[pairs] = NONE;
            root = meld(root, pairs);
            pairs = rest;
        }
        return root;
    }

    private void detach(final int slot) {
        sibling[slot] = NONE;
        previous[slot] = NONE;
    }

    private int meld(final int one, final int other) {
        if (one == NONE || other == NONE) {
            return one == NONE ? other : one;
        }
        final boolean isOneLess = isLess(one, other);
        final int root = isOneLess ? one : other;
        final int under = isOneLess ? other : one;
        sibling[under] = child[root];
        if (child[root] != NONE) {
            previous[child[root]] = under;
        }
        child[root] = under;
        previous[under] = root;
        return root;
    }

    private boolean isLess(final int one, final int other) {
        if (keys[one] != keys[other]) {
            return keys[one] < keys[other];
        }
        final int oneGroup = entries.group(one).id();
        final int otherGroup = entries.group(other).id();
        return oneGroup != otherGroup ? oneGroup < otherGroup : entries.position(one) < entries.position(other);
    }
}
