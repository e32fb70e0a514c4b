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
        if (!WireShape.wrap(acquire, buffer, offset, length)
                || acquire.holderId() == AcquireLeaseDecoder.holderIdNullValue()) {
            return false;
        }
        final int end = endOfText(buffer, offset, length);
        if (end == WireShape.MALFORMED) {
            return false;
        }
        final int text = textOffset(buffer, offset);
        handler.onAcquire(
                sessionId,
                logPosition,
                acquire.correlationId(),
                acquire.holderId(),
                acquire.durationNs(),
                buffer,
                text,
                end - text);
        return true;
    }

    private boolean onRenew(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(renew, buffer, offset, length)) {
            return false;
        }
        final int end = endOfText(buffer, offset, length);
        if (end == WireShape.MALFORMED) {
            return false;
        }
        final int text = textOffset(buffer, offset);
        handler.onRenew(sessionId, renew.correlationId(), renew.token(), buffer, text, end - text);
        return true;
    }

    private boolean onRelease(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(release, buffer, offset, length)) {
            return false;
        }
        final int end = endOfText(buffer, offset, length);
        if (end == WireShape.MALFORMED) {
            return false;
        }
        final int text = textOffset(buffer, offset);
        handler.onRelease(sessionId, logPosition, release.correlationId(), release.token(), buffer, text, end - text);
        return true;
    }

    private boolean onDrop(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(drop, buffer, offset, length)) {
            return false;
        }
        final int end = endOfText(buffer, offset, length);
        if (end == WireShape.MALFORMED) {
            return false;
        }
        final int text = textOffset(buffer, offset);
        handler.onDrop(sessionId, logPosition, drop.correlationId(), buffer, text, end - text);
        return true;
    }

    private boolean onList(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(list, buffer, offset, length)) {
            return false;
        }
        final byte[] filterText = WireShape.textBehindBlock(buffer, offset, length);
        if (filterText == null) {
            return false;
        }
        final TopicFilter filter = filterText.length == 0 ? null : QueryHandler.parse(filterText);
        if (filter == null && filterText.length > 0) {
            replies.commandReply(sessionId, list.correlationId(), ResultCode.BAD_TOPIC, 0);
        } else {
            handler.onList(sessionId, list.correlationId(), list.afterTopicId(), list.maxLeases(), filter);
        }
        return true;
    }

    // All these commands end with one text behind their block.
    private static int textOffset(final DirectBuffer buffer, final int offset) {
        return WireShape.endOfBlock(buffer, offset) + AcquireLeaseDecoder.topicNameHeaderLength();
    }

    private static int endOfText(final DirectBuffer buffer, final int offset, final int length) {
        return WireShape.endOfText(buffer, WireShape.endOfBlock(buffer, offset), offset + length);
    }
}
