package io.lockstep.client.window;

/** A run of entries that goes into one {@code Publish} command. Filled by {@link InFlightWindow#nextFrame}. */
public final class Frame {
    private long firstSequence;
    private int entryCount;
    private int offset;
    private int length;
    private boolean isAtomic;

    /** An empty frame, to be filled. */
    public Frame() {}

    void set(
            final long newFirstSequence,
            final int newEntryCount,
            final int newOffset,
            final int newLength,
            final boolean newIsAtomic) {
        firstSequence = newFirstSequence;
        entryCount = newEntryCount;
        offset = newOffset;
        length = newLength;
        isAtomic = newIsAtomic;
    }

    /**
     * Sequence of the first entry.
     *
     * @return from 1.
     */
    public long firstSequence() {
        return firstSequence;
    }

    /**
     * Number of entries.
     *
     * @return from 1.
     */
    public int entryCount() {
        return entryCount;
    }

    /**
     * Where the entries begin in {@link InFlightWindow#buffer()}.
     *
     * @return the offset.
     */
    public int offset() {
        return offset;
    }

    /**
     * Bytes of all entries.
     *
     * @return the length.
     */
    public int length() {
        return length;
    }

    /**
     * Whether the entries are an atomic batch.
     *
     * @return true if so.
     */
    public boolean isAtomic() {
        return isAtomic;
    }
}
