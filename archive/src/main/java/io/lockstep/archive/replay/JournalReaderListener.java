package io.lockstep.archive.replay;

/** Is told what a reader does besides delivering records. Called by the thread that polls the reader. */
public interface JournalReaderListener {
    /** Does nothing. */
    JournalReaderListener NONE = new JournalReaderListener() {
        @Override
        public void onNodeChanged(final int shardId, final int nodeId, final String reason) {
            // Nobody wants to know.
        }

        @Override
        public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
            // Nobody wants to know.
        }
    };

    /**
     * The reader began to read from a node, left one, or failed to reach one.
     *
     * @param shardId of the journal.
     * @param nodeId  where it reads now, or -1 while it is between nodes.
     * @param reason  why, as a sentence for people.
     */
    void onNodeChanged(int shardId, int nodeId, String reason);

    /**
     * No node has the wanted position any more, or it is no place where a record begins; nodes that gave no answer for
     * {@link JournalReaderContext#lostTimeoutNs} are left out. Nothing is skipped: the reader stands still until its owner calls {@link JournalReader#moveTo(long)}.
     *
     * @param shardId               of the journal.
     * @param wantedPosition        where the reader wanted to go on.
     * @param firstReadablePosition the lowest position that a node still has.
     */
    void onCursorLost(int shardId, long wantedPosition, long firstReadablePosition);
}
