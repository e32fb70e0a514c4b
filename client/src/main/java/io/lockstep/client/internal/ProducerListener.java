package io.lockstep.client.internal;

/** Is told what happens to a {@link ProducerChannel}. */
public interface ProducerListener {
    /**
     * A message was accepted or refused.
     *
     * @param shardId   of the channel.
     * @param messageId of the message.
     * @param code      raw value of {@code ResultCode}, or {@code InFlightWindow.UNANSWERED} where the channel was
     *                  abandoned.
     * @param detail    depends on the code.
     * @param position  in the journal, or -1.
     */
    void onFate(int shardId, long messageId, int code, long detail, long position);

    /**
     * The producer cannot go on; the whole publisher closes.
     *
     * @param shardId of the channel.
     * @param reason  one sentence.
     */
    void onFailed(int shardId, String reason);

    /**
     * Messages were sent once more.
     *
     * @param count of messages.
     */
    default void onResent(final int count) {}

    /** The shard took nothing of a command because a rate was reached. */
    default void onRateLimited() {}
}
