package io.lockstep.cli;

import io.lockstep.client.CommandAnswer;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.TopicPoliciesState;
import io.lockstep.client.TopicState;
import io.lockstep.topic.TopicPolicies;
import java.util.List;

/** The shards as a change of topic policies sees them. */
interface PolicyLink {
    /** What each shard holds, in the order of their ids. */
    List<TopicPoliciesState> states();

    /** What a shard answers; throws a {@link io.lockstep.client.LockstepException} where it does not. */
    CommandAnswer apply(int shardId, long version, TopicPolicies policies, boolean isCheckOnly);

    /** What to call a topic of a shard that matches a filter. */
    String topicText(int shardId, long topicId, String filter);

    /** The shards that a client is connected with. */
    static PolicyLink of(final LockstepClient client, final long timeoutNs) {
        return new PolicyLink() {
            @Override
            public List<TopicPoliciesState> states() {
                return client.policies().list(timeoutNs);
            }

            @Override
            public CommandAnswer apply(
                    final int shardId, final long version, final TopicPolicies policies, final boolean isCheckOnly) {
                return client.policies().apply(shardId, version, policies, isCheckOnly, timeoutNs);
            }

            @Override
            public String topicText(final int shardId, final long topicId, final String filter) {
                for (final TopicState topic : client.topics().list(filter, timeoutNs)) {
                    if (topic.shardId() == shardId && topic.topicId() == topicId) {
                        return "'" + topic.name() + "'";
                    }
                }
                return "with id " + topicId;
            }
        };
    }
}
