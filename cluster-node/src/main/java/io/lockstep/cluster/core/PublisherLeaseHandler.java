package io.lockstep.cluster.core;

import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicFilter;
import org.agrona.DirectBuffer;

/**
 * Publisher leases: at most one holder publishes to a topic that they guard, and each holder has a greater token than the
 * one before. A publisher that lost its lease is refused, whatever it believes. Allocates nothing but for new topics and
 * newly guarded ones.
 */
final class PublisherLeaseHandler implements PublishRule, DueWork {
    /** Greatest number of leases that end in one turn; the others are not held any more, and are told of in the next. */
    static final int MAX_ENDED_IN_TURN = 1_000;

    /** Greatest number of leases in a page. */
    static final int MAX_LEASES_IN_PAGE = 100;

    private final PartList parts;
    private final EntryCheck entryCheck;
    private final JournalAppender appender;
    private final PublisherLeaseReplies replies;
    private final PublisherLease[] page = new PublisherLease[MAX_LEASES_IN_PAGE];

    PublisherLeaseHandler(
            final PartList parts,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final PublisherLeaseReplies replies) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.appender = appender;
        this.replies = replies;
    }

    void onAcquire(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long holderId,
            final long durationNs,
            final DirectBuffer buffer,
            final int nameOffset,
            final int nameLength) {
        final Topic existing = parts.topics().find(buffer, nameOffset, nameLength);
        final PublisherLease guard = leaseOf(existing);
        final long nowNs = parts.clock().nowNs();
        final boolean isHeld = guard != null && guard.isHeldAt(nowNs);
        ResultCode code =
                isDuration(durationNs) ? checkTopic(buffer, nameOffset, nameLength, existing) : ResultCode.BAD_LEASE;
        if (code == ResultCode.ACCEPTED && guard == null) {
            code = checkRoom(nameLength, existing);
        }
        if (code == ResultCode.ACCEPTED && isHeld && guard.holderId() != holderId) {
            code = ResultCode.LEASE_HELD;
        }
        if (code != ResultCode.ACCEPTED) {
            replies.refused(clusterSessionId, correlationId, existing, code, detailOf(code, guard));
            return;
        }
        final Topic topic = existing != null ? existing : parts.topics().create(buffer, nameOffset, nameLength);
        final PublisherLease lease =
                guard != null ? guard : parts.publisherLeases().guard(topic.id());
        if (!isHeld) {
            // Its end may not have been told yet where many end at once.
            endAndTell(lease, logPosition);
            parts.publisherLeases().give(lease, holderId);
            appender.appendEvent(RecordKind.LEASE_CHANGED, topic.id(), lease.token(), logPosition);
        }
        parts.publisherLeases().renew(lease, nowNs, durationNs);
        replies.accepted(clusterSessionId, correlationId, topic, lease.token(), lease.remainingNs(nowNs));
    }

    void onRenew(
            final long clusterSessionId,
            final long correlationId,
            final long token,
            final DirectBuffer buffer,
            final int nameOffset,
            final int nameLength) {
        final Topic topic = parts.topics().find(buffer, nameOffset, nameLength);
        final PublisherLease lease = leaseOf(topic);
        final ResultCode code = checkHeld(buffer, nameOffset, nameLength, topic, lease, token);
        if (code != ResultCode.ACCEPTED) {
            replies.refused(clusterSessionId, correlationId, topic, code, detailOf(code, lease));
            return;
        }
        final long nowNs = parts.clock().nowNs();
        parts.publisherLeases().renew(lease, nowNs, lease.durationNs());
        replies.accepted(clusterSessionId, correlationId, topic, token, lease.remainingNs(nowNs));
    }

    void onRelease(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long token,
            final DirectBuffer buffer,
            final int nameOffset,
            final int nameLength) {
        final Topic topic = parts.topics().find(buffer, nameOffset, nameLength);
        final PublisherLease lease = leaseOf(topic);
        final ResultCode code = checkHeld(buffer, nameOffset, nameLength, topic, lease, token);
        if (code != ResultCode.ACCEPTED) {
            replies.refused(clusterSessionId, correlationId, topic, code, detailOf(code, lease));
            return;
        }
        endAndTell(lease, logPosition);
        replies.accepted(clusterSessionId, correlationId, topic, token, 0);
    }

    void onDrop(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final DirectBuffer buffer,
            final int nameOffset,
            final int nameLength) {
        final Topic topic = parts.topics().find(buffer, nameOffset, nameLength);
        final PublisherLease lease = leaseOf(topic);
        final ResultCode code = checkTopic(buffer, nameOffset, nameLength, topic);
        if (code != ResultCode.ACCEPTED) {
            replies.refused(clusterSessionId, correlationId, topic, code, detailOf(code, lease));
            return;
        }
        if (lease != null) {
            endAndTell(lease, logPosition);
            parts.publisherLeases().drop(lease);
        }
        replies.accepted(clusterSessionId, correlationId, topic, lease == null ? 0 : lease.token(), 0);
    }

    void onList(
            final long clusterSessionId,
            final long correlationId,
            final int afterTopicId,
            final int maxLeases,
            final TopicFilter filter) {
        final TopicsPart topics = parts.topics();
        final int maxInPage = Math.max(1, Math.min(maxLeases, MAX_LEASES_IN_PAGE));
        final int after = Math.max(0, Math.min(afterTopicId, topics.topicCount()));
        final int scanEnd = Math.min(topics.topicCount(), after + Limits.MAX_TOPICS_SCANNED);
        int scanned = after;
        int count = 0;
        int pageLength = 0;
        while (scanned < scanEnd && count < maxInPage) {
            final Topic topic = topics.ofId(scanned + 1);
            final PublisherLease lease = leaseOf(topic);
            if (lease != null && (filter == null || filter.matches(topic.name(), 0, topic.nameLength()))) {
                pageLength += PublisherLeaseReplies.lengthInPage(topic);
                if (pageLength > Limits.MAX_PAGE_LENGTH) {
                    break;
                }
                page[count++] = lease;
            }
            scanned++;
        }
        replies.page(clusterSessionId, correlationId, scanned == topics.topicCount(), scanned, page, count);
    }

    /** {@inheritDoc} */
    @Override
    public ResultCode check(final MessageContent content, final Topic topic, final boolean isInBatch) {
        final long fence = content.traits().fence();
        final PublisherLease lease = leaseOf(topic);
        if (lease == null) {
            return fence == MessageTraits.NONE ? ResultCode.ACCEPTED : ResultCode.FENCED;
        }
        if (fence == MessageTraits.NONE) {
            return ResultCode.LEASE_NEEDED;
        }
        return fence == lease.token() && lease.isHeldAt(parts.clock().nowNs())
                ? ResultCode.ACCEPTED
                : ResultCode.FENCED;
    }

    /** {@inheritDoc} */
    @Override
    public long detailOf(final ResultCode code, final MessageContent content, final Topic topic) {
        return code == ResultCode.FENCED || code == ResultCode.LEASE_NEEDED ? tokenOf(leaseOf(topic)) : 0;
    }

    /** {@inheritDoc} */
    @Override
    public long dueNs() {
        final PublisherLease first = parts.publisherLeases().firstToEnd();
        return first == null ? NEVER : first.deadlineNs();
    }

    /** {@inheritDoc} */
    @Override
    public void run(final long nowNs, final long logPosition) {
        for (int ended = 0; ended < MAX_ENDED_IN_TURN && dueNs() <= nowNs; ended++) {
            endAndTell(parts.publisherLeases().firstToEnd(), logPosition);
        }
    }

    private void endAndTell(final PublisherLease lease, final long logPosition) {
        if (lease.isHeld()) {
            parts.publisherLeases().end(lease);
            appender.appendEvent(RecordKind.LEASE_CHANGED, lease.topicId(), -lease.token(), logPosition);
        }
    }

    private ResultCode checkTopic(
            final DirectBuffer buffer, final int nameOffset, final int nameLength, final Topic topic) {
        return entryCheck.isSeedMissing()
                ? ResultCode.NOT_SEEDED
                : entryCheck.checkName(buffer, nameOffset, nameLength, topic);
    }

    private ResultCode checkHeld(
            final DirectBuffer buffer,
            final int nameOffset,
            final int nameLength,
            final Topic topic,
            final PublisherLease lease,
            final long token) {
        final ResultCode code = checkTopic(buffer, nameOffset, nameLength, topic);
        if (code != ResultCode.ACCEPTED) {
            return code;
        }
        return lease != null
                        && lease.token() == token
                        && lease.isHeldAt(parts.clock().nowNs())
                ? ResultCode.ACCEPTED
                : ResultCode.LEASE_LOST;
    }

    // Whether one more topic may be guarded, and created where it does not exist.
    private ResultCode checkRoom(final int nameLength, final Topic topic) {
        if (topic == null && !parts.settings().isSet(EngineSetting.AUTO_CREATE_TOPICS)) {
            return ResultCode.TOPIC_UNKNOWN;
        }
        if (parts.publisherLeases().leaseCount() >= parts.settings().value(EngineSetting.MAX_LEASES)) {
            return ResultCode.TOO_MANY_LEASES;
        }
        if (topic == null) {
            return entryCheck.checkCreation(nameLength, 0, PublisherLeasesPart.LEASE_BYTES);
        }
        return entryCheck.hasRoomFor(PublisherLeasesPart.LEASE_BYTES) ? ResultCode.ACCEPTED : ResultCode.STATE_FULL;
    }

    private long detailOf(final ResultCode code, final PublisherLease lease) {
        return switch (code) {
            case LEASE_HELD -> lease.remainingNs(parts.clock().nowNs());
            case LEASE_LOST -> tokenOf(lease);
            case TOO_MANY_LEASES -> parts.settings().value(EngineSetting.MAX_LEASES);
            default -> entryCheck.detailOf(code, 0);
        };
    }

    private PublisherLease leaseOf(final Topic topic) {
        return topic == null ? null : parts.publisherLeases().find(topic.id());
    }

    private static boolean isDuration(final long durationNs) {
        return durationNs >= MemberHandler.MIN_LEASE_NS && durationNs <= MemberHandler.MAX_LEASE_NS;
    }

    private static long tokenOf(final PublisherLease lease) {
        return lease == null ? 0 : lease.token();
    }
}
