package io.lockstep.client.internal;

/**
 * A session with one shard that takes commands and brings answers as bytes, and is made again by itself when it is lost:
 * the seam between what a client asks and how it reaches its cluster. Owned by the thread that owns the client.
 */
public interface ShardSession extends ShardIngress, AutoCloseable {
    /**
     * Connects, hands answers to the listener, keeps the session alive.
     *
     * @param nowNs monotonic time.
     * @return amount of work.
     */
    int doWork(long nowNs);

    /**
     * The node that leads, as far as the session knows.
     *
     * @return its id, or -1 while there is no session.
     */
    int leaderNodeId();

    /** Ends the session. Closing twice is harmless. */
    @Override
    void close();
}
