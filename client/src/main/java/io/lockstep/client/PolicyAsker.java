package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.DescribeTopicPoliciesEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.TopicPoliciesDecoder;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Asks the shards for their topic policies, each every 10 s and on demand. Belongs to the thread that owns the client. */
final class PolicyAsker {
    /** Told what a shard answered. */
    interface Listener {
        void onPolicies(int shardId, long version, long changedPosition, long journalPosition, TopicPolicies policies);
    }

    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final LockstepClient client;
    private final Listener listener;
    private final ShardCall[] calls;
    private final TopicPoliciesState[] answers;
    private long nextNs;

    PolicyAsker(final LockstepClient client, final int shardCount, final Listener listener) {
        this.client = client;
        this.listener = listener;
        this.calls = new ShardCall[shardCount];
        this.answers = new TopicPoliciesState[shardCount];
        this.nextNs = client.nowNs();
    }

    /** Begins to ask a shard, where that is not so already. */
    void begin(final int shardId) {
        if (isAsking(shardId)) {
            return;
        }
        final ShardConnection connection = client.connection(shardId);
        final long correlationId = connection.nextCorrelationId();
        final UnsafeBuffer buffer = new UnsafeBuffer(
                new byte[MessageHeaderEncoder.ENCODED_LENGTH + DescribeTopicPoliciesEncoder.BLOCK_LENGTH]);
        new DescribeTopicPoliciesEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId);
        calls[shardId] = new ShardCall(
                connection,
                correlationId,
                buffer,
                buffer.capacity(),
                client.nowNs() + INTERVAL_NS,
                new Answer(shardId));
        client.begin(calls[shardId]);
    }

    /** Begins anew to ask all shards; {@link #answers} is complete when each answered. */
    void beginAll() {
        Arrays.fill(answers, null);
        for (int shardId = 0; shardId < calls.length; shardId++) {
            if (isAsking(shardId)) {
                calls[shardId].cancel();
            }
            begin(shardId);
        }
    }

    /** Whether the answer of a shard is awaited. */
    boolean isAsking(final int shardId) {
        return calls[shardId] != null && !calls[shardId].isEnded();
    }

    /** A shard whose answer is awaited, or -1. */
    int missingShardId() {
        for (int shardId = 0; shardId < calls.length; shardId++) {
            if (isAsking(shardId)) {
                return shardId;
            }
        }
        return -1;
    }

    /** The last answer of each shard; null where it gave none, or does not know policies. */
    List<TopicPoliciesState> answers() {
        return Arrays.asList(answers);
    }

    int doWork(final long nowNs) {
        if (nowNs - nextNs < 0) {
            return 0;
        }
        nextNs = nowNs + INTERVAL_NS;
        for (int shardId = 0; shardId < calls.length; shardId++) {
            begin(shardId);
        }
        return 1;
    }

    private static TopicPolicies policiesOf(final TopicPoliciesDecoder reply) {
        final List<TopicPolicy> policies = new ArrayList<>();
        for (final TopicPoliciesDecoder.PoliciesDecoder policy : reply.policies()) {
            final int partitions = policy.partitions();
            final boolean isHeld = policy.isHeld() == BooleanType.TRUE;
            policies.add(new TopicPolicy(TopicFilter.parse(policy.filter()), partitions, isHeld));
        }
        return new TopicPolicies(policies);
    }

    private final class Answer implements ShardCall.Listener {
        private final int shardId;

        private Answer(final int shardId) {
            this.shardId = shardId;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            // Another answer says that the shard's feature level knows no policies.
            if (templateId == TopicPoliciesDecoder.TEMPLATE_ID) {
                final TopicPoliciesDecoder reply =
                        new TopicPoliciesDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
                final long version = reply.policiesVersion();
                final long changedPosition = reply.changedPosition();
                final long journalPosition = reply.journalPosition();
                final TopicPolicies policies = policiesOf(reply);
                answers[shardId] = new TopicPoliciesState(shardId, version, policies);
                listener.onPolicies(shardId, version, changedPosition, journalPosition, policies);
            }
        }

        @Override
        public void onTimeout() {
            // Asked again when its time comes.
        }
    }
}
