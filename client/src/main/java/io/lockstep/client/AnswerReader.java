package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import org.agrona.DirectBuffer;

/**
 * Tells a listener the answer to a command, which is the command's own answer or a code alone.
 *
 * @param <T> of the answer.
 */
final class AnswerReader<T> implements ShardCall.Listener {
    /** Takes the command's own answer apart. */
    @FunctionalInterface
    interface Own<T> {
        T read(DirectBuffer buffer, int offset);
    }

    /** Makes an answer of a code alone. */
    @FunctionalInterface
    interface CodeAlone<T> {
        T of(ResultCode code, long detail, long journalPosition);
    }

    private final int shardId;
    private final int ownTemplateId;
    private final Own<T> own;
    private final CodeAlone<T> codeAlone;
    private final AnswerListener<T> listener;

    AnswerReader(
            final int shardId,
            final int ownTemplateId,
            final Own<T> own,
            final CodeAlone<T> codeAlone,
            final AnswerListener<T> listener) {
        this.shardId = shardId;
        this.ownTemplateId = ownTemplateId;
        this.own = own;
        this.codeAlone = codeAlone;
        this.listener = listener;
    }

    /** Of a command that is answered by a code in any case. */
    AnswerReader(final int shardId, final CodeAlone<T> codeAlone, final AnswerListener<T> listener) {
        this(shardId, CommandReplyDecoder.TEMPLATE_ID, null, codeAlone, listener);
    }

    /** {@inheritDoc} */
    @Override
    public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        if (templateId == CommandReplyDecoder.TEMPLATE_ID) {
            final CommandReplyDecoder reply =
                    new CommandReplyDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
            final long detail = reply.detail();
            final long journalPosition = reply.journalPosition();
            listener.onAnswer(codeAlone.of(reply.code(), detail, journalPosition));
        } else if (templateId == ownTemplateId) {
            listener.onAnswer(own.read(buffer, offset));
        } else {
            throw new LockstepException("shard " + shardId
                    + " gave an answer that does not belong to the command: message " + templateId + " where "
                    + ownTemplateId + " was expected");
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onTimeout() {
        listener.onTimeout();
    }
}
