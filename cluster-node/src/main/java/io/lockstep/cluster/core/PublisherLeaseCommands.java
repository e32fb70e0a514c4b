package io.lockstep.cluster.core;

import io.lockstep.codecs.AcquireLeaseDecoder;
import io.lockstep.codecs.DropLeaseDecoder;
import io.lockstep.codecs.ListLeasesDecoder;
import io.lockstep.codecs.ReleaseLeaseDecoder;
import io.lockstep.codecs.RenewLeaseDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicFilter;
import org.agrona.DirectBuffer;

/** Turns the commands of publisher leases into calls of their handler. */
final class PublisherLeaseCommands implements CommandFamily {
    private final AcquireLeaseDecoder acquire = new AcquireLeaseDecoder();
    private final RenewLeaseDecoder renew = new RenewLeaseDecoder();
    private final ReleaseLeaseDecoder release = new ReleaseLeaseDecoder();
    private final DropLeaseDecoder drop = new DropLeaseDecoder();
    private final ListLeasesDecoder list = new ListLeasesDecoder();
    private final PublisherLeaseHandler handler;
    private final ReplyProxy replies;

    PublisherLeaseCommands(final PublisherLeaseHandler handler, final ReplyProxy replies) {
        this.handler = handler;
        this.replies = replies;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId >= AcquireLeaseDecoder.TEMPLATE_ID && templateId <= ListLeasesDecoder.TEMPLATE_ID;
    }

    /** {@inheritDoc} */
    @Override
    public boolean onCommand(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return switch (WireShape.templateId(buffer, offset)) {
            case AcquireLeaseDecoder.TEMPLATE_ID -> onAcquire(clusterSessionId, logPosition, buffer, offset, length);
            case RenewLeaseDecoder.TEMPLATE_ID -> onRenew(clusterSessionId, buffer, offset, length);
            case ReleaseLeaseDecoder.TEMPLATE_ID -> onRelease(clusterSessionId, logPosition, buffer, offset, length);
            case DropLeaseDecoder.TEMPLATE_ID -> onDrop(clusterSessionId, logPosition, buffer, offset, length);
            default -> onList(clusterSessionId, buffer, offset, length);
        };
    }

    private boolean onAcquire(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrapWithText(acquire, buffer, offset, length)
                || acquire.holderId() == AcquireLeaseDecoder.holderIdNullValue()) {
            return false;
        }
        handler.onAcquire(
                sessionId,
                logPosition,
                acquire.correlationId(),
                acquire.holderId(),
                acquire.durationNs(),
                buffer,
                WireShape.textOffset(buffer, offset),
                WireShape.textLength(buffer, offset));
        return true;
    }

    private boolean onRenew(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrapWithText(renew, buffer, offset, length)) {
            return false;
        }
        handler.onRenew(
                sessionId,
                renew.correlationId(),
                renew.token(),
                buffer,
                WireShape.textOffset(buffer, offset),
                WireShape.textLength(buffer, offset));
        return true;
    }

    private boolean onRelease(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrapWithText(release, buffer, offset, length)) {
            return false;
        }
        handler.onRelease(
                sessionId,
                logPosition,
                release.correlationId(),
                release.token(),
                buffer,
                WireShape.textOffset(buffer, offset),
                WireShape.textLength(buffer, offset));
        return true;
    }

    private boolean onDrop(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrapWithText(drop, buffer, offset, length)) {
            return false;
        }
        handler.onDrop(
                sessionId,
                logPosition,
                drop.correlationId(),
                buffer,
                WireShape.textOffset(buffer, offset),
                WireShape.textLength(buffer, offset));
        return true;
    }

    private boolean onList(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrapWithText(list, buffer, offset, length)) {
            return false;
        }
        final byte[] filterText = WireShape.textBehindBlock(buffer, offset);
        final TopicFilter filter = filterText.length == 0 ? null : QueryHandler.parse(filterText);
        if (filter == null && filterText.length > 0) {
            replies.commandReply(sessionId, list.correlationId(), ResultCode.BAD_TOPIC, 0);
        } else {
            handler.onList(sessionId, list.correlationId(), list.afterTopicId(), list.maxLeases(), filter);
        }
        return true;
    }
}
