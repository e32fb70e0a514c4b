package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.ApplyTopicPoliciesEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** A shard is asked to replace its topic policies. Belongs to the thread that owns the client. */
final class PolicyCommand implements ShardCall.Listener {
    private CommandAnswer answer;

    private PolicyCommand() {}

    /** Asks and waits; null where no answer came in time. */
    static CommandAnswer ask(
            final LockstepClient client,
            final int shardId,
            final long version,
            final TopicPolicies policies,
            final boolean isCheckOnly,
            final long timeoutNs) {
        final ShardConnection connection = client.connection(shardId);
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final long correlationId = connection.nextCorrelationId();
        final ApplyTopicPoliciesEncoder command = new ApplyTopicPoliciesEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(correlationId)
                .newVersion(version)
                .checkOnly(isCheckOnly ? BooleanType.TRUE : BooleanType.FALSE);
        final ApplyTopicPoliciesEncoder.PoliciesEncoder group =
                command.policiesCount(policies.all().size());
        for (final TopicPolicy policy : policies.all()) {
            group.next()
                    .partitions(policy.partitions())
                    .isHeld(policy.isHeld() ? BooleanType.TRUE : BooleanType.FALSE)
                    .filter(policy.filter().toString());
        }
        final int lengthBytes = MessageHeaderEncoder.ENCODED_LENGTH + command.encodedLength();
        final PolicyCommand listener = new PolicyCommand();
        final ShardCall call =
                new ShardCall(connection, correlationId, buffer, lengthBytes, client.nowNs() + timeoutNs, listener);
        client.begin(call);
        while (!call.isEnded()) {
            client.workOrIdle();
        }
        return listener.answer;
    }

    /** {@inheritDoc} */
    @Override
    public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
        final CommandReplyDecoder reply =
                new CommandReplyDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        answer = new CommandAnswer(reply.code(), reply.detail());
    }

    /** {@inheritDoc} */
    @Override
    public void onTimeout() {
        answer = null;
    }
}
