package io.lockstep.client.internal;

import io.lockstep.codecs.MessageHeaderDecoder;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/** The calls of a client that await an answer. Belongs to the thread that owns the client. */
public final class ShardCalls {
    private final List<ShardCall> calls = new ArrayList<>();

    /** None yet. */
    public ShardCalls() {}

    /**
     * Adds a call; it is sent in the next turn.
     *
     * @param call to add.
     */
    public void begin(final ShardCall call) {
        calls.add(call);
    }

    /**
     * Sends what is due and forgets what ended. Listeners may begin calls.
     *
     * @param nowNs monotonic time.
     * @return a measure of the work that was done.
     */
    public int doWork(final long nowNs) {
        int workCount = 0;
        for (int i = 0; i < calls.size(); i++) {
            workCount += calls.get(i).doWork(nowNs);
        }
        for (int i = calls.size() - 1; i >= 0; i--) {
            if (calls.get(i).isEnded()) {
                calls.remove(i);
            }
        }
        return workCount;
    }

    /**
     * The session with a shard is new.
     *
     * @param shardId of the shard.
     */
    public void onSessionRestored(final int shardId) {
        for (int i = 0; i < calls.size(); i++) {
            if (calls.get(i).shardId() == shardId) {
                calls.get(i).onSessionRestored();
            }
        }
    }

    /**
     * Hands an answer to the call that awaits it, if any does.
     *
     * @param shardId    that answered.
     * @param templateId of the answer, whose first field is the correlation id.
     * @param buffer     that holds it.
     * @param offset     of its message header.
     * @param length     in bytes.
     */
    public void onReply(
            final int shardId, final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        if (calls.isEmpty() || length < MessageHeaderDecoder.ENCODED_LENGTH + Long.BYTES) {
            return;
        }
        final long correlationId =
                buffer.getLong(offset + MessageHeaderDecoder.ENCODED_LENGTH, ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < calls.size(); i++) {
            final ShardCall call = calls.get(i);
            if (call.shardId() == shardId && call.correlationId() == correlationId && !call.isEnded()) {
                call.onAnswer(templateId, buffer, offset, length);
                return;
            }
        }
    }
}
