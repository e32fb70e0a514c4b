package io.lockstep.cluster.core;

import io.lockstep.codecs.ApplyTopicPoliciesDecoder.PoliciesDecoder;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The topic policies in a command or a snapshot item; the group has the same shape in all of them. Reused; what was read
 * is valid until the next one is.
 */
final class PolicyGroup {
    private static final int IS_HELD_OFFSET = Integer.BYTES;

    private final List<TopicPolicy> policies = new ArrayList<>();
    private boolean areGood;

    /** Reads the group; the index behind it, or {@link WireShape#MALFORMED}. */
    int read(final DirectBuffer buffer, final int groupIndex, final int end) {
        policies.clear();
        areGood = true;
        if (!WireShape.hasGroup(buffer, groupIndex, end, BlockLengths.POLICY)) {
            return WireShape.MALFORMED;
        }
        final int blockLength = WireShape.blockLength(buffer, groupIndex);
        final int count = WireShape.groupCount(buffer, groupIndex);
        int index = groupIndex + PoliciesDecoder.sbeHeaderSize();
        for (int i = 0; i < count; i++) {
            if (end - index < blockLength) {
                return WireShape.MALFORMED;
            }
            final int textIndex = index + blockLength;
            final int textEnd = WireShape.endOfText(buffer, textIndex, end);
            final int isHeld = buffer.getByte(index + IS_HELD_OFFSET) & 0xFF;
            if (textEnd == WireShape.MALFORMED || !WireShape.isBoolean(isHeld)) {
                return WireShape.MALFORMED;
            }
            final int filterOffset = textIndex + PoliciesDecoder.filterHeaderLength();
            final int partitions = buffer.getInt(index, ByteOrder.LITTLE_ENDIAN);
            add(buffer, filterOffset, textEnd - filterOffset, partitions, WireShape.isTrue(isHeld));
            index = textEnd;
        }
        return index;
    }

    /** The policies that were read; null where they cannot be. */
    TopicPolicies policies() {
        return areGood ? new TopicPolicies(policies) : null;
    }

    private void add(
            final DirectBuffer buffer, final int offset, final int length, final int partitions, final boolean isHeld) {
        final boolean isPossible = areGood
                && policies.size() < TopicPolicies.MAX_POLICIES
                && length <= TopicPolicy.MAX_FILTER_LENGTH
                && TopicPolicy.isCount(partitions);
        final TopicFilter filter = isPossible ? QueryHandler.parse(QueryHandler.copy(buffer, offset, length)) : null;
        areGood = filter != null && TopicPolicy.isFilter(filter) && !isThere(filter);
        if (areGood) {
            policies.add(new TopicPolicy(filter, partitions, isHeld));
        }
    }

    private boolean isThere(final TopicFilter filter) {
        for (final TopicPolicy policy : policies) {
            if (policy.filter().equals(filter)) {
                return true;
            }
        }
        return false;
    }
}
