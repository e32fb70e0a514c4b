package io.lockstep.cluster.core;

/** A feature that takes note of each message that enters the journal. Cannot refuse; allocates nothing in steady state. */
interface MessageObserver {
    /**
     * A message was appended.
     *
     * @param content  of the message, traits included.
     * @param topic    of the message, which has counted it.
     * @param position behind its record.
     */
    void onMessage(MessageContent content, Topic topic, long position);

    /**
     * The command or the due work that may have appended messages is about to end: what concerns them as a whole is
     * appended now, behind them.
     *
     * @param logPosition of the command in the Raft log.
     */
    default void onEndOfTurn(final long logPosition) {}
}
