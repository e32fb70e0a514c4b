package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;

/** A feature's say in whether a message is accepted. Changes no state and allocates nothing. */
interface PublishRule {
    /** An atomic batch is about to be checked as a whole: what {@link #plan} noted of the one before is forgotten. */
    default void beginBatch() {}

    /**
     * Notes an entry of the atomic batch that passed all checks, so that later entries are checked as if it had been
     * accepted.
     *
     * @param content of the message, traits included.
     * @param topic   of the message, or null where it does not exist yet.
     */
    default void plan(final MessageContent content, final Topic topic) {}

    /**
     * Whether a message is accepted.
     *
     * @param content  of the message, traits included.
     * @param topic    of the message, or null where it does not exist yet.
     * @param isInBatch whether the message is part of an atomic batch.
     * @return {@link ResultCode#ACCEPTED} or why not.
     */
    ResultCode check(MessageContent content, Topic topic, boolean isInBatch);

    /**
     * By how much the replicated state grows where the message is accepted.
     *
     * @param content of the message.
     * @param topic   of the message, or null where it does not exist yet.
     * @return in bytes as they are counted under the cap, 0 where it does not grow.
     */
    default long additionalBytes(final MessageContent content, final Topic topic) {
        return 0;
    }

    /**
     * What the answer adds to a refusal.
     *
     * @param code    that {@link #check} gave, or that of another rule.
     * @param content of the message.
     * @param topic   of the message, or null where it does not exist yet.
     * @return the detail, 0 where this rule has none for the code.
     */
    default long detailOf(final ResultCode code, final MessageContent content, final Topic topic) {
        return 0;
    }
}
