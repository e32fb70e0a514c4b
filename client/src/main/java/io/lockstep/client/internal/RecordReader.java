package io.lockstep.client.internal;

/** Reads the journal of one shard from any node: the seam between a subscriber and the archive. */
public interface RecordReader extends AutoCloseable {
    /**
     * Delivers records and drives the connection. Never blocks. Does nothing from within a handler of a reader of the same
     * shard.
     *
     * @param handler     for the records.
     * @param recordLimit greatest number of records.
     * @return number of records that were consumed.
     */
    int poll(RecordHandler handler, int recordLimit);

    /**
     * Behind the last consumed record.
     *
     * @return the position, or -1 where it is not known yet.
     */
    long position();

    /**
     * Where is read.
     *
     * @return id of the node, or -1.
     */
    int nodeId();

    /**
     * Goes on elsewhere.
     *
     * @param position where a record begins.
     */
    void moveTo(long position);

    /**
     * Tells how far the journal is known to reach, so that a node that stays behind can be left.
     *
     * @param journalPosition of the leader.
     */
    void hint(long journalPosition);

    /** Stops reading. */
    @Override
    void close();
}
