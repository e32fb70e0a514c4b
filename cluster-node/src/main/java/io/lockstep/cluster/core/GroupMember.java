package io.lockstep.cluster.core;

/** A member of a group: what it may take and what it holds. */
final class GroupMember {
    private final long id;
    private final EntryList held = new EntryList();
    private int credit;
    private int heldCount;
    private int readyHeap = GroupEntries.NONE;
    private int batchFirst = GroupEntries.NONE;
    private int batchCount;

    GroupMember(final long id, final int credit) {
        this.id = id;
        this.credit = credit;
    }

    long id() {
        return id;
    }

    int credit() {
        return credit;
    }

    void credit(final int newCredit) {
        credit = newCredit;
    }

    boolean hasCredit() {
        return heldCount < credit;
    }

    /** What is in flight with the member, oldest assignment first. */
    EntryList held() {
        return held;
    }

    int heldCount() {
        return heldCount;
    }

    void heldCount(final int newCount) {
        heldCount = newCount;
    }

    /** Heap of messages whose keys belong to this member. */
    int readyHeap() {
        return readyHeap;
    }

    void readyHeap(final int root) {
        readyHeap = root;
    }

    /** Begins to note what is handed out in this turn. */
    void beginBatch() {
        batchFirst = GroupEntries.NONE;
        batchCount = 0;
    }

    void addToBatch(final int slot) {
        if (batchCount == 0) {
            batchFirst = slot;
        }
        batchCount++;
    }

    int batchFirst() {
        return batchFirst;
    }

    int batchCount() {
        return batchCount;
    }
}
