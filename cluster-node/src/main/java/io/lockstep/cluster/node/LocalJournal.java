package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.lockstep.archive.replay.JournalReader;
import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.archive.replay.JournalRecordHandler;
import io.lockstep.archive.replay.ReaderState;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.config.NodeEndpoint;

/** Reads a shard's journal on this node, from a place that its owner chooses. Belongs to the owner's thread. */
interface LocalJournal extends AutoCloseable {
    /**
     * Reads on.
     *
     * @param handler     takes the records.
     * @param recordLimit greatest number of records.
     * @return number of records that were read.
     */
    int poll(JournalRecordHandler handler, int recordLimit);

    /** Where the next record is read from. */
    long position();

    /** Goes on elsewhere. */
    void moveTo(long position);

    /** Whether the place is not in the journal any more. */
    boolean isLost();

    @Override
    void close();

    /**
     * A reader of this node's archive.
     *
     * @param aeron    client of the node's media driver; stays the caller's.
     * @param node     this one.
     * @param shardId  of the journal.
     * @param position where to begin.
     * @return the reader.
     */
    static LocalJournal open(final Aeron aeron, final NodeEndpoint node, final int shardId, final long position) {
        final JournalReader reader = new JournalReader(new JournalReaderContext()
                .aeron(aeron)
                .nodes(java.util.List.of(node))
                .localNodeId(node.id())
                .shardId(shardId)
                .start(StartPosition.position(position)));
        return new LocalJournal() {
            @Override
            public int poll(final JournalRecordHandler handler, final int recordLimit) {
                return reader.poll(handler, recordLimit);
            }

            @Override
            public long position() {
                return reader.position();
            }

            @Override
            public void moveTo(final long newPosition) {
                reader.moveTo(newPosition);
            }

            @Override
            public boolean isLost() {
                return reader.state() == ReaderState.LOST || reader.state() == ReaderState.FAILED;
            }

            @Override
            public void close() {
                reader.close();
            }
        };
    }
}
