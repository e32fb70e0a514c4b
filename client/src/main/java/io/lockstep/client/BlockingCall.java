package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Asks a shard and waits for the answer. Not for handlers and listeners. Belongs to the thread that owns the client. */
final class BlockingCall implements ShardCall.Listener {
    private final int shardId;
    private int templateId;
    private UnsafeBuffer answer;

    private BlockingCall(final int shardId) {
        this.shardId = shardId;
    }

    /**
     * Asks one shard.
     *
     * @param client    that is driven meanwhile.
     * @param shardId   of the shard.
     * @param command   that may be repeated.
     * @param timeoutNs greatest time to wait.
     * @return the call, with its answer.
     * @throws LockstepException where none came in time.
     */
    static BlockingCall ask(
            final LockstepClient client, final int shardId, final ShardCommand command, final long timeoutNs) {
        return ask(client, shardId, 1, id -> command, timeoutNs).get(0);
    }

    /**
     * Asks all shards at a time.
     *
     * @param client    that is driven meanwhile.
     * @param commands  by shard; each may be repeated.
     * @param timeoutNs greatest time to wait.
     * @return the calls, with their answers, by shard.
     * @throws LockstepException where one did not answer in time; others may have.
     */
    static List<BlockingCall> askAll(
            final LockstepClient client, final IntFunction<ShardCommand> commands, final long timeoutNs) {
        return ask(client, 0, client.shardCount(), commands, timeoutNs);
    }

    int shardId() {
        return shardId;
    }

    int templateId() {
        return templateId;
    }

    /** The answer from its message header on. */
    DirectBuffer answer() {
        return answer;
    }

    /** The answer of a command that is answered by a code. */
    CommandAnswer commandAnswer() {
        if (templateId != CommandReplyDecoder.TEMPLATE_ID) {
            throw new LockstepException(
                    "shard " + shardId + " gave an answer that does not belong to the command: message " + templateId);
        }
        final CommandReplyDecoder reply =
                new CommandReplyDecoder().wrapAndApplyHeader(answer, 0, new MessageHeaderDecoder());
        final long detail = reply.detail();
        return new CommandAnswer(reply.code(), detail);
    }

    /** What an accepted command was answered with; throws a sentence where it was refused. */
    long acceptedDetail(final String what) {
        final CommandAnswer reply = commandAnswer();
        if (reply.code() != ResultCode.ACCEPTED) {
            throw refusal(shardId, what, reply);
        }
        return reply.detail();
    }

    /** Throws a sentence where the answer is not what was asked for. */
    BlockingCall require(final int expectedTemplateId, final String what) {
        if (templateId != expectedTemplateId) {
            throw refusal(shardId, what, commandAnswer());
        }
        return this;
    }

    static LockstepException refusal(final int shardId, final String what, final CommandAnswer reply) {
        if (reply.code() == ResultCode.UNSUPPORTED) {
            return new LockstepException("shard " + shardId + " did not " + what
                    + ": its feature level does not know that yet; 'lockstep feature-level --set' raises it"
                    + " when all nodes run this release");
        }
        return new LockstepException(
                "shard " + shardId + " did not " + what + ": " + reply.code() + ", detail " + reply.detail());
    }

    @Override
    public void onAnswer(final int answerTemplateId, final DirectBuffer buffer, final int offset, final int length) {
        templateId = answerTemplateId;
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        answer = new UnsafeBuffer(bytes);
    }

    @Override
    public void onTimeout() {
        // The caller sees that there is no answer.
    }

    private static List<BlockingCall> ask(
            final LockstepClient client,
            final int firstShardId,
            final int count,
            final IntFunction<ShardCommand> commands,
            final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        final List<BlockingCall> results = new ArrayList<>(count);
        final List<ShardCall> calls = new ArrayList<>(count);
        for (int shardId = firstShardId; shardId < firstShardId + count; shardId++) {
            final BlockingCall result = new BlockingCall(shardId);
            results.add(result);
            calls.add(client.ask(shardId, commands.apply(shardId), deadlineNs, result));
        }
        client.awaitEnds(calls, timeoutNs);
        calls.forEach(ShardCall::cancel);
        for (final BlockingCall result : results) {
            if (result.answer == null) {
                throw new LockstepException("shard " + result.shardId
                        + " did not answer in time, and may have done what it was asked for or not; 'lockstep status'"
                        + " shows whether it has a leader");
            }
        }
        return results;
    }
}
