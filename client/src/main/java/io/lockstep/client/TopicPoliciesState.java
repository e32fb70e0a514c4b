package io.lockstep.client;

import io.lockstep.topic.TopicPolicies;

/**
 * The topic policies that a shard holds. Immutable.
 *
 * @param shardId  of the shard.
 * @param version  of the policies, 0 where there never were any; the shards of a cluster hold the same policies under the
 *                 same version.
 * @param policies how many partitions topics have.
 */
public record TopicPoliciesState(int shardId, long version, TopicPolicies policies) {}
