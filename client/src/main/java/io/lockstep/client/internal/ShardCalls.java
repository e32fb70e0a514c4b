package io.lockstep.client.internal;

import io.lockstep.codecs.MessageHeaderDecoder;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/**
 * The calls of a client that await an answer, those of each shard in the order in which they began: they are sent in that
 * order, also again in a new session. Belongs to the thread that owns the client.
 */
public final class ShardCalls {
    private CallLane[] lanes = {};

    /** None yet. */
    public ShardCalls() {}

    /**
     * Adds a call; it is sent in the next turn.
     *
     * @param call to add.
     */
    public void begin(final ShardCall call) {
        final int laneCount = lanes.length;
        if (call.shardId() >= laneCount) {
            lanes = Arrays.copyOf(lanes, call.shardId() + 1);
            for (int i = laneCount; i < lanes.length; i++) {
                lanes[i] = new CallLane();
            }
        }
        lanes[call.shardId()].begin(call);
    }

    /**
     * Sends what is due and ends what is over. Listeners may begin calls. Deadlines, and what was sent long ago, are looked at
     * every {@link CallLane#CHECK_INTERVAL_NS}.
     *
     * @param nowNs monotonic time.
     * @return a measure of the work that was done.
     */
    public int doWork(final long nowNs) {
        int workCount = 0;
        // By index: a listener may make more lanes.
        for (int i = 0; i < lanes.length; i++) {
            workCount += lanes[i].doWork(nowNs);
        }
        return workCount;
    }

    /**
     * The session with a shard is new.
     *
     * @param shardId of the shard.
     */
    public void onSessionRestored(final int shardId) {
        if (shardId < lanes.length) {
            lanes[shardId].onSessionRestored();
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
        if (shardId >= lanes.length || length < MessageHeaderDecoder.ENCODED_LENGTH + Long.BYTES) {
            return;
        }
        final ShardCall call = lanes[shardId].take(
                buffer.getLong(offset + MessageHeaderDecoder.ENCODED_LENGTH, ByteOrder.LITTLE_ENDIAN));
        if (call != null) {
            call.onAnswer(templateId, buffer, offset, length);
        }
    }
}
