package io.lockstep.client;

import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.ApplyTopicPoliciesEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.util.List;

/**
 * How many partitions topics have: the topic policies of a cluster, to look at and to change shard by shard. Made by
 * {@link LockstepClient#policies()}; belongs to the thread that owns the client.
 */
public final class Policies {
    private final LockstepClient client;

    Policies(final LockstepClient client) {
        this.client = client;
    }

    /**
     * The topic policies that the shards told last, without asking; for handlers and listeners too.
     *
     * @return the newest of them.
     */
    public TopicPolicies newest() {
        return client.policyTables().newest();
    }

    /**
     * Asks all shards for their topic policies and waits for the answers. Not to be called from a listener or handler.
     *
     * @param timeoutNs greatest time to wait.
     * @return the policies, in the order of the shards.
     * @throws LockstepException where a shard did not answer in time, or does not know the question.
     */
    public List<TopicPoliciesState> list(final long timeoutNs) {
        return client.routing().askPolicies(timeoutNs);
    }

    /**
     * Asks a shard to replace its topic policies and waits for the answer. Not to be called from a listener or handler.
     *
     * @param shardId     of the shard.
     * @param version     of the policies, above that of the shard.
     * @param policies    how many partitions topics have.
     * @param isCheckOnly whether the shard only says whether it would.
     * @param timeoutNs   greatest time to wait.
     * @return what it answered.
     * @throws LockstepException where the shard did not answer in time; it may have taken the policies then.
     */
    public CommandAnswer apply(
            final int shardId,
            final long version,
            final TopicPolicies policies,
            final boolean isCheckOnly,
            final long timeoutNs) {
        return BlockingCall.ask(client, shardId, applyCommand(version, policies, isCheckOnly), timeoutNs)
                .commandAnswer();
    }

    private static ShardCommand applyCommand(
            final long version, final TopicPolicies policies, final boolean isCheckOnly) {
        return (buffer, header, correlationId) -> {
            final ApplyTopicPoliciesEncoder command = new ApplyTopicPoliciesEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
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
            return command;
        };
    }
}
