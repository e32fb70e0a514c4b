package io.lockstep.cluster.core;

/** Ends of a list of entries whose links are in {@link GroupEntries}. */
final class EntryList {
    private int first = GroupEntries.NONE;
    private int last = GroupEntries.NONE;

    int first() {
        return first;
    }

    int last() {
        return last;
    }

    void first(final int slot) {
        first = slot;
    }

    void last(final int slot) {
        last = slot;
    }

    void clear() {
        first = GroupEntries.NONE;
        last = GroupEntries.NONE;
    }
}
