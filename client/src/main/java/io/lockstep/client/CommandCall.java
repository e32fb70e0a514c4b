package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import org.agrona.DirectBuffer;

/** Awaits the {@code CommandReply} of a call. */
final class CommandCall implements ShardCall.Listener {
    private CommandAnswer answer;
    private boolean isOver;

    @Override
    public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        isOver = true;
        if (templateId == CommandReplyDecoder.TEMPLATE_ID) {
            final CommandReplyDecoder reply =
                    new CommandReplyDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
            answer = new CommandAnswer(reply.code(), reply.detail());
        }
    }

    @Override
    public void onTimeout() {
        isOver = true;
    }

    /** Whether there is an answer or none will come. */
    boolean isOver() {
        return isOver;
    }

    /** The answer, or null where none came. */
    CommandAnswer answer() {
        return answer;
    }
}
