package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.DescribeScheduleEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ScheduleDescribedDecoder;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Asks all shards how much they hold back and how late they released. Belongs to the thread that owns the client. */
final class ScheduleDescriber {
    private final ScheduleState[] states;
    private int missing;
    private String failure;

    ScheduleDescriber(final LockstepClient client, final long deadlineNs) {
        this.states = new ScheduleState[client.shardCount()];
        this.missing = states.length;
        for (int shardId = 0; shardId < states.length; shardId++) {
            ask(client, shardId, deadlineNs);
        }
    }

    /** Whether all shards answered or one cannot. */
    boolean isEnded() {
        return missing == 0 || failure != null;
    }

    /** Why the answer is not complete, a sentence, or null. */
    String failure() {
        return failure;
    }

    List<ScheduleState> states() {
        return List.of(states);
    }

    private void ask(final LockstepClient client, final int shardId, final long deadlineNs) {
        final ShardConnection connection = client.connection(shardId);
        final long correlationId = connection.nextCorrelationId();
        final UnsafeBuffer buffer =
                new UnsafeBuffer(new byte[MessageHeaderEncoder.ENCODED_LENGTH + DescribeScheduleEncoder.BLOCK_LENGTH]);
        new DescribeScheduleEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId);
        client.begin(new ShardCall(
                connection, correlationId, buffer, buffer.capacity(), deadlineNs, new Answer(shardId)));
    }

    private final class Answer implements ShardCall.Listener {
        private final int shardId;

        private Answer(final int shardId) {
            this.shardId = shardId;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            final MessageHeaderDecoder header = new MessageHeaderDecoder();
            if (templateId != ScheduleDescribedDecoder.TEMPLATE_ID) {
                final CommandReplyDecoder reply = new CommandReplyDecoder().wrapAndApplyHeader(buffer, offset, header);
                failure = "shard " + shardId + " does not tell what it holds back: " + reply.code();
                return;
            }
            final ScheduleDescribedDecoder reply =
                    new ScheduleDescribedDecoder().wrapAndApplyHeader(buffer, offset, header);
            states[shardId] = new ScheduleState(
                    shardId,
                    reply.heldCount(),
                    reply.heldBytes(),
                    reply.nextDueNs(),
                    reply.releasedCount(),
                    reply.latenessSumUs(),
                    reply.greatestLatenessUs(),
                    reply.timestampNs());
            missing--;
        }

        @Override
        public void onTimeout() {
            failure = "shard " + shardId + " did not tell what it holds back in time; 'lockstep status' shows whether"
                    + " it has a leader";
        }
    }
}
