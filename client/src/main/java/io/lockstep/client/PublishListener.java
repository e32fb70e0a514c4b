package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/**
 * Is told the outcome of each message that a {@link Publisher} took: exactly one of the three methods is called once for
 * each message id, in the order of the messages within a shard. Called on the thread that owns the client, from within
 * {@link LockstepClient#doWork()}, an {@code offer} or a {@code poll}. An exception leaves through that call.
 */
public interface PublishListener {
    /** For programs that expect every message to be accepted: throws {@link LockstepException} where one is not. */
    PublishListener FAIL_FAST = new PublishListener() {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long position) {
            // As expected.
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            throw new LockstepException("message " + messageId + " was refused: " + code + " (" + detail + ")");
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            throw new LockstepException("the fate of message " + messageId + " is not known: " + reason);
        }
    };

    /**
     * The message is committed and in the journal.
     *
     * @param messageId as returned by {@code offer}.
     * @param shardId   where the message lives.
     * @param position  in the shard's journal at or behind the end of the message's record: who reads from here does not
     *                  see the message again. Messages that shared one frame report the end of the last of them.
     */
    void onAccepted(long messageId, int shardId, long position);

    /**
     * The message is refused and will never be in the journal. For an ordered publisher, all messages that were offered
     * before this call come back with {@link ResultCode#AFTER_REFUSAL}, and {@code offer} to this shard returns
     * {@link Publisher#BACK_PRESSURED} until they have; then offer again what shall still be published, in order.
     *
     * @param messageId as returned by {@code offer}.
     * @param code      why.
     * @param detail    depends on the code, see its description in the schema.
     */
    void onRefused(long messageId, ResultCode code, long detail);

    /**
     * Nobody knows the fate of the message, because the publisher closed before an answer came. It may be in the journal.
     * A new publisher with the same producer id learns by {@link Publisher#lastSequence(int)} what was consumed.
     *
     * @param messageId as returned by {@code offer}.
     * @param reason    one sentence.
     */
    void onUnknown(long messageId, String reason);
}
