package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.PartitionName;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/**
 * Whether a name may be published to under the topic policies: that of a topic only where it has no partitions, that of a
 * partition only where its topic has so many. The answer for a topic that exists is kept until the policies change.
 * Allocates nothing but for new topics.
 */
final class PartitionRule {
    /** Detail of a refusal while the number of partitions is being changed. */
    static final long HELD = -1;

    private static final int INITIAL_CAPACITY = 64;

    private final PartList parts;
    // By topic id. A cache and no state.
    private boolean[] isGood = new boolean[INITIAL_CAPACITY];
    private long knownVersion;

    PartitionRule(final PartList parts) {
        this.parts = parts;
    }

    /** Checks a name that is valid and not reserved; {@code topic} is null where it does not exist yet. */
    ResultCode check(final DirectBuffer buffer, final int offset, final int length, final Topic topic) {
        final TopicPolicies policies = parts.topicPolicies().policies();
        if (topic == null) {
            return checkName(policies, buffer, offset, length, false);
        }
        if (knownVersion != parts.topicPolicies().version()) {
            Arrays.fill(isGood, false);
            knownVersion = parts.topicPolicies().version();
        }
        if (topic.id() >= isGood.length) {
            isGood = Arrays.copyOf(isGood, 2 * topic.id());
        }
        if (isGood[topic.id()]) {
            return ResultCode.ACCEPTED;
        }
        final ResultCode code = checkName(policies, buffer, offset, length, true);
        isGood[topic.id()] = code == ResultCode.ACCEPTED;
        return code;
    }

    /** What a refusal by this rule adds; 0 for other codes. */
    long detailOf(
            final ResultCode code, final DirectBuffer buffer, final int offset, final int length, final Topic topic) {
        if (code != ResultCode.PARTITIONED && code != ResultCode.BAD_PARTITION) {
            return 0;
        }
        final TopicPolicy policy = parts.topicPolicies().policies().policyOf(buffer, offset, length);
        if (policy == null) {
            return 0;
        }
        return policy.isHeld() && topic == null ? HELD : policy.partitions();
    }

    private static ResultCode checkName(
            final TopicPolicies policies,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final boolean exists) {
        final int partition = PartitionName.partitionOf(buffer, offset, length);
        final TopicPolicy policy = policies.policyOf(buffer, offset, length);
        final int partitions = policy == null ? 0 : policy.partitions();
        final boolean isHeld = policy != null && policy.isHeld() && !exists;
        if (partition == PartitionName.NONE) {
            return partitions > 0 || isHeld ? ResultCode.PARTITIONED : ResultCode.ACCEPTED;
        }
        return partition >= partitions || isHeld ? ResultCode.BAD_PARTITION : ResultCode.ACCEPTED;
    }
}
