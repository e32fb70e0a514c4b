package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Asks a shard and waits for the answer. Not for handlers and listeners. */
final class BlockingCall implements ShardCall.Listener {
    /** Writes a command. */
    @FunctionalInterface
    interface Command {
        /** Writes at 0 and returns the length, message header included. */
        int encode(MutableDirectBuffer buffer, long correlationId);
    }

    private int templateId;
    private UnsafeBuffer answer;

    private BlockingCall() {}

    /**
     * Asks.
     *
     * @param client    that is driven meanwhile.
     * @param shardId   of the shard.
     * @param command   that has a correlation id and may be repeated.
     * @param timeoutNs greatest time to wait.
     * @return the call, with its answer.
     * @throws LockstepException where none came in time.
     */
    static BlockingCall ask(
            final LockstepClient client, final int shardId, final Command command, final long timeoutNs) {
        final ShardConnection connection = client.connection(shardId);
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = connection.nextCorrelationId();
        final int length = command.encode(buffer, correlationId);
        final BlockingCall result = new BlockingCall();
        final ShardCall call =
                new ShardCall(connection, correlationId, buffer, length, client.nowNs() + timeoutNs, result);
        client.begin(call);
        client.awaitEnds(List.of(call), timeoutNs);
        call.cancel();
        if (result.answer == null) {
            throw new LockstepException(
                    "shard " + shardId + " did not answer in time, and may have done what it was asked"
                            + " for or not; 'lockstep status' shows whether it has a leader");
        }
        return result;
    }

    int templateId() {
        return templateId;
    }

    /** The answer from its message header on. */
    DirectBuffer answer() {
        return answer;
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
}
