package io.lockstep.client.window;

/** Takes the fates of messages out of an {@link InFlightWindow}, in the order of their sequences. */
public interface AnswerHandler {
    /**
     * The fate of one message.
     *
     * @param messageId of the message.
     * @param sequence  of the message.
     * @param code      raw value of {@code ResultCode}, or {@link InFlightWindow#UNANSWERED} where the window was abandoned
     *                  before an answer came.
     * @param detail    depends on the code.
     * @param position  in the journal, or -1.
     */
    void onFate(long messageId, long sequence, int code, long detail, long position);
}
