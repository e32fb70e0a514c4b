package io.lockstep.cluster.core;

import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.codecs.ChangeSubscriptionsDecoder;
import io.lockstep.codecs.ChangeSubscriptionsDecoder.ChangesDecoder;
import io.lockstep.codecs.CloseSessionDecoder;
import io.lockstep.codecs.DeleteSessionDecoder;
import io.lockstep.codecs.DescribeSessionDecoder;
import io.lockstep.codecs.ListSessionsDecoder;
import io.lockstep.codecs.OpenSessionDecoder;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.codecs.UpdateSessionsDecoder;
import io.lockstep.codecs.UpdateSessionsDecoder.UpdatesDecoder;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/** Turns the commands of client sessions into calls of their handler. Updates allocate nothing. */
final class SessionCommands implements CommandFamily {
    private static final int SUBSCRIBE = 1;
    private static final int UNSUBSCRIBE = 2;

    private final OpenSessionDecoder open = new OpenSessionDecoder();
    private final ChangeSubscriptionsDecoder change = new ChangeSubscriptionsDecoder();
    private final DescribeSessionDecoder describe = new DescribeSessionDecoder();
    private final UpdateSessionsDecoder update = new UpdateSessionsDecoder();
    private final CloseSessionDecoder close = new CloseSessionDecoder();
    private final ListSessionsDecoder list = new ListSessionsDecoder();
    private final DeleteSessionDecoder delete = new DeleteSessionDecoder();
    private final ExpandableArrayBuffer refused = new ExpandableArrayBuffer();
    private final SessionHandler handler;

    SessionCommands(final SessionHandler handler) {
        this.handler = handler;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId >= OpenSessionDecoder.TEMPLATE_ID
                && templateId <= DeleteSessionDecoder.TEMPLATE_ID
                && handler.isOn();
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
            case OpenSessionDecoder.TEMPLATE_ID -> onOpen(clusterSessionId, logPosition, buffer, offset, length);
            case ChangeSubscriptionsDecoder.TEMPLATE_ID ->
                onChange(clusterSessionId, logPosition, buffer, offset, length);
            case DescribeSessionDecoder.TEMPLATE_ID -> onDescribe(clusterSessionId, buffer, offset, length);
            case UpdateSessionsDecoder.TEMPLATE_ID -> onUpdate(clusterSessionId, buffer, offset, length);
            case CloseSessionDecoder.TEMPLATE_ID -> onClose(clusterSessionId, logPosition, buffer, offset, length);
            case ListSessionsDecoder.TEMPLATE_ID -> onList(clusterSessionId, buffer, offset, length);
            default -> onDelete(clusterSessionId, logPosition, buffer, offset, length);
        };
    }

    private boolean onOpen(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(open, buffer, offset, length)
                || !WireShape.isBoolean(open.cleanStartRaw())
                || !WireShape.isBoolean(open.hasWillRaw())) {
            return false;
        }
        final int end = offset + length;
        final int clientId = WireShape.endOfBlock(buffer, offset);
        final int topic = WireShape.endOfText(buffer, clientId, end);
        final int headers = topic == WireShape.MALFORMED ? topic : WireShape.endOfText(buffer, topic, end);
        final int payload = headers == WireShape.MALFORMED ? headers : WireShape.endOfBytes(buffer, headers, end);
        final int payloadEnd = payload == WireShape.MALFORMED ? payload : WireShape.endOfBytes(buffer, payload, end);
        if (payloadEnd == WireShape.MALFORMED) {
            return false;
        }
        final int textHeader = OpenSessionDecoder.clientIdHeaderLength();
        final int bytesHeader = OpenSessionDecoder.willPayloadHeaderLength();
        final Will will = WireShape.isTrue(open.hasWillRaw())
                ? new Will(
                        QueryHandler.copy(buffer, topic + textHeader, headers - topic - textHeader),
                        QueryHandler.copy(buffer, headers + bytesHeader, payload - headers - bytesHeader),
                        QueryHandler.copy(buffer, payload + bytesHeader, payloadEnd - payload - bytesHeader),
                        open.willDelayNs())
                : null;
        handler.onOpen(
                clusterSessionId,
                logPosition,
                new SessionHandler.Opening(
                        open.correlationId(),
                        open.memberId(),
                        open.connectionId(),
                        open.epoch(),
                        open.sessionId(),
                        open.expiryNs(),
                        WireShape.isTrue(open.cleanStartRaw()),
                        QueryHandler.copy(buffer, clientId + textHeader, topic - clientId - textHeader),
                        will));
        return true;
    }

    private boolean onChange(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(change, buffer, offset, length)) {
            return false;
        }
        final int end = offset + length;
        final List<SessionHandler.Change> changes = new ArrayList<>();
        final int changesEnd = readChanges(buffer, WireShape.endOfBlock(buffer, offset), end, changes);
        if (changesEnd == WireShape.MALFORMED) {
            return false;
        }
        // Gateways of before the access rules leave it out.
        final int principalEnd = changesEnd == end ? end : WireShape.endOfBytes(buffer, changesEnd, end);
        if (principalEnd == WireShape.MALFORMED) {
            return false;
        }
        final int principal = Math.min(principalEnd, changesEnd + ChangeSubscriptionsDecoder.principalHeaderLength());
        if (principalEnd - principal > SessionPrincipal.MAX_LENGTH) {
            return false;
        }
        handler.onChange(
                clusterSessionId,
                logPosition,
                new SessionHandler.Changing(
                        change.correlationId(),
                        change.sessionId(),
                        change.epoch(),
                        changes,
                        QueryHandler.copy(buffer, principal, principalEnd - principal)));
        return true;
    }

    // Adds them to the list and returns the index behind them.
    private static int readChanges(
            final DirectBuffer buffer, final int groupIndex, final int end, final List<SessionHandler.Change> changes) {
        if (!WireShape.hasGroup(buffer, groupIndex, end, ChangesDecoder.sbeBlockLength())) {
            return WireShape.MALFORMED;
        }
        final int blockLength = WireShape.blockLength(buffer, groupIndex);
        final int count = WireShape.groupCount(buffer, groupIndex);
        int index = groupIndex + ChangesDecoder.sbeHeaderSize();
        for (int i = 0; i < count; i++) {
            final int textIndex = index + blockLength;
            final int textEnd =
                    end - index < blockLength ? WireShape.MALFORMED : WireShape.endOfText(buffer, textIndex, end);
            if (textEnd == WireShape.MALFORMED) {
                return WireShape.MALFORMED;
            }
            final int kind = buffer.getByte(index + ChangesDecoder.kindEncodingOffset());
            if (kind != SUBSCRIBE && kind != UNSUBSCRIBE) {
                return WireShape.MALFORMED;
            }
            final int filterOffset = textIndex + ChangesDecoder.filterHeaderLength();
            final byte[] filter = QueryHandler.copy(buffer, filterOffset, textEnd - filterOffset);
            changes.add(new SessionHandler.Change(
                    kind == SUBSCRIBE,
                    buffer.getInt(index + ChangesDecoder.subscriptionIdEncodingOffset(), ByteOrder.LITTLE_ENDIAN),
                    buffer.getByte(index + ChangesDecoder.optionsEncodingOffset()) & 0xFF,
                    QueryHandler.parse(filter) == null ? null : filter));
            index = textEnd;
        }
        return index;
    }

    private boolean onDescribe(
            final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(describe, buffer, offset, length)) {
            return false;
        }
        handler.onDescribe(clusterSessionId, describe.correlationId(), describe.sessionId(), describe.afterCount());
        return true;
    }

    private boolean onUpdate(
            final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(update, buffer, offset, length)
                || !WireShape.hasFixedGroup(
                        buffer,
                        WireShape.endOfBlock(buffer, offset),
                        offset + length,
                        UpdatesDecoder.sbeBlockLength())) {
            return false;
        }
        final long correlationId = update.correlationId();
        for (final UpdatesDecoder entry : update.updates()) {
            if (!isUpdate(entry.kind())) {
                return false;
            }
        }
        update.sbeRewind();
        int index = 0;
        int refusedBytes = 0;
        for (final UpdatesDecoder entry : update.updates()) {
            final boolean isNoted =
                    handler.onUpdate(entry.kind(), entry.sessionId(), entry.epoch(), entry.value(), entry.position());
            if (!isNoted) {
                refused.putShort(refusedBytes, (short) index, ByteOrder.LITTLE_ENDIAN);
                refusedBytes += Short.BYTES;
            }
            index++;
        }
        handler.onUpdated(clusterSessionId, correlationId, refused, refusedBytes);
        return true;
    }

    private static boolean isUpdate(final SessionUpdate kind) {
        return kind != SessionUpdate.NULL_VAL && kind != SessionUpdate.SBE_UNKNOWN;
    }

    private boolean onClose(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(close, buffer, offset, length) || !WireShape.isBoolean(close.keepsWillRaw())) {
            return false;
        }
        handler.onClose(
                clusterSessionId,
                logPosition,
                close.correlationId(),
                close.sessionId(),
                close.epoch(),
                close.expiryNs(),
                WireShape.isTrue(close.keepsWillRaw()));
        return true;
    }

    private boolean onList(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrapWithText(list, buffer, offset, length)) {
            return false;
        }
        final byte[] filter = WireShape.textBehindBlock(buffer, offset);
        handler.onList(clusterSessionId, list.correlationId(), list.afterSessionId(), list.maxSessions(), filter);
        return true;
    }

    private boolean onDelete(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrapWithText(delete, buffer, offset, length)) {
            return false;
        }
        final byte[] clientId = WireShape.textBehindBlock(buffer, offset);
        handler.onDelete(clusterSessionId, logPosition, delete.correlationId(), clientId);
        return true;
    }
}
