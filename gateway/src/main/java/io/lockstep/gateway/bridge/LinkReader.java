package io.lockstep.gateway.bridge;

/** Reads one shard's journal for one session, beside the live stream. Bridge thread only. */
public interface LinkReader extends AutoCloseable {
    /** Takes messages. */
    @FunctionalInterface
    interface Handler {
        /**
         * A message.
         *
         * @param message a flyweight, valid during the call.
         * @return false where there is no room for it: it comes again with the next poll.
         */
        boolean onMessage(LinkMessage message);
    }

    /**
     * Hands messages to the handler.
     *
     * @param limit greatest number of messages.
     * @return number of messages that were taken.
     */
    int poll(int limit);

    /**
     * The place up to which the journal was read.
     *
     * @return the position, or -1 where it is not known yet.
     */
    long position();

    /**
     * Whether what was to be read was removed by retention.
     *
     * @return true if so; then nothing more comes.
     */
    boolean isLost();

    /** Reads no more. Closing twice is harmless. */
    @Override
    void close();
}
