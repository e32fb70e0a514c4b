package io.lockstep.client;

/** Something that a client drives: a consumer, a lease, a requester. Called on the thread that owns the client. */
interface ClientDuty extends AutoCloseable {
    /**
     * Does what is due. Never blocks.
     *
     * @param nowNs monotonic time.
     * @return a measure of the work that was done.
     */
    int doWork(long nowNs);

    /**
     * The session with a shard's leader is new: what was sent in the old one may be lost.
     *
     * @param shardId of the shard.
     */
    default void onSessionRestored(final int shardId) {}

    /**
     * The shard's leader told how far its journal reaches.
     *
     * @param shardId         of the shard.
     * @param journalPosition end of the journal.
     */
    default void onJournalPosition(final int shardId, final long journalPosition) {}

    /** Ends; also called where the client closes. Closing twice is harmless. */
    @Override
    void close();
}
