package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SessionOpenedEncoder;
import io.lockstep.codecs.SessionSubscriptionsEncoder;
import io.lockstep.codecs.SessionsPageEncoder;
import io.lockstep.codecs.SessionsUpdatedEncoder;
import io.lockstep.codecs.SubscriptionsChangedEncoder;
import java.nio.ByteOrder;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Encodes answers about sessions and hands them to the outbox. */
final class SessionReplies {
    private static final byte[] NOTHING = {};

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final SessionOpenedEncoder opened = new SessionOpenedEncoder();
    private final SessionSubscriptionsEncoder further = new SessionSubscriptionsEncoder();
    private final SubscriptionsChangedEncoder changed = new SubscriptionsChangedEncoder();
    private final SessionsUpdatedEncoder updated = new SessionsUpdatedEncoder();
    private final SessionsPageEncoder page = new SessionsPageEncoder();
    private final Outbox outbox;
    private final PartList parts;

    SessionReplies(final Outbox outbox, final PartList parts) {
        this.outbox = outbox;
        this.parts = parts;
    }

    /** What an entry for a session takes of a page. */
    static int lengthInPage(final Session session) {
        return SessionsPageEncoder.SessionsEncoder.sbeBlockLength()
                + SessionsPageEncoder.SessionsEncoder.clientIdHeaderLength()
                + session.clientId().length;
    }

    /** Marks as they stand in messages: int64 each, little endian. */
    static byte[] bytesOf(final SessionMarks marks) {
        final byte[] bytes = new byte[marks.count() * Long.BYTES];
        final UnsafeBuffer wrapped = new UnsafeBuffer(bytes);
        for (int i = 0; i < marks.count(); i++) {
            wrapped.putLong(i * Long.BYTES, marks.at(i), ByteOrder.LITTLE_ENDIAN);
        }
        return bytes;
    }

    /** Packet ids as they stand in messages: uint16 each, little endian. */
    static byte[] bytesOf(final PacketIds packets) {
        final byte[] bytes = new byte[packets.count() * Short.BYTES];
        final UnsafeBuffer wrapped = new UnsafeBuffer(bytes);
        for (int i = 0; i < packets.count(); i++) {
            wrapped.putShort(i * Short.BYTES, (short) packets.at(i), ByteOrder.LITTLE_ENDIAN);
        }
        return bytes;
    }

    void opened(final long clusterSessionId, final long correlationId, final Session session) {
        final List<SessionSubscription> all = session.subscriptions();
        final int count = pageEnd(all, 0);
        opened.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .detail(0)
                .sessionId(session.id())
                .epoch(session.epoch())
                .cursorPosition(session.cursorPosition())
                .cursorOrdinal(session.cursorOrdinal())
                .expiryNs(session.expiryNs())
                .code(ResultCode.ACCEPTED)
                .isPresent(booleanOf(session.wasPresent()))
                .isLast(booleanOf(count == all.size()));
        final SessionOpenedEncoder.SubscriptionsEncoder group = opened.subscriptionsCount(count);
        for (int i = 0; i < count; i++) {
            final SessionSubscription subscription = all.get(i);
            group.next()
                    .fromPosition(subscription.fromPosition())
                    .untilPosition(subscription.untilPosition())
                    .subscriptionId(subscription.subscriptionId())
                    .options((short) subscription.options())
                    .putFilter(subscription.filter(), 0, subscription.filter().length);
        }
        final byte[] marks = bytesOf(session.marks());
        final byte[] packets = bytesOf(session.packets());
        opened.putMarks(marks, 0, marks.length).putPackets(packets, 0, packets.length);
        send(clusterSessionId, opened.encodedLength());
    }

    void notOpened(final long clusterSessionId, final long correlationId, final ResultCode code, final long detail) {
        opened.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .detail(detail)
                .sessionId(0)
                .epoch(0)
                .cursorPosition(0)
                .cursorOrdinal(0)
                .expiryNs(0)
                .code(code)
                .isPresent(BooleanType.FALSE)
                .isLast(BooleanType.TRUE)
                .subscriptionsCount(0);
        opened.putMarks(NOTHING, 0, 0).putPackets(NOTHING, 0, 0);
        send(clusterSessionId, opened.encodedLength());
    }

    /** Answers with subscriptions behind those that are known; of a session that is unknown, null, with none. */
    void subscriptions(
            final long clusterSessionId, final long correlationId, final Session session, final int afterCount) {
        final List<SessionSubscription> all = session == null ? List.of() : session.subscriptions();
        final int from = Math.max(0, Math.min(afterCount, all.size()));
        final int end = pageEnd(all, from);
        further.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .code(session == null ? ResultCode.SESSION_UNKNOWN : ResultCode.ACCEPTED)
                .isLast(booleanOf(end == all.size()));
        final SessionSubscriptionsEncoder.SubscriptionsEncoder group = further.subscriptionsCount(end - from);
        for (int i = from; i < end; i++) {
            final SessionSubscription subscription = all.get(i);
            group.next()
                    .fromPosition(subscription.fromPosition())
                    .untilPosition(subscription.untilPosition())
                    .subscriptionId(subscription.subscriptionId())
                    .options((short) subscription.options())
                    .putFilter(subscription.filter(), 0, subscription.filter().length);
        }
        send(clusterSessionId, further.encodedLength());
    }

    void changed(
            final long clusterSessionId,
            final long correlationId,
            final ResultCode code,
            final long detail,
            final byte[] results,
            final int resultCount) {
        changed.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .position(parts.journal().position())
                .detail(detail)
                .code(code)
                .putResults(results, 0, resultCount);
        send(clusterSessionId, changed.encodedLength());
    }

    void updated(
            final long clusterSessionId, final long correlationId, final DirectBuffer refused, final int refusedBytes) {
        updated.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .putRefused(refused, 0, refusedBytes);
        send(clusterSessionId, updated.encodedLength());
    }

    void page(
            final long clusterSessionId,
            final long correlationId,
            final boolean isLast,
            final long scannedTo,
            final Session[] sessions,
            final int count) {
        page.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .scannedToSessionId(scannedTo)
                .isLast(booleanOf(isLast));
        final SessionsPageEncoder.SessionsEncoder group = page.sessionsCount(count);
        for (int i = 0; i < count; i++) {
            final Session session = sessions[i];
            group.next()
                    .sessionId(session.id())
                    .epoch(session.epoch())
                    .memberId(session.memberId())
                    .cursorPosition(session.cursorPosition())
                    .expiryNs(session.expiryNs())
                    .disconnectedNs(session.disconnectedNs())
                    .subscriptionCount(session.subscriptionCount())
                    .markCount(session.marks().count())
                    .packetCount(session.packets().count())
                    .hasWill(booleanOf(session.will() != null))
                    .putClientId(session.clientId(), 0, session.clientId().length);
        }
        send(clusterSessionId, page.encodedLength());
    }

    // One always fits, however long its filter is.
    private static int pageEnd(final List<SessionSubscription> all, final int from) {
        int end = from;
        int length = 0;
        while (end < all.size()) {
            length += SessionsPart.SUBSCRIPTION_BYTES + all.get(end).filter().length;
            if (end > from && length > Limits.MAX_PAGE_LENGTH) {
                break;
            }
            end++;
        }
        return end;
    }

    private static BooleanType booleanOf(final boolean value) {
        return value ? BooleanType.TRUE : BooleanType.FALSE;
    }

    private void send(final long clusterSessionId, final int encodedLength) {
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength);
    }
}
