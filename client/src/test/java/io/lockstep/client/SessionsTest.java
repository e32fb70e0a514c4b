package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ChangeSubscriptionsDecoder;
import io.lockstep.codecs.CloseSessionDecoder;
import io.lockstep.codecs.DescribeSessionDecoder;
import io.lockstep.codecs.ListRetainedDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenMemberDecoder;
import io.lockstep.codecs.OpenSessionDecoder;
import io.lockstep.codecs.RenewMemberDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.RetainedPageEncoder;
import io.lockstep.codecs.SessionOpenedEncoder;
import io.lockstep.codecs.SessionSubscriptionsEncoder;
import io.lockstep.codecs.SessionUpdate;
import io.lockstep.codecs.SessionsPageEncoder;
import io.lockstep.codecs.SessionsUpdatedEncoder;
import io.lockstep.codecs.SubscriptionsChangedEncoder;
import io.lockstep.codecs.UpdateSessionsDecoder;
import io.lockstep.wire.MessageHeaders;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private static final byte[] NOBODY = {};
    private static final int SHARD = 1;
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long LEASE_NS = TimeUnit.SECONDS.toNanos(9);
    private static final SessionOpening OPENING = new SessionOpening(77, 0, 0, 3_000_000_000L, true, "sensor-é", null);

    /** Keeps what it is told. */
    private static final class Told<T> implements AnswerListener<T> {
        private final List<T> answers = new ArrayList<>();
        private int timeouts;

        @Override
        public void onAnswer(final T answer) {
            answers.add(answer);
        }

        @Override
        public void onTimeout() {
            timeouts++;
        }

        private T only() {
            assertEquals(1, answers.size());
            assertEquals(0, timeouts);
            return answers.get(0);
        }
    }

    private final FakeAsker asker = new FakeAsker(2);
    private final Sessions sessions = new Sessions(null, asker);
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();

    @Test
    void shouldAskForASessionWithAWill() {
        final byte[] headers = MessageHeaders.encode(Map.of("$qos", "1"));
        final SessionWill will = new SessionWill("plant/gone", headers, bytes("bye"), 7_000);

        sessions.open(SHARD, new SessionOpening(77, 640, 576, 3_000, false, "c", will), TIMEOUT_NS, new Told<>());

        final OpenSessionDecoder open = new OpenSessionDecoder().wrapAndApplyHeader(command(), 0, header());
        assertEquals(SHARD, asker.last().shardId());
        assertEquals(asker.nowNs + TIMEOUT_NS, asker.last().deadlineNs());
        assertEquals(sessions.memberId(), open.memberId());
        assertEquals(77, open.connectionId());
        assertEquals(640, open.epoch());
        assertEquals(576, open.sessionId());
        assertEquals(3_000, open.expiryNs());
        assertEquals(7_000, open.willDelayNs());
        assertEquals(BooleanType.FALSE, open.cleanStart());
        assertEquals(BooleanType.TRUE, open.hasWill());
        assertEquals("c", open.clientId());
        assertEquals("plant/gone", open.willTopic());
        final byte[] readHeaders = new byte[open.willHeadersLength()];
        open.getWillHeaders(readHeaders, 0, readHeaders.length);
        assertArrayEquals(headers, readHeaders);
        final byte[] payload = new byte[open.willPayloadLength()];
        open.getWillPayload(payload, 0, payload.length);
        assertArrayEquals(bytes("bye"), payload);
    }

    @Test
    void shouldAskForASessionWithoutAWill() {
        sessions.open(SHARD, OPENING, TIMEOUT_NS, new Told<>());

        final OpenSessionDecoder open = new OpenSessionDecoder().wrapAndApplyHeader(command(), 0, header());
        assertEquals(0, open.epoch());
        assertEquals(0, open.sessionId());
        assertEquals(0, open.willDelayNs());
        assertEquals(BooleanType.TRUE, open.cleanStart());
        assertEquals(BooleanType.FALSE, open.hasWill());
        assertEquals("sensor-é", open.clientId());
        assertEquals("", open.willTopic());
        assertEquals(0, open.willHeadersLength());
        open.skipWillHeaders();
        assertEquals(0, open.willPayloadLength());
    }

    @Test
    void shouldTellThePieceWhenItIsWhole() {
        final Told<SessionPiece> told = new Told<>();
        sessions.open(SHARD, OPENING, TIMEOUT_NS, told);

        answerOpened(true, 1);

        final SessionPiece piece = told.only();
        assertEquals(1, asker.asked.size());
        assertEquals(ResultCode.ACCEPTED, piece.code());
        assertEquals(8192, piece.journalPosition());
        assertEquals(576, piece.sessionId());
        assertEquals(640, piece.epoch());
        assertEquals(4096, piece.cursorPosition());
        assertEquals(12, piece.cursorOrdinal());
        assertEquals(2_000, piece.expiryNs());
        assertTrue(piece.isPresent());
        assertEquals(List.of(subscription(0)), piece.subscriptions());
        assertArrayEquals(new long[] {27, 1L << 40}, piece.marks());
        assertArrayEquals(new int[] {3, 65_535}, piece.packets());
    }

    @Test
    void shouldAskForFurtherSubscriptionsUntilThereAreNoMore() {
        final Told<SessionPiece> told = new Told<>();
        sessions.open(SHARD, OPENING, TIMEOUT_NS, told);

        answerOpened(false, 2);
        assertDescribed(576, 2);
        asker.nowNs += 1;
        answerFurther(ResultCode.ACCEPTED, false, 2, 4);
        assertDescribed(576, 4);
        answerFurther(ResultCode.ACCEPTED, true, 4, 5);

        final SessionPiece piece = told.only();
        assertEquals(
                List.of(subscription(0), subscription(1), subscription(2), subscription(3), subscription(4)),
                piece.subscriptions());
        assertEquals(3, asker.asked.size());
        assertEquals(asker.nowNs - 1 + TIMEOUT_NS, asker.last().deadlineNs(), "one deadline for all");
        assertArrayEquals(new long[] {27, 1L << 40}, piece.marks());
    }

    @Test
    void shouldTellTheCodeWhenTheSessionEndsWhileItsSubscriptionsAreAskedFor() {
        final Told<SessionPiece> told = new Told<>();
        sessions.open(SHARD, OPENING, TIMEOUT_NS, told);
        answerOpened(false, 2);

        answerFurther(ResultCode.SESSION_UNKNOWN, true, 0, 0);

        assertEquals(ResultCode.SESSION_UNKNOWN, told.only().code());
        assertEquals(List.of(), told.only().subscriptions());
    }

    @Test
    void shouldTellThatNoAnswerCameWhicheverQuestionItWas() {
        final Told<SessionPiece> first = new Told<>();
        sessions.open(SHARD, OPENING, TIMEOUT_NS, first);
        asker.timeOutLast();
        final Told<SessionPiece> second = new Told<>();
        sessions.open(SHARD, OPENING, TIMEOUT_NS, second);
        answerOpened(false, 2);
        asker.timeOutLast();

        assertEquals(1, first.timeouts);
        assertEquals(1, second.timeouts);
        assertEquals(List.of(), second.answers);
    }

    @Test
    void shouldTellTheCodeWhenTheAnswerIsACodeAlone() {
        final Told<SessionPiece> opened = new Told<>();
        sessions.open(SHARD, OPENING, TIMEOUT_NS, opened);
        asker.last().answer(ResultCode.UNSUPPORTED, 0);
        final Told<SubscriptionResults> changed = new Told<>();
        sessions.change(SHARD, 1, 2, List.of(new SubscriptionChange(true, "a", 0, 0)), NOBODY, TIMEOUT_NS, changed);
        asker.last().answer(ResultCode.MALFORMED, 9);
        final SessionUpdates updates = new SessionUpdates();
        updates.add(SessionUpdate.DONE, 1, 2, 3, 0);
        final Told<UpdateAnswer> updated = new Told<>();
        sessions.update(SHARD, updates, TIMEOUT_NS, updated);
        asker.last().answer(ResultCode.UNSUPPORTED, 0);
        final Told<LastValuePage> page = new Told<>();
        sessions.lastValues(SHARD, "#", 0, -1, TIMEOUT_NS, page);
        asker.last().answer(ResultCode.BAD_TOPIC, 0);

        assertEquals(ResultCode.UNSUPPORTED, opened.only().code());
        assertEquals(4096, opened.only().journalPosition());
        assertEquals(ResultCode.MALFORMED, changed.only().code());
        assertEquals(9, changed.only().detail());
        assertEquals(0, changed.only().results().length);
        assertEquals(ResultCode.UNSUPPORTED, updated.only().code());
        assertEquals(0, updated.only().refused().length);
        assertEquals(ResultCode.BAD_TOPIC, page.only().code());
        assertTrue(page.only().isLast());
    }

    @Test
    void shouldThrowWhenTheAnswerBelongsToAnotherCommand() {
        sessions.open(SHARD, OPENING, TIMEOUT_NS, new Told<>());

        assertThrows(LockstepException.class, () -> answerFurther(ResultCode.ACCEPTED, true, 0, 0));
    }

    @Test
    void shouldChangeSubscriptions() {
        final Told<SubscriptionResults> told = new Told<>();

        sessions.change(
                SHARD,
                576,
                640,
                List.of(new SubscriptionChange(true, "a/+", 5, 0x2E), new SubscriptionChange(false, "b", 6, 2)),
                new byte[] {2, 97},
                TIMEOUT_NS,
                told);
        final ChangeSubscriptionsDecoder change =
                new ChangeSubscriptionsDecoder().wrapAndApplyHeader(command(), 0, header());
        assertEquals(576, change.sessionId());
        assertEquals(640, change.epoch());
        final List<String> changes = new ArrayList<>();
        for (final ChangeSubscriptionsDecoder.ChangesDecoder entry : change.changes()) {
            changes.add(entry.subscriptionId() + " " + entry.options() + " " + entry.kind() + " " + entry.filter());
        }
        final byte[] principal = new byte[change.principalLength()];
        change.getPrincipal(principal, 0, principal.length);
        answerChanged(SubscriptionResults.REPLACED, SubscriptionResults.NONE_THERE);

        assertEquals(List.of("5 46 1 a/+", "0 0 2 b"), changes);
        assertArrayEquals(new byte[] {2, 97}, principal);
        assertEquals(ResultCode.ACCEPTED, told.only().code());
        assertEquals(12_288, told.only().position());
        assertArrayEquals(new byte[] {1, 4}, told.only().results());
    }

    @Test
    void shouldRefuseNoChangesAndTooManyBeforeItAsks() {
        final List<SubscriptionChange> tooMany = new ArrayList<>();
        for (int i = 0; i < 1_025; i++) {
            tooMany.add(new SubscriptionChange(true, "a/" + i, 0, 0));
        }

        assertThrows(
                IllegalArgumentException.class,
                () -> sessions.change(SHARD, 1, 2, List.of(), NOBODY, TIMEOUT_NS, new Told<>()));
        assertThrows(
                IllegalArgumentException.class,
                () -> sessions.change(SHARD, 1, 2, tooMany, NOBODY, TIMEOUT_NS, new Told<>()));
        assertThrows(
                IllegalArgumentException.class,
                () -> sessions.update(SHARD, new SessionUpdates(), TIMEOUT_NS, new Told<>()));
        assertThrows(IllegalArgumentException.class, () -> sessions.open(2, OPENING, TIMEOUT_NS, new Told<>()));
        assertEquals(List.of(), asker.asked);
    }

    @Test
    void shouldUpdateAWholeBatchInItsOrder() {
        final Told<UpdateAnswer> told = new Told<>();
        final SessionUpdates updates = new SessionUpdates();
        for (int i = 0; i < SessionUpdates.MAX; i++) {
            updates.add(i % 2 == 0 ? SessionUpdate.CURSOR : SessionUpdate.RELEASED, i, 2L * i, 3L * i, 32L * i);
        }

        sessions.update(SHARD, updates, TIMEOUT_NS, told);
        final UpdateSessionsDecoder.UpdatesDecoder group = new UpdateSessionsDecoder()
                .wrapAndApplyHeader(command(), 0, header())
                .updates();
        int index = 0;
        while (group.hasNext()) {
            group.next();
            assertEquals(index, group.sessionId());
            assertEquals(2L * index, group.epoch());
            assertEquals(3L * index, group.value());
            assertEquals(32L * index, group.position());
            assertEquals(index % 2 == 0 ? SessionUpdate.CURSOR : SessionUpdate.RELEASED, group.kind());
            index++;
        }
        answerUpdated((short) 0, (short) 1_023);

        assertEquals(SessionUpdates.MAX, index);
        assertEquals(ResultCode.ACCEPTED, told.only().code());
        assertArrayEquals(new int[] {0, 1_023}, told.only().refused());
        assertThrows(IllegalStateException.class, () -> updates.add(SessionUpdate.DONE, 1, 1, 1, 0));
    }

    @Test
    void shouldCloseASession() {
        final Told<ResultCode> told = new Told<>();

        sessions.close(SHARD, 576, 640, Sessions.EXPIRY_AS_OPENED, true, TIMEOUT_NS, told);
        final CloseSessionDecoder close = new CloseSessionDecoder().wrapAndApplyHeader(command(), 0, header());
        asker.last().answer(ResultCode.SESSION_MOVED, 704);

        assertEquals(576, close.sessionId());
        assertEquals(640, close.epoch());
        assertEquals(-1, close.expiryNs());
        assertEquals(BooleanType.TRUE, close.keepsWill());
        assertEquals(ResultCode.SESSION_MOVED, told.only());
    }

    @Test
    void shouldTellAPageOfLastValues() {
        final Told<LastValuePage> told = new Told<>();
        final byte[] headers = MessageHeaders.encode(Map.of("$retain", "1"));

        sessions.lastValues(SHARD, "plant/#", 9, 4096, TIMEOUT_NS, told);
        final ListRetainedDecoder question = new ListRetainedDecoder().wrapAndApplyHeader(command(), 0, header());
        answerLastValues(headers, "plant/7", "plant/8/$3");

        assertEquals(9, question.afterTopicId());
        assertEquals(4096, question.upToPosition());
        assertEquals("plant/#", question.filter());
        final LastValuePage page = told.only();
        assertEquals(ResultCode.ACCEPTED, page.code());
        assertEquals(8192, page.journalPosition());
        assertEquals(11, page.scannedToTopicId());
        assertFalse(page.isLast());
        assertEquals(2, page.values().size());
        final LastValue value = page.values().get(0);
        assertEquals("plant/7", value.topic());
        assertEquals(-1, value.partition());
        assertEquals(SHARD, value.shardId());
        assertEquals(100, value.position());
        assertEquals(20, value.topicSequence());
        assertEquals(30, value.timestampNs());
        assertEquals(40, value.producerId());
        assertEquals(50, value.producerSequence());
        assertArrayEquals(headers, value.headerBlock());
        assertEquals("value of plant/7", value.payloadText());
        assertEquals("plant/8", page.values().get(1).topic());
        assertEquals(3, page.values().get(1).partition());
    }

    @Test
    void shouldBeAMemberWhenEveryShardSaysSo() {
        sessions.join(LEASE_NS, shardId -> {});
        drive();

        final OpenMemberDecoder open = new OpenMemberDecoder().wrapAndApplyHeader(command(), 0, header());
        assertEquals(2, asker.asked.size());
        assertEquals(sessions.memberId(), open.memberId());
        assertEquals(LEASE_NS, open.leaseNs());
        assertFalse(sessions.isMember());
        asker.asked.get(0).answer(ResultCode.ACCEPTED, 0);
        assertFalse(sessions.isMember());
        asker.asked.get(1).answer(ResultCode.ACCEPTED, 0);

        assertTrue(sessions.isMember());
    }

    @Test
    void shouldTellWhereAShardForgotTheMemberAndJoinAgain() {
        final List<Integer> lost = new ArrayList<>();
        sessions.join(LEASE_NS, lost::add);
        drive();
        asker.asked.get(0).answer(ResultCode.ACCEPTED, 0);
        asker.asked.get(1).answer(ResultCode.ACCEPTED, 0);

        asker.nowNs += LEASE_NS / 3;
        drive();
        assertEquals(RenewMemberDecoder.TEMPLATE_ID, asker.asked.get(2).templateId());
        asker.asked.get(2).answer(ResultCode.ACCEPTED, 0);
        asker.asked.get(3).answer(ResultCode.MEMBER_UNKNOWN, 0);
        assertFalse(sessions.isMember());
        drive();
        assertEquals(1, asker.last().shardId());
        assertEquals(OpenMemberDecoder.TEMPLATE_ID, asker.last().templateId());
        asker.last().answer(ResultCode.ACCEPTED, 0);

        assertEquals(List.of(1), lost);
        assertTrue(sessions.isMember());
    }

    @Test
    void shouldTellThatTheMembershipIsLostWhenAnOpeningSaysSo() {
        final List<Integer> lost = new ArrayList<>();
        final Told<SessionPiece> told = new Told<>();
        sessions.join(LEASE_NS, lost::add);
        drive();
        asker.asked.get(0).answer(ResultCode.ACCEPTED, 0);
        asker.asked.get(1).answer(ResultCode.ACCEPTED, 0);

        sessions.open(SHARD, OPENING, TIMEOUT_NS, told);
        asker.last().answer(ResultCode.MEMBER_UNKNOWN, 0);

        assertEquals(List.of(SHARD), lost);
        assertEquals(ResultCode.MEMBER_UNKNOWN, told.only().code());
        assertFalse(sessions.isMember());
    }

    @Test
    void shouldJoinOnlyOnceAndWithALeaseThatCanBe() {
        assertThrows(IllegalArgumentException.class, () -> sessions.join(999_999_999, shardId -> {}));
        sessions.join(LEASE_NS, shardId -> {});

        assertThrows(IllegalStateException.class, () -> sessions.join(LEASE_NS, shardId -> {}));
    }

    @Test
    void shouldReadAPageOfSessions() {
        final List<SessionState> states = new ArrayList<>();

        final long after = SessionAnswers.states(SHARD, sessionsPage(false), 0, states);
        final long end = SessionAnswers.states(SHARD, sessionsPage(true), 0, new ArrayList<>());

        assertEquals(640, after);
        assertEquals(PagedList.LAST, end);
        assertEquals(List.of(new SessionState(SHARD, 576, "c", 640, 5, 4096, 8192, 2_000, -1, 3, 4, 5, true)), states);
        assertEquals(4096, states.get(0).lagBytes());
        assertTrue(states.get(0).isConnected());
    }

    @Test
    void shouldTellTheOptionsOfASubscriptionApart() {
        final SessionSubscription none = new SessionSubscription("a", 0, 0, 0, Long.MAX_VALUE);
        final SessionSubscription all = new SessionSubscription("a", 0, 0x80 | 0x20 | 0x08 | 0x04 | 0x02, 0, 32);

        assertEquals(0, none.maximumQos());
        assertEquals(2, all.maximumQos());
        assertFalse(none.isNoLocal() || none.isRetainAsPublished() || none.isRetainedDue());
        assertTrue(all.isNoLocal() && all.isRetainAsPublished() && all.isRetainedDue());
        assertEquals(0, none.retainHandling());
        assertEquals(2, all.retainHandling());
        assertTrue(none.isGoingOn());
        assertFalse(all.isGoingOn());
    }

    private void drive() {
        asker.duties.forEach(duty -> duty.doWork(asker.nowNs));
    }

    private DirectBuffer command() {
        return asker.last().command();
    }

    private static MessageHeaderDecoder header() {
        return new MessageHeaderDecoder();
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static SessionSubscription subscription(final int number) {
        return new SessionSubscription("filter/" + number, 10 + number, 0x81, 32L * number, Long.MAX_VALUE - number);
    }

    private void assertDescribed(final long sessionId, final int afterCount) {
        final DescribeSessionDecoder describe = new DescribeSessionDecoder().wrapAndApplyHeader(command(), 0, header());
        assertEquals(SHARD, asker.last().shardId());
        assertEquals(sessionId, describe.sessionId());
        assertEquals(afterCount, describe.afterCount());
    }

    private void answerOpened(final boolean isLast, final int subscriptionCount) {
        final SessionOpenedEncoder opened = new SessionOpenedEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(1)
                .journalPosition(8192)
                .detail(0)
                .sessionId(576)
                .epoch(640)
                .cursorPosition(4096)
                .cursorOrdinal(12)
                .expiryNs(2_000)
                .code(ResultCode.ACCEPTED)
                .isPresent(BooleanType.TRUE)
                .isLast(isLast ? BooleanType.TRUE : BooleanType.FALSE);
        final SessionOpenedEncoder.SubscriptionsEncoder group = opened.subscriptionsCount(subscriptionCount);
        for (int i = 0; i < subscriptionCount; i++) {
            final SessionSubscription subscription = subscription(i);
            group.next()
                    .fromPosition(subscription.fromPosition())
                    .untilPosition(subscription.untilPosition())
                    .subscriptionId(subscription.identifier())
                    .options((short) subscription.options())
                    .filter(subscription.filter());
        }
        final byte[] marks = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(27)
                .putLong(1L << 40)
                .array();
        opened.putMarks(marks, 0, marks.length).putPackets(new byte[] {3, 0, -1, -1}, 0, 4);
        asker.last().answer(buffer, opened);
    }

    private void answerFurther(final ResultCode code, final boolean isLast, final int first, final int end) {
        final SessionSubscriptionsEncoder further = new SessionSubscriptionsEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(1)
                .journalPosition(8192)
                .code(code)
                .isLast(isLast ? BooleanType.TRUE : BooleanType.FALSE);
        final SessionSubscriptionsEncoder.SubscriptionsEncoder group = further.subscriptionsCount(end - first);
        for (int i = first; i < end; i++) {
            final SessionSubscription subscription = subscription(i);
            group.next()
                    .fromPosition(subscription.fromPosition())
                    .untilPosition(subscription.untilPosition())
                    .subscriptionId(subscription.identifier())
                    .options((short) subscription.options())
                    .filter(subscription.filter());
        }
        asker.last().answer(buffer, further);
    }

    private void answerChanged(final byte... results) {
        asker.last()
                .answer(
                        buffer,
                        new SubscriptionsChangedEncoder()
                                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                                .correlationId(1)
                                .position(12_288)
                                .detail(0)
                                .code(ResultCode.ACCEPTED)
                                .putResults(results, 0, results.length));
    }

    private void answerUpdated(final short... refused) {
        final ByteBuffer bytes =
                ByteBuffer.allocate(refused.length * Short.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (final short place : refused) {
            bytes.putShort(place);
        }
        asker.last()
                .answer(
                        buffer,
                        new SessionsUpdatedEncoder()
                                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                                .correlationId(1)
                                .journalPosition(8192)
                                .putRefused(bytes.array(), 0, bytes.capacity()));
    }

    private void answerLastValues(final byte[] headers, final String... topics) {
        final RetainedPageEncoder page = new RetainedPageEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(1)
                .journalPosition(8192)
                .isLast(BooleanType.FALSE)
                .scannedToTopicId(11);
        final RetainedPageEncoder.ValuesEncoder group = page.valuesCount(topics.length);
        for (int i = 0; i < topics.length; i++) {
            final byte[] payload = bytes("value of " + topics[i]);
            group.next()
                    .topicId(10 + i)
                    .position(100 + i)
                    .topicSequence(20 + i)
                    .timestampNs(30 + i)
                    .producerId(40 + i)
                    .producerSequence(50 + i)
                    .topicName(topics[i])
                    .putHeaders(headers, 0, headers.length)
                    .putPayload(payload, 0, payload.length);
        }
        asker.last().answer(buffer, page);
    }

    private DirectBuffer sessionsPage(final boolean isLast) {
        final SessionsPageEncoder page = new SessionsPageEncoder()
                .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                .correlationId(1)
                .journalPosition(8192)
                .scannedToSessionId(640)
                .isLast(isLast ? BooleanType.TRUE : BooleanType.FALSE);
        page.sessionsCount(1)
                .next()
                .sessionId(576)
                .epoch(640)
                .memberId(5)
                .cursorPosition(4096)
                .expiryNs(2_000)
                .disconnectedNs(-1)
                .subscriptionCount(3)
                .markCount(4)
                .packetCount(5)
                .hasWill(BooleanType.TRUE)
                .clientId("c");
        return buffer;
    }
}
