package io.lockstep.archive.journal;

import java.nio.file.Path;

/** Is told what a {@link JournalWriter} does beside appending. Called on the service thread; must not block. */
public interface JournalListener {
    /** Hears nothing. */
    JournalListener NONE = new JournalListener() {};

    /**
     * A step of opening or repairing was taken.
     *
     * @param shardId of the journal.
     * @param step    a sentence.
     */
    default void onRecoveryStep(final int shardId, final String step) {}

    /**
     * The end of the journal was cut off; it will be fetched from a peer or made again from the log.
     *
     * @param shardId      of the journal.
     * @param fromPosition where the journal ended.
     * @param toPosition   where it ends now.
     * @param reason       a sentence.
     */
    default void onTruncated(final int shardId, final long fromPosition, final long toPosition, final String reason) {}

    /**
     * Part of the journal was copied from a peer.
     *
     * @param shardId      of the journal.
     * @param peerNodeId   whose journal it was.
     * @param fromPosition first position copied.
     * @param toPosition   where the copy ends.
     * @param durationNs   how long it took.
     */
    default void onCopied(
            final int shardId,
            final int peerNodeId,
            final long fromPosition,
            final long toPosition,
            final long durationNs) {}

    /**
     * A damaged file was kept aside before it was repaired.
     *
     * @param shardId of the journal.
     * @param copy    where it is now.
     */
    default void onKeptAside(final int shardId, final Path copy) {}

    /**
     * The stored history differs from the one that the log makes.
     *
     * @param shardId  of the journal.
     * @param position where the first record that differs begins.
     * @param detail   a sentence.
     */
    default void onDiverged(final int shardId, final long position, final String detail) {}
}
