package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.TopicPoliciesEncoder;
import io.lockstep.codecs.TopicPoliciesEncoder.PoliciesEncoder;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicPolicy;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Commands about the topic policies. Policies that would change the number of partitions of a topic that exists in this
 * shard are refused: its keys would go to other partitions than before, and their order would be lost.
 */
final class TopicPoliciesHandler {
    private final PartList parts;
    private final EntryCheck entryCheck;
    private final JournalAppender appender;
    private final ReplyProxy replies;
    private final Outbox outbox;
    private final UnsafeBuffer buffer = new UnsafeBuffer(
            new byte
                    [MessageHeaderEncoder.ENCODED_LENGTH
                            + TopicPoliciesEncoder.BLOCK_LENGTH
                            + PoliciesEncoder.sbeHeaderSize()
                            + TopicPoliciesPart.MAX_POLICIES_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final TopicPoliciesEncoder description = new TopicPoliciesEncoder();

    TopicPoliciesHandler(
            final PartList parts,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final ReplyProxy replies,
            final Outbox outbox) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.appender = appender;
        this.replies = replies;
        this.outbox = outbox;
    }

    /** Replaces the policies, or tells only whether it would; {@code policies} is null where those sent cannot be. */
    void onApplyTopicPolicies(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long newVersion,
            final boolean isCheckOnly,
            final TopicPolicies policies) {
        final TopicPoliciesPart part = parts.topicPolicies();
        if (!parts.shard().isSeeded() || policies == null) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_POLICY, 0);
            return;
        }
        final boolean isCurrent = newVersion == part.version() && policies.equals(part.policies());
        if (!isCurrent && newVersion <= part.version()) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.STALE_POLICIES, part.version());
            return;
        }
        if (!isCurrent && !hasRoomFor(policies)) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.STATE_FULL, 0);
            return;
        }
        final int splitTopicId = isCurrent ? 0 : firstSplitTopicId(policies);
        if (splitTopicId > 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.POLICY_WOULD_SPLIT, splitTopicId);
            return;
        }
        if (!isCurrent && !isCheckOnly) {
            part.replace(newVersion, policies, parts.journal().position());
            appender.appendEvent(
                    RecordKind.TOPIC_POLICIES_CHANGED,
                    newVersion,
                    policies.all().size(),
                    logPosition);
        }
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, part.version());
    }

    void onDescribeTopicPolicies(final long clusterSessionId, final long correlationId) {
        final TopicPoliciesPart part = parts.topicPolicies();
        final TopicPolicies policies = part.policies();
        final PoliciesEncoder group = description
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .policiesVersion(part.version())
                .changedPosition(part.changedPosition())
                .policiesCount(policies.all().size());
        for (final TopicPolicy policy : policies.all()) {
            group.next()
                    .partitions(policy.partitions())
                    .isHeld(policy.isHeld() ? BooleanType.TRUE : BooleanType.FALSE)
                    .filter(policy.filter().toString());
        }
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + description.encodedLength());
    }

    private boolean hasRoomFor(final TopicPolicies policies) {
        final long growth =
                TopicPoliciesPart.costOf(policies) - parts.topicPolicies().stateBytes();
        return growth <= 0 || entryCheck.hasRoomFor(growth);
    }

    // Looks at all topics, in the order of their ids, because what policies split cannot be put together again. An
    // operator's command is rare enough for that.
    private int firstSplitTopicId(final TopicPolicies policies) {
        final TopicPolicies current = parts.topicPolicies().policies();
        final TopicsPart topics = parts.topics();
        for (int topicId = 1; topicId <= topics.topicCount(); topicId++) {
            final Topic topic = topics.ofId(topicId);
            final DirectBuffer name = topic.name();
            if (policies.partitionsOf(name, 0, topic.nameLength())
                    != current.partitionsOf(name, 0, topic.nameLength())) {
                return topicId;
            }
        }
        return 0;
    }
}
