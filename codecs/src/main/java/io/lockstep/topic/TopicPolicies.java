package io.lockstep.topic;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The topic policies of a cluster. Of the policies that match a topic that counts whose filter is the most special one:
 * compared level by level from the left, a name comes before {@code +}, and that before {@code #}. Immutable; look-up
 * allocates nothing.
 */
public final class TopicPolicies {
    /** Greatest number of policies. */
    public static final int MAX_POLICIES = 128;

    /** No policies. */
    public static final TopicPolicies NONE = new TopicPolicies(List.of());

    private final List<TopicPolicy> policies;
    private final TopicPolicy[] table;

    /**
     * Copies policies.
     *
     * @param policies in any order.
     * @throws IllegalArgumentException where there are too many, or two of the same filter.
     */
    public TopicPolicies(final List<TopicPolicy> policies) {
        if (policies.size() > MAX_POLICIES) {
            throw new IllegalArgumentException(
                    "a cluster has at most " + MAX_POLICIES + " topic policies, but these are " + policies.size());
        }
        final List<TopicPolicy> sorted = new ArrayList<>(policies);
        sorted.sort(
                (one, other) -> compare(one.filter().toString(), other.filter().toString()));
        for (int i = 1; i < sorted.size(); i++) {
            if (sorted.get(i).filter().equals(sorted.get(i - 1).filter())) {
                throw new IllegalArgumentException(
                        "the policy of '" + sorted.get(i).filter() + "' is there twice");
            }
        }
        this.policies = List.copyOf(sorted);
        this.table = sorted.toArray(new TopicPolicy[0]);
    }

    /**
     * The policy of a topic or of one of its partitions. A partition has no partitions itself.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return the policy, or null where none matches.
     */
    public TopicPolicy policyOf(final DirectBuffer buffer, final int offset, final int length) {
        final int baseLength = PartitionName.baseLength(buffer, offset, length);
        if (baseLength != length && PartitionName.baseLength(buffer, offset, baseLength) != baseLength) {
            return null;
        }
        for (final TopicPolicy policy : table) {
            if (policy.filter().matches(buffer, offset, baseLength)) {
                return policy;
            }
        }
        return null;
    }

    /**
     * How many partitions a topic has.
     *
     * @param buffer that holds the name of the topic or of one of its partitions.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return 0 where it is not partitioned.
     */
    public int partitionsOf(final DirectBuffer buffer, final int offset, final int length) {
        final TopicPolicy policy = policyOf(buffer, offset, length);
        return policy == null ? 0 : policy.partitions();
    }

    /**
     * The policies.
     *
     * @return the most special filter first.
     */
    public List<TopicPolicy> all() {
        return policies;
    }

    /**
     * Whether there are none.
     *
     * @return true if so.
     */
    public boolean isEmpty() {
        return table.length == 0;
    }

    /**
     * The policy of a filter.
     *
     * @param filter text of the filter.
     * @return the policy, or null where there is none.
     */
    public TopicPolicy get(final String filter) {
        for (final TopicPolicy policy : table) {
            if (policy.filter().toString().equals(filter)) {
                return policy;
            }
        }
        return null;
    }

    /**
     * Makes policies with one more, or another one for its filter.
     *
     * @param policy to add.
     * @return the new policies.
     * @throws IllegalArgumentException where there would be too many.
     */
    public TopicPolicies with(final TopicPolicy policy) {
        final List<TopicPolicy> changed =
                new ArrayList<>(without(policy.filter().toString()).policies);
        changed.add(policy);
        return new TopicPolicies(changed);
    }

    /**
     * Makes policies without one.
     *
     * @param filter text of the filter.
     * @return the new policies; equal ones where there is no such filter.
     */
    public TopicPolicies without(final String filter) {
        final List<TopicPolicy> others = new ArrayList<>(policies);
        others.removeIf(policy -> policy.filter().toString().equals(filter));
        return new TopicPolicies(others);
    }

    /** {@inheritDoc} */
    @Override
    public boolean equals(final Object other) {
        return other instanceof final TopicPolicies others && policies.equals(others.policies);
    }

    /** {@inheritDoc} */
    @Override
    public int hashCode() {
        return policies.hashCode();
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return policies.toString();
    }

    // A total order: where two filters match the same name, the first level in which they differ has a wildcard in at
    // least one of them, or ends one of them.
    private static int compare(final String one, final String other) {
        final String[] levels = one.split("/", -1);
        final String[] otherLevels = other.split("/", -1);
        for (int i = 0; i < Math.min(levels.length, otherLevels.length); i++) {
            final int byRank = Integer.compare(rank(levels[i]), rank(otherLevels[i]));
            final int order = byRank != 0 ? byRank : Arrays.compareUnsigned(bytes(levels[i]), bytes(otherLevels[i]));
            if (order != 0) {
                return order;
            }
        }
        return Integer.compare(levels.length, otherLevels.length);
    }

    private static int rank(final String level) {
        return switch (level) {
            case "+" -> 1;
            case "#" -> 2;
            default -> 0;
        };
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
