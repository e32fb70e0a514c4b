package io.lockstep.client;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.RetainedPageDecoder;
import io.lockstep.codecs.SessionOpenedDecoder;
import io.lockstep.codecs.SessionSubscriptionsDecoder;
import io.lockstep.codecs.SessionsPageDecoder;
import io.lockstep.codecs.SessionsUpdatedDecoder;
import io.lockstep.codecs.SubscriptionsChangedDecoder;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Takes answers about sessions apart. */
final class SessionAnswers {
    /** Subscriptions of an answer, and whether there are no more. */
    record Subscriptions(
            ResultCode code, long detail, long journalPosition, boolean isLast, List<SessionSubscription> list) {}

    private SessionAnswers() {}

    /** The piece with those subscriptions that are in the answer. */
    static SessionPiece piece(final DirectBuffer buffer, final int offset) {
        final SessionOpenedDecoder opened =
                new SessionOpenedDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long journalPosition = opened.journalPosition();
        final long detail = opened.detail();
        final long sessionId = opened.sessionId();
        final long epoch = opened.epoch();
        final long cursorPosition = opened.cursorPosition();
        final long cursorOrdinal = opened.cursorOrdinal();
        final long expiryNs = opened.expiryNs();
        final ResultCode code = opened.code();
        final boolean isPresent = opened.isPresent() == BooleanType.TRUE;
        final List<SessionSubscription> subscriptions = new ArrayList<>();
        for (final SessionOpenedDecoder.SubscriptionsDecoder entry : opened.subscriptions()) {
            final long fromPosition = entry.fromPosition();
            final long untilPosition = entry.untilPosition();
            final int identifier = entry.subscriptionId();
            final int options = entry.options();
            subscriptions.add(
                    new SessionSubscription(entry.filter(), identifier, options, fromPosition, untilPosition));
        }
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        opened.wrapMarks(view);
        final long[] marks = new long[view.capacity() / Long.BYTES];
        for (int i = 0; i < marks.length; i++) {
            marks[i] = view.getLong(i * Long.BYTES, ByteOrder.LITTLE_ENDIAN);
        }
        opened.wrapPackets(view);
        return new SessionPiece(
                code,
                detail,
                journalPosition,
                sessionId,
                epoch,
                cursorPosition,
                cursorOrdinal,
                expiryNs,
                isPresent,
                subscriptions,
                marks,
                shorts(view));
    }

    /** Whether all subscriptions are in the answer to OpenSession. */
    static boolean isWhole(final DirectBuffer buffer, final int offset) {
        return new SessionOpenedDecoder()
                        .wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder())
                        .isLast()
                == BooleanType.TRUE;
    }

    static Subscriptions subscriptions(final DirectBuffer buffer, final int offset) {
        final SessionSubscriptionsDecoder answer =
                new SessionSubscriptionsDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long journalPosition = answer.journalPosition();
        final ResultCode code = answer.code();
        final boolean isLast = answer.isLast() == BooleanType.TRUE;
        final List<SessionSubscription> subscriptions = new ArrayList<>();
        for (final SessionSubscriptionsDecoder.SubscriptionsDecoder entry : answer.subscriptions()) {
            final long fromPosition = entry.fromPosition();
            final long untilPosition = entry.untilPosition();
            final int identifier = entry.subscriptionId();
            final int options = entry.options();
            subscriptions.add(
                    new SessionSubscription(entry.filter(), identifier, options, fromPosition, untilPosition));
        }
        return new Subscriptions(code, 0, journalPosition, isLast, subscriptions);
    }

    static SubscriptionResults results(final DirectBuffer buffer, final int offset) {
        final SubscriptionsChangedDecoder answer =
                new SubscriptionsChangedDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long position = answer.position();
        final long detail = answer.detail();
        final ResultCode code = answer.code();
        final byte[] results = new byte[answer.resultsLength()];
        answer.getResults(results, 0, results.length);
        return new SubscriptionResults(code, detail, position, results);
    }

    static UpdateAnswer updated(final DirectBuffer buffer, final int offset) {
        final UnsafeBuffer view = new UnsafeBuffer(0, 0);
        new SessionsUpdatedDecoder()
                .wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder())
                .wrapRefused(view);
        return new UpdateAnswer(ResultCode.ACCEPTED, shorts(view));
    }

    static LastValuePage lastValues(final int shardId, final DirectBuffer buffer, final int offset) {
        final RetainedPageDecoder page =
                new RetainedPageDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long journalPosition = page.journalPosition();
        final boolean isLast = page.isLast() == BooleanType.TRUE;
        final int scannedToTopicId = page.scannedToTopicId();
        final List<LastValue> values = new ArrayList<>();
        for (final RetainedPageDecoder.ValuesDecoder value : page.values()) {
            values.add(new LastValue(shardId, value));
        }
        return new LastValuePage(ResultCode.ACCEPTED, journalPosition, scannedToTopicId, isLast, values);
    }

    /** Adds what a page of ListSessions holds; returns behind which session the next one begins, or the end of the list. */
    static long states(
            final int shardId, final DirectBuffer buffer, final int offset, final List<SessionState> states) {
        final SessionsPageDecoder page =
                new SessionsPageDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long journalPosition = page.journalPosition();
        final long scannedTo = page.scannedToSessionId();
        final long after = page.isLast() == BooleanType.TRUE ? PagedList.LAST : scannedTo;
        for (final SessionsPageDecoder.SessionsDecoder entry : page.sessions()) {
            final long sessionId = entry.sessionId();
            final long epoch = entry.epoch();
            final long memberId = entry.memberId();
            final long cursorPosition = entry.cursorPosition();
            final long expiryNs = entry.expiryNs();
            final long disconnectedNs = entry.disconnectedNs();
            final int subscriptionCount = entry.subscriptionCount();
            final int markCount = entry.markCount();
            final int packetCount = entry.packetCount();
            final boolean hasWill = entry.hasWill() == BooleanType.TRUE;
            states.add(new SessionState(
                    shardId,
                    sessionId,
                    entry.clientId(),
                    epoch,
                    memberId,
                    cursorPosition,
                    journalPosition,
                    expiryNs,
                    disconnectedNs,
                    subscriptionCount,
                    markCount,
                    packetCount,
                    hasWill));
        }
        return after;
    }

    private static int[] shorts(final DirectBuffer buffer) {
        final int[] values = new int[buffer.capacity() / Short.BYTES];
        for (int i = 0; i < values.length; i++) {
            values[i] = buffer.getShort(i * Short.BYTES, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        }
        return values;
    }
}
