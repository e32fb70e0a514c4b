package io.lockstep.client;

/**
 * What is told of one asynchronous question: one of the two, once, from within {@link LockstepClient#doWork()}. It may ask
 * again, but not wait.
 *
 * @param <T> of the answer.
 */
public interface AnswerListener<T> {
    /**
     * The answer came; it may be a refusal.
     *
     * @param answer as the shard gave it.
     */
    void onAnswer(T answer);

    /** No answer came in time: what was asked for was done or not. */
    void onTimeout();
}
