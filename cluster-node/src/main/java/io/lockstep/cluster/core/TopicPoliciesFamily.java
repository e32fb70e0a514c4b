package io.lockstep.cluster.core;

import io.lockstep.codecs.ApplyTopicPoliciesDecoder;
import io.lockstep.codecs.DescribeTopicPoliciesDecoder;
import org.agrona.DirectBuffer;

/** The commands about topic policies. */
final class TopicPoliciesFamily implements CommandFamily {
    private final ApplyTopicPoliciesDecoder applyTopicPolicies = new ApplyTopicPoliciesDecoder();
    private final DescribeTopicPoliciesDecoder describeTopicPolicies = new DescribeTopicPoliciesDecoder();
    private final PolicyGroup policyGroup = new PolicyGroup();
    private final TopicPoliciesHandler handler;

    TopicPoliciesFamily(final TopicPoliciesHandler handler) {
        this.handler = handler;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId == ApplyTopicPoliciesDecoder.TEMPLATE_ID
                || templateId == DescribeTopicPoliciesDecoder.TEMPLATE_ID;
    }

    /** {@inheritDoc} */
    @Override
    public boolean onCommand(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (WireShape.templateId(buffer, offset) == ApplyTopicPoliciesDecoder.TEMPLATE_ID) {
            return onApply(clusterSessionId, logPosition, buffer, offset, length);
        }
        if (!WireShape.wrap(describeTopicPolicies, buffer, offset, length)) {
            return false;
        }
        handler.onDescribeTopicPolicies(clusterSessionId, describeTopicPolicies.correlationId());
        return true;
    }

    private boolean onApply(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(applyTopicPolicies, buffer, offset, length)
                || !WireShape.isBoolean(applyTopicPolicies.checkOnlyRaw())
                || policyGroup.read(buffer, WireShape.endOfBlock(buffer, offset), offset + length)
                        == WireShape.MALFORMED) {
            return false;
        }
        handler.onApplyTopicPolicies(
                clusterSessionId,
                logPosition,
                applyTopicPolicies.correlationId(),
                applyTopicPolicies.newVersion(),
                WireShape.isTrue(applyTopicPolicies.checkOnlyRaw()),
                policyGroup.policies());
        return true;
    }
}
