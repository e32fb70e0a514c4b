package io.lockstep.topic;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Says of all topics that match a filter how many partitions each has. Immutable.
 *
 * @param filter     a topic filter of at most {@link #MAX_FILTER_LENGTH} bytes that does not begin with {@code $} and whose
 *                   last level is not that of a partition.
 * @param partitions 0 where the topics are not partitioned, else how many partitions each has, at most
 *                   {@link PartitionName#MAX_PARTITIONS}.
 * @param isHeld     whether topics that do not exist yet may not come into being now, because the number is about to change.
 */
public record TopicPolicy(TopicFilter filter, int partitions, boolean isHeld) {
    /** Greatest length of a filter in bytes of UTF-8. */
    public static final int MAX_FILTER_LENGTH = 256;

    /** What a filter is, for messages: completes "it takes …". */
    public static final String FILTER_RULE = "a topic filter of 1 to " + MAX_FILTER_LENGTH
            + " bytes, not beginning with '$' and not ending with a partition";

    /** Checks the arguments. */
    public TopicPolicy {
        if (!isFilter(Objects.requireNonNull(filter, "filter"))) {
            throw new IllegalArgumentException("a topic policy takes " + FILTER_RULE + ", but it is '" + filter + "'");
        }
        if (!isCount(partitions)) {
            throw new IllegalArgumentException("a topic has 0 to " + PartitionName.MAX_PARTITIONS
                    + " partitions, but the policy says " + partitions);
        }
    }

    /**
     * Whether a filter can be that of a policy.
     *
     * @param filter to look at.
     * @return true if so.
     */
    public static boolean isFilter(final TopicFilter filter) {
        final byte[] bytes = filter.toString().getBytes(StandardCharsets.UTF_8);
        return bytes.length <= MAX_FILTER_LENGTH
                && bytes[0] != '$'
                && PartitionName.partitionOf(new UnsafeBuffer(bytes), 0, bytes.length) == PartitionName.NONE;
    }

    /**
     * Whether a topic can have so many partitions.
     *
     * @param partitions number of them.
     * @return true if so.
     */
    public static boolean isCount(final int partitions) {
        return partitions >= 0 && partitions <= PartitionName.MAX_PARTITIONS;
    }
}
