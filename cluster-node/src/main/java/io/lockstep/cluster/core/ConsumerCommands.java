package io.lockstep.cluster.core;

import io.lockstep.codecs.AckConsumerDecoder;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.DeleteConsumerDecoder;
import io.lockstep.codecs.LeaveConsumerDecoder;
import io.lockstep.codecs.ListConsumersDecoder;
import io.lockstep.codecs.OpenConsumerDecoder;
import io.lockstep.codecs.SeekConsumerDecoder;
import org.agrona.DirectBuffer;

/** Turns the bytes of commands about durable consumers into calls of their handler. */
final class ConsumerCommands implements CommandFamily {
    private final OpenConsumerDecoder open = new OpenConsumerDecoder();
    private final AckConsumerDecoder ack = new AckConsumerDecoder();
    private final LeaveConsumerDecoder leave = new LeaveConsumerDecoder();
    private final SeekConsumerDecoder seek = new SeekConsumerDecoder();
    private final DeleteConsumerDecoder delete = new DeleteConsumerDecoder();
    private final ListConsumersDecoder list = new ListConsumersDecoder();
    private final FilterTexts filters = new FilterTexts();
    private final AckList acks = new AckList();
    private final ConsumerHandler handler;

    ConsumerCommands(final ConsumerHandler handler) {
        this.handler = handler;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId >= OpenConsumerDecoder.TEMPLATE_ID && templateId <= ListConsumersDecoder.TEMPLATE_ID;
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
            case OpenConsumerDecoder.TEMPLATE_ID -> onOpen(clusterSessionId, logPosition, buffer, offset, length);
            case AckConsumerDecoder.TEMPLATE_ID -> onAck(clusterSessionId, buffer, offset, length);
            case LeaveConsumerDecoder.TEMPLATE_ID -> onLeave(clusterSessionId, logPosition, buffer, offset, length);
            case SeekConsumerDecoder.TEMPLATE_ID -> onSeek(clusterSessionId, logPosition, buffer, offset, length);
            case DeleteConsumerDecoder.TEMPLATE_ID -> onDelete(clusterSessionId, logPosition, buffer, offset, length);
            default -> onList(clusterSessionId, buffer, offset, length);
        };
    }

    private boolean onOpen(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(open, buffer, offset, length) || isUnknown(open.startKind())) {
            return false;
        }
        final int end = offset + length;
        final int nameHeader = filters.read(buffer, WireShape.endOfBlock(buffer, offset), end);
        final int nameEnd =
                nameHeader == WireShape.MALFORMED ? nameHeader : WireShape.endOfText(buffer, nameHeader, end);
        if (nameEnd == WireShape.MALFORMED) {
            return false;
        }
        final int nameOffset = nameHeader + OpenConsumerDecoder.nameHeaderLength();
        handler.onOpen(
                clusterSessionId,
                logPosition,
                new ConsumerHandler.Opening(
                        open.correlationId(),
                        open.memberId(),
                        open.lane(),
                        open.startKind(),
                        open.startPosition(),
                        open.knownConsumerId(),
                        QueryHandler.copy(buffer, nameOffset, nameEnd - nameOffset),
                        filters.joined()));
        return true;
    }

    private boolean onAck(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(ack, buffer, offset, length)) {
            return false;
        }
        final int acksHeader = WireShape.endOfBlock(buffer, offset);
        final int end = WireShape.endOfBytes(buffer, acksHeader, offset + length);
        final int acksOffset = acksHeader + AckConsumerDecoder.acksHeaderLength();
        if (end == WireShape.MALFORMED || !acks.read(buffer, acksOffset, end - acksOffset)) {
            return false;
        }
        handler.onAck(
                clusterSessionId,
                ack.correlationId(),
                ack.consumerId(),
                ack.memberId(),
                ack.ownerEpoch(),
                ack.position(),
                acks);
        return true;
    }

    private boolean onLeave(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(leave, buffer, offset, length) || !WireShape.isBoolean(leave.keepMembershipRaw())) {
            return false;
        }
        handler.onLeave(
                clusterSessionId,
                logPosition,
                leave.correlationId(),
                leave.consumerId(),
                leave.memberId(),
                leave.ownerEpoch(),
                WireShape.isTrue(leave.keepMembershipRaw()));
        return true;
    }

    private boolean onSeek(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(seek, buffer, offset, length) || isUnknown(seek.startKind())) {
            return false;
        }
        handler.onSeek(
                clusterSessionId,
                logPosition,
                seek.correlationId(),
                seek.consumerId(),
                seek.startKind(),
                seek.startPosition());
        return true;
    }

    private boolean onDelete(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(delete, buffer, offset, length)) {
            return false;
        }
        handler.onDelete(clusterSessionId, logPosition, delete.correlationId(), delete.consumerId());
        return true;
    }

    private boolean onList(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrapWithText(list, buffer, offset, length)) {
            return false;
        }
        final byte[] filterText = WireShape.textBehindBlock(buffer, offset);
        handler.onList(clusterSessionId, list.correlationId(), list.afterConsumerId(), list.maxConsumers(), filterText);
        return true;
    }

    private static boolean isUnknown(final ConsumerStart startKind) {
        return startKind != ConsumerStart.START
                && startKind != ConsumerStart.LIVE
                && startKind != ConsumerStart.POSITION;
    }
}
