package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.LeaseAnswerEncoder;
import io.lockstep.codecs.LeasesPageEncoder;
import io.lockstep.codecs.LeasesPageEncoder.LeasesEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import org.agrona.concurrent.UnsafeBuffer;

/** Encodes answers about publisher leases and hands them to the outbox. Allocates nothing. */
final class PublisherLeaseReplies {
    private static final int MAX_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + Math.max(
                    LeaseAnswerEncoder.BLOCK_LENGTH,
                    LeasesPageEncoder.BLOCK_LENGTH + LeasesEncoder.HEADER_SIZE + Limits.MAX_PAGE_LENGTH);

    private final Outbox outbox;
    private final PartList parts;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MAX_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final LeaseAnswerEncoder answer = new LeaseAnswerEncoder();
    private final LeasesPageEncoder page = new LeasesPageEncoder();

    PublisherLeaseReplies(final Outbox outbox, final PartList parts) {
        this.outbox = outbox;
        this.parts = parts;
    }

    /** What an entry for a topic takes of a page. */
    static int lengthInPage(final Topic topic) {
        return LeasesEncoder.sbeBlockLength() + LeasesEncoder.topicNameHeaderLength() + topic.nameLength();
    }

    void accepted(
            final long clusterSessionId,
            final long correlationId,
            final Topic topic,
            final long token,
            final long remainingNs) {
        answer(clusterSessionId, correlationId, topic, ResultCode.ACCEPTED, token, remainingNs, 0);
    }

    void refused(
            final long clusterSessionId,
            final long correlationId,
            final Topic topic,
            final ResultCode code,
            final long detail) {
        answer(clusterSessionId, correlationId, topic, code, 0, 0, detail);
    }

    void page(
            final long clusterSessionId,
            final long correlationId,
            final boolean isLast,
            final int scannedToTopicId,
            final PublisherLease[] leases,
            final int leaseCount) {
        page.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .isLast(isLast ? BooleanType.TRUE : BooleanType.FALSE)
                .scannedToTopicId(scannedToTopicId);
        final LeasesEncoder group = page.leasesCount(leaseCount);
        for (int i = 0; i < leaseCount; i++) {
            final PublisherLease lease = leases[i];
            final Topic topic = parts.topics().ofId(lease.topicId());
            group.next()
                    .topicId(lease.topicId())
                    .token(lease.token())
                    .holderId(lease.holderId())
                    .durationNs(lease.durationNs())
                    .remainingNs(lease.remainingNs(parts.clock().nowNs()))
                    .putTopicName(topic.name(), 0, topic.nameLength());
        }
        send(clusterSessionId, page.encodedLength());
    }

    private void answer(
            final long clusterSessionId,
            final long correlationId,
            final Topic topic,
            final ResultCode code,
            final long token,
            final long remainingNs,
            final long detail) {
        answer.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .token(token)
                .remainingNs(remainingNs)
                .detail(detail)
                .journalPosition(parts.journal().position())
                .topicId(topic == null ? 0 : topic.id())
                .code(code);
        send(clusterSessionId, answer.encodedLength());
    }

    private void send(final long clusterSessionId, final int encodedLength) {
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength);
    }
}
