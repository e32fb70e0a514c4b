package io.lockstep.client.internal;

import io.lockstep.client.SubscriberListener;

/** How a client reaches its cluster: straight, or through a gateway. Owned by the thread that owns the client. */
public interface ClusterPath extends AutoCloseable {
    /**
     * Makes a session with a shard.
     *
     * @param shardId  of the shard.
     * @param listener is told its answers.
     * @param nowNs    monotonic time.
     * @return the session, not connected yet, to be closed by the caller.
     */
    ShardSession openSession(int shardId, ShardSessionListener listener, long nowNs);

    /**
     * Opens a reader of a journal; it connects while it is polled.
     *
     * @param request  what to read, and how.
     * @param listener is told of moves and losses, from within the reader's {@code poll}.
     * @return the reader, to be closed by the caller.
     */
    RecordReader openReader(ReadRequest request, SubscriberListener listener);

    /**
     * Whether readers bring only the messages that their filters match, so that only those of one filter can share one.
     *
     * @return true if so.
     */
    boolean isFiltering();

    /**
     * Drives what all sessions and readers share.
     *
     * @param nowNs monotonic time.
     * @return amount of work.
     */
    int doWork(long nowNs);

    /**
     * Where the cluster is looked for, for people.
     *
     * @return addresses.
     */
    String text();

    /**
     * Why the client is not let in, where waiting will not help.
     *
     * @return one sentence, or null.
     */
    String refusal();

    /** Ends what all sessions and readers share. */
    @Override
    void close();
}
