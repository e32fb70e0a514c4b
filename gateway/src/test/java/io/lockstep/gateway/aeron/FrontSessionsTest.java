package io.lockstep.gateway.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.codecs.ApplySettingsEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CloseReadEncoder;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.CommandReplyEncoder;
import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.GatewayByeEncoder;
import io.lockstep.codecs.GatewayCommandEncoder;
import io.lockstep.codecs.GatewayRefusal;
import io.lockstep.codecs.GatewayShardStateDecoder;
import io.lockstep.codecs.GatewayWelcomeDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.OpenConsumerEncoder;
import io.lockstep.codecs.OpenReadEncoder;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.PublishEncoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.PublishReplyEncoder;
import io.lockstep.codecs.ReadCreditEncoder;
import io.lockstep.codecs.ReadLostDecoder;
import io.lockstep.codecs.ReadProgressDecoder;
import io.lockstep.codecs.ReadRecordDecoder;
import io.lockstep.codecs.ReadRefusedDecoder;
import io.lockstep.codecs.ReadStart;
import io.lockstep.codecs.RenewMemberEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeedShardEncoder;
import io.lockstep.codecs.ShardDescriptionEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;
import org.junit.jupiter.api.Test;

class FrontSessionsTest {
    private static final int CORRELATION_OFFSET = MessageHeaderDecoder.ENCODED_LENGTH;
    private static final int MAX_SESSIONS = 3;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final FakeUpstream upstream = new FakeUpstream();
    private final FakeAccess access = new FakeAccess();
    private final FrontCounters counters = new FrontCounters();
    private final FrontSessions sessions = new FrontSessions(upstream, access, counters, MAX_SESSIONS);
    private long nowNs = 1_000;

    @Test
    void shouldWelcomeAndTellHowShardsAreWhenAClientSaysHello() {
        // given
        upstream.isConnected(1, false);
        final FakeClient client = new FakeClient();

        // when
        sessions.add(client, nowNs);
        client.hello("anna", "secret");
        work();

        // then
        final List<UnsafeBuffer> welcomes = client.take(GatewayWelcomeDecoder.TEMPLATE_ID);
        assertEquals(1, welcomes.size());
        assertEquals(
                FakeUpstream.SHARDS,
                new GatewayWelcomeDecoder()
                        .wrapAndApplyHeader(welcomes.get(0), 0, headerDecoder)
                        .shardCount());
        assertEquals(List.of("0 true 0", "1 false 1"), shardStates(client));
        assertEquals(1, counters.sessionsOpened().sum());
    }

    @Test
    void shouldRefuseWhenAClientMustNotComeIn() {
        assertEquals("BAD_CREDENTIALS", refusalOf("anna", "wrong"));
        final FakeClient old = new FakeClient();
        sessions.add(old, nowNs);
        old.hello(99, "anna", "secret");
        work();
        assertEquals("BAD_VERSION", old.refusal());
        // Those who were refused leave.
        old.leave();
        work();
    }

    @Test
    void shouldRefuseWithItsCodeWhenThereAreTooManySessions() {
        // given
        for (int i = 0; i < MAX_SESSIONS; i++) {
            connect();
        }

        // when
        final String refusal = refusalOf("anna", "secret");

        // then
        assertEquals("TOO_MANY_SESSIONS", refusal);
        assertEquals(MAX_SESSIONS, counters.sessionsOpened().sum());
    }

    @Test
    void shouldGiveRoomWhenASessionEnds() {
        // given
        final FakeClient first = connect();
        connect();
        connect();

        // when
        first.send(new GatewayByeEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .sessionId(1));
        work();

        // then
        assertTrue(first.isClosed());
        assertEquals(2, sessions.size());
        assertNull(refusalOf("anna", "secret"));
    }

    @Test
    void shouldAnswerEachWithItsOwnCorrelationIdWhenTwoAskUnderTheSame() {
        // given
        final FakeClient first = connect();
        final FakeClient second = connect();

        // when
        first.command(1, renewMember(5));
        work();
        second.command(1, renewMember(5));
        work();
        final List<UnsafeBuffer> commands = upstream.takeCommands();
        sessions.onAnswer(1, reply(correlationOf(commands.get(0)), 100), 0, replyLength());
        sessions.onAnswer(1, reply(correlationOf(commands.get(1)), 200), 0, replyLength());

        // then
        assertEquals(2, commands.size());
        assertTrue(correlationOf(commands.get(0)) < 0 && correlationOf(commands.get(1)) < 0);
        assertEquals(List.of("5 ACCEPTED 100"), replies(first), "answer of the one");
        assertEquals(List.of("5 ACCEPTED 200"), replies(second), "answer of the other");
    }

    @Test
    void shouldLeaveAnswersToTheGatewayItselfWhenTheyAreNotForASession() {
        assertFalse(sessions.onAnswer(0, reply(17, 1), 0, replyLength()));
    }

    @Test
    void shouldAnswerThePublisherWhenAnEpochTookOverFromAnother() {
        // given
        final FakeClient first = connect();
        final FakeClient second = connect();
        first.command(0, publish(9, 1, "a"));
        second.command(0, publish(9, 2, "a"));
        work();

        // when
        sessions.onAnswer(0, publishReply(9, 1), 0, publishReplyLength());
        sessions.onAnswer(0, publishReply(9, 2), 0, publishReplyLength());
        sessions.onAnswer(0, publishReply(8, 1), 0, publishReplyLength());

        // then
        assertEquals(List.of(1), epochs(first));
        assertEquals(List.of(2), epochs(second));
    }

    @Test
    void shouldForgetPublishersWhenTheirSessionEnds() {
        // given
        final FakeClient first = connect();
        final FakeClient second = connect();
        first.command(0, publish(9, 1, "a"));
        second.command(0, publish(9, 2, "a"));
        work();

        // when
        first.leave();
        work();
        sessions.onAnswer(0, publishReply(9, 1), 0, publishReplyLength());
        sessions.onAnswer(0, publishReply(9, 2), 0, publishReplyLength());

        // then
        assertEquals(List.of(), epochs(first));
        assertEquals(List.of(2), epochs(second));
    }

    @Test
    void shouldAskTheShardOnceWhenManyWantItsDescription() {
        // given
        final List<FakeClient> clients = List.of(connect(), connect(), connect());
        for (final FakeClient client : clients) {
            client.command(0, describe(3));
        }

        // when
        work();
        final List<UnsafeBuffer> questions = upstream.takeCommands();
        // Asked when the question was on its way: its answer may be older than that.
        clients.get(0).command(0, describe(4));
        work();
        answerDescribe(correlationOf(questions.get(0)));

        // then
        assertEquals(1, questions.size());
        for (final FakeClient client : clients) {
            assertEquals(List.of(3L), correlations(client));
        }
        work();
        final List<UnsafeBuffer> next = upstream.takeCommands();
        assertEquals(1, next.size());
        answerDescribe(correlationOf(next.get(0)));
        assertEquals(List.of(4L), correlations(clients.get(0)));
    }

    @Test
    void shouldAskAgainWhenTheQuestionMayBeLost() {
        // given
        final FakeClient client = connect();
        client.command(0, describe(3));
        work();
        upstream.takeCommands();

        // when
        sessions.onRestored(0);
        work();

        // then
        assertEquals(1, upstream.takeCommands().size());
    }

    @Test
    void shouldHoldBackOneClientOnlyWhenAShardTakesNoMore() {
        // given
        final FakeClient client = connect();
        upstream.isFull(true);
        client.command(0, renewMember(1));
        client.command(0, renewMember(2));

        // when
        work();
        final int unsentCount = client.unsentCount();
        upstream.isFull(false);
        work();

        // then
        assertEquals(2, unsentCount);
        assertEquals(2, upstream.takeCommands().size());
        assertEquals(0, client.unsentCount());
    }

    @Test
    void shouldTellAndDropWhenAShardIsGoneAndTellWhenItIsBack() {
        // given
        final FakeClient client = connect();
        shardStates(client);

        // when
        upstream.isConnected(1, false);
        client.command(1, renewMember(1));
        work();
        final List<String> gone = shardStates(client);
        final int passed = upstream.takeCommands().size();
        upstream.isConnected(1, true);
        work();
        final List<String> back = shardStates(client);
        sessions.onRestored(1);
        work();

        // then
        assertEquals(List.of("1 false 1"), gone);
        assertEquals(0, passed);
        assertEquals(List.of("1 true 1"), back);
        assertEquals(List.of("1 true 1"), shardStates(client), "a new leader");
    }

    @Test
    void shouldKeepAnswersInOrderWhenAClientTakesNone() {
        // given
        final FakeClient client = connect();
        client.command(0, renewMember(1));
        work();
        final long correlationId = correlationOf(upstream.takeCommands().get(0));
        client.isBlocked(true);

        // when
        for (int i = 0; i < 100; i++) {
            sessions.onAnswer(0, reply(correlationId, i), 0, replyLength());
        }
        work();
        client.isBlocked(false);
        work();

        // then
        final List<String> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            expected.add("1 ACCEPTED " + i);
        }
        assertEquals(expected, replies(client));
    }

    @Test
    void shouldDropAnswersWhenMoreWaitThanMay() {
        // given
        final FakeClient client = connect();
        client.command(0, renewMember(1));
        work();
        final long correlationId = correlationOf(upstream.takeCommands().get(0));
        client.isBlocked(true);

        // when
        for (int i = 0; i < FrontLimits.MAX_WAITING_ANSWER_BYTES / 40; i++) {
            sessions.onAnswer(0, reply(correlationId, i), 0, replyLength());
        }
        client.isBlocked(false);
        work();

        // then
        final int answered = replies(client).size();
        assertTrue(counters.answersDropped().sum() > 0);
        assertEquals(
                FrontLimits.MAX_WAITING_ANSWER_BYTES / 40,
                answered + counters.answersDropped().sum());
    }

    @Test
    void shouldSendAwayWhenAClientDoesNotKeepToTheProtocol() {
        assertEquals("MALFORMED", refusalAfter(client -> client.sendBytes(new byte[50])));
        assertEquals("MALFORMED", refusalAfter(client -> client.command(7, renewMember(1))));
        assertEquals("MALFORMED", refusalAfter(client -> client.command(0, renewMember(1L << 32))));
        assertEquals("MALFORMED", refusalAfter(client -> client.hello("anna", "secret")));
        assertEquals("MALFORMED", refusalAfter(client -> {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
            final MessageEncoderFlyweight command = renewMember(1);
            new GatewayCommandEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .shardId(0)
                    .putCommand(command.buffer(), 0, 20);
            // Says that it has more than comes.
            buffer.putInt(12, 500);
            final byte[] frame = new byte[36];
            buffer.getBytes(0, frame);
            client.sendBytes(frame);
        }));
        assertEquals(0, upstream.takeCommands().size());
    }

    @Test
    void shouldSendNothingOnWhenACommandIsNotForClients() {
        // given
        final FakeClient client = connect();

        // when
        client.command(
                0,
                new SeedShardEncoder()
                        .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                        .correlationId(6));
        client.command(
                0,
                new ApplySettingsEncoder()
                        .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                        .correlationId(7));
        work();

        // then
        assertEquals(0, upstream.takeCommands().size());
        assertEquals(List.of("6 UNSUPPORTED 0", "7 UNSUPPORTED 0"), replies(client));
    }

    @Test
    void shouldRefuseInPlaceWhenTheRulesDoNotAllowAMessage() {
        // given
        access.rules("allow * publish a/#", "allow * subscribe a/#");
        final FakeClient client = connect();

        // when
        client.command(0, publish(9, 1, "a/1", "b/1", "a/2"));
        client.command(0, openConsumer(8, "a/+", "b/+"));
        client.command(0, openConsumer(9, "a/+", "a/b"));
        work();

        // then
        final List<UnsafeBuffer> commands = upstream.takeCommands();
        assertEquals(2, commands.size());
        assertEquals(List.of("a/1", "\0/1", "a/2"), topics(commands.get(0)));
        assertEquals(List.of("8 NOT_ALLOWED 0"), replies(client));
        assertEquals(2, counters.commandsDenied().sum());
    }

    @Test
    void shouldSendWhatMatchesAndMayBeSeenWhenAClientReads() {
        // given
        access.rules("allow * subscribe a/#", "deny * read a/hidden", "allow * read a/#");
        final FakeClient client = connect();
        upstream.append(1, "a/1", "one");
        upstream.append(2, "b/1", "two");
        upstream.append(3, "a/hidden", "three");
        upstream.append(1, "a/1", "four");
        final long end = upstream.append(65, "b/2", "five");

        // when
        client.send(openRead(5, 0, 1_000, "a/#"));
        work();
        work();
        nowNs += TimeUnit.SECONDS.toNanos(1);
        work();

        // then
        assertEquals(List.of("1024 one", "4096 four"), records(client));
        assertEquals(end, lastProgress(client));
    }

    @Test
    void shouldRefuseAReadWhenTheRulesDoNotAllowIt() {
        // given
        access.rules("allow * subscribe a/#");
        final FakeClient client = connect();

        // when
        client.send(openRead(5, 0, 1_000, "a/#", "b"));
        work();

        // then
        final List<UnsafeBuffer> refusals = client.take(ReadRefusedDecoder.TEMPLATE_ID);
        assertEquals(1, refusals.size());
        assertEquals(
                GatewayRefusal.NOT_ALLOWED,
                new ReadRefusedDecoder()
                        .wrapAndApplyHeader(refusals.get(0), 0, headerDecoder)
                        .refusal());
        assertEquals(0, upstream.openReaders());
    }

    @Test
    void shouldWaitForCreditAndGoOnWithoutAGapWhenAClientIsSlow() {
        // given
        final FakeClient client = connect();
        final FakeClient other = connect();
        for (int i = 0; i < 100; i++) {
            upstream.append(1, "a", "message " + i);
        }

        // when
        client.send(openRead(5, 0, 500, "a"));
        other.send(openRead(5, 0, 1_000_000, "a"));
        work();
        final List<String> got = records(client);
        final int firstCount = got.size();
        work();
        assertEquals(List.of(), records(client), "without credit");
        long consumed = 0;
        while (got.size() < 100) {
            consumed += 150;
            client.send(new ReadCreditEncoder()
                    .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                    .readId(5)
                    .consumedBytes(consumed));
            work();
            got.addAll(records(client));
        }

        // then
        assertTrue(firstCount > 0 && firstCount < 10, "got " + firstCount);
        for (int i = 0; i < 100; i++) {
            assertEquals((i + 1) * 1_024 + " message " + i, got.get(i));
        }
        assertEquals(100, records(other).size());
    }

    @Test
    void shouldDeliverEverythingWhenTheStreamIsHeldUpNowAndThen() {
        // given
        final FakeClient client = connect();
        client.send(openRead(5, 0, 1_000_000, "a"));
        work();

        // when
        final List<String> got = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            upstream.append(1, "a", "x".repeat(i * 100));
            client.isBlocked(i % 3 != 0);
            work();
            got.addAll(records(client));
        }
        client.isBlocked(false);
        work();
        got.addAll(records(client));

        // then
        assertEquals(50, got.size());
        for (int i = 0; i < 50; i++) {
            assertEquals((i + 1) * 1_024 + " " + "x".repeat(i * 100), got.get(i));
        }
    }

    @Test
    void shouldSayWhatIsLostWhenAReadBeginsBeforeWhatIsThere() {
        // given
        final FakeClient client = connect();
        upstream.append(1, "a", "one");
        upstream.append(1, "a", "two");
        upstream.loseUpTo(1_024);

        // when
        client.send(openRead(5, 0, 1_000, "a"));
        work();
        work();

        // then
        final List<UnsafeBuffer> losses = client.take(ReadLostDecoder.TEMPLATE_ID);
        assertEquals(1, losses.size());
        assertEquals(
                1_024,
                new ReadLostDecoder()
                        .wrapAndApplyHeader(losses.get(0), 0, headerDecoder)
                        .firstReadablePosition());
        assertEquals(0, upstream.openReaders());
    }

    @Test
    void shouldCloseReadersWhenReadsOrSessionsEnd() {
        // given
        final FakeClient client = connect();
        client.send(openRead(5, 0, 1_000, "a"));
        client.send(openRead(6, 0, 1_000, "a"));
        work();
        final int openCount = upstream.openReaders();

        // when
        client.send(new CloseReadEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .readId(5));
        work();
        final int afterClose = upstream.openReaders();
        client.leave();
        work();

        // then
        assertEquals(2, openCount);
        assertEquals(1, afterClose);
        assertEquals(0, upstream.openReaders());
        assertEquals(0, sessions.size());
        assertEquals(1, counters.sessionsClosed().sum());
    }

    @Test
    void shouldEndTheSessionWhenAClientIsSilentOrNeverSaysHello() {
        // given
        final FakeClient silent = connect();
        final FakeClient mute = new FakeClient();
        sessions.add(mute, nowNs);

        // when
        nowNs += FrontLimits.TIMEOUT_NS + 1;
        work();

        // then
        assertNotNull(silent.rejectReason());
        assertNotNull(mute.rejectReason());
        assertEquals(0, sessions.size());
    }

    @Test
    void shouldSendAwayWhenTheUserIsTakenOut() {
        // given
        final FakeClient client = connect();

        // when
        access.isAnnaKnown = false;
        work();
        work();

        // then
        assertEquals("NOT_ALLOWED", client.refusal());
    }

    private FakeClient connect() {
        final FakeClient client = new FakeClient();
        sessions.add(client, nowNs);
        client.hello("anna", "secret");
        work();
        assertEquals(1, client.take(GatewayWelcomeDecoder.TEMPLATE_ID).size());
        return client;
    }

    private String refusalOf(final String user, final String password) {
        final FakeClient client = new FakeClient();
        sessions.add(client, nowNs);
        client.hello(user, password);
        work();
        final String refusal = client.refusal();
        client.leave();
        work();
        return refusal;
    }

    private String refusalAfter(final Consumer<FakeClient> misdeed) {
        final FakeClient client = connect();
        misdeed.accept(client);
        work();
        work();
        final String refusal = client.refusal();
        client.leave();
        work();
        return refusal;
    }

    private void work() {
        // What one turn decides the next one says.
        for (int i = 0; i < 4; i++) {
            sessions.doWork(nowNs);
        }
    }

    private MessageEncoderFlyweight renewMember(final long correlationId) {
        return new RenewMemberEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .correlationId(correlationId)
                .memberId(1);
    }

    private MessageEncoderFlyweight describe(final long correlationId) {
        return new DescribeShardEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .correlationId(correlationId);
    }

    private MessageEncoderFlyweight publish(final long producerId, final int epoch, final String... topics) {
        final PublishEncoder publish = new PublishEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .producerId(producerId)
                .firstSequence(1)
                .notedRefusal(0)
                .epoch(epoch)
                .atomic(BooleanType.FALSE);
        final PublishEncoder.EntriesEncoder entries = publish.entriesCount(topics.length);
        for (final String topic : topics) {
            entries.next()
                    .expectedTopicSequence(-1)
                    .topicName(topic)
                    .putHeaders(new byte[0], 0, 0)
                    .putPayload(new byte[] {1}, 0, 1);
        }
        return publish;
    }

    private MessageEncoderFlyweight openConsumer(final long correlationId, final String... filters) {
        final OpenConsumerEncoder open = new OpenConsumerEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .correlationId(correlationId);
        final OpenConsumerEncoder.FiltersEncoder group = open.filtersCount(filters.length);
        for (final String filter : filters) {
            group.next().filter(filter);
        }
        return open;
    }

    private MessageEncoderFlyweight openRead(
            final long readId, final long position, final int creditBytes, final String... filters) {
        final OpenReadEncoder open = new OpenReadEncoder()
                .wrapAndApplyHeader(new ExpandableArrayBuffer(), 0, header)
                .readId(readId)
                .startValue(position)
                .shardId(0)
                .creditBytes(creditBytes)
                .startKind(ReadStart.POSITION)
                .isEverything(BooleanType.FALSE);
        final OpenReadEncoder.FiltersEncoder group = open.filtersCount(filters.length);
        for (final String filter : filters) {
            group.next().filter(filter);
        }
        return open;
    }

    private DirectBuffer reply(final long correlationId, final long detail) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        new CommandReplyEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .detail(detail)
                .journalPosition(0)
                .code(ResultCode.ACCEPTED);
        return buffer;
    }

    private static int replyLength() {
        return MessageHeaderEncoder.ENCODED_LENGTH + CommandReplyEncoder.BLOCK_LENGTH;
    }

    private DirectBuffer publishReply(final long producerId, final int epoch) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        new PublishReplyEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .producerId(producerId)
                .epoch(epoch)
                .code(ResultCode.ACCEPTED)
                .resultsCount(0);
        return buffer;
    }

    private static int publishReplyLength() {
        return MessageHeaderEncoder.ENCODED_LENGTH
                + PublishReplyEncoder.BLOCK_LENGTH
                + PublishReplyEncoder.ResultsEncoder.HEADER_SIZE;
    }

    private void answerDescribe(final long correlationId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        new ShardDescriptionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .settingsCount(0);
        assertTrue(sessions.onAnswer(
                0,
                buffer,
                0,
                MessageHeaderEncoder.ENCODED_LENGTH
                        + ShardDescriptionEncoder.BLOCK_LENGTH
                        + ShardDescriptionEncoder.SettingsEncoder.HEADER_SIZE));
    }

    private static long correlationOf(final DirectBuffer command) {
        return command.getLong(CORRELATION_OFFSET);
    }

    private static List<Long> correlations(final FakeClient client) {
        return client.takeAnswers().stream()
                .map(FrontSessionsTest::correlationOf)
                .toList();
    }

    private List<String> replies(final FakeClient client) {
        return client.takeAnswers().stream()
                .map(answer -> new CommandReplyDecoder().wrapAndApplyHeader(answer, 0, headerDecoder))
                .map(reply -> reply.correlationId() + " " + reply.code() + ' ' + reply.detail())
                .toList();
    }

    private List<Integer> epochs(final FakeClient client) {
        return client.takeAnswers().stream()
                .map(answer -> new PublishReplyDecoder()
                        .wrapAndApplyHeader(answer, 0, headerDecoder)
                        .epoch())
                .toList();
    }

    private List<String> shardStates(final FakeClient client) {
        return client.take(GatewayShardStateDecoder.TEMPLATE_ID).stream()
                .map(message -> new GatewayShardStateDecoder().wrapAndApplyHeader(message, 0, headerDecoder))
                .map(state ->
                        state.shardId() + " " + (state.isConnected() == BooleanType.TRUE) + ' ' + state.leaderNodeId())
                .toList();
    }

    private List<String> topics(final DirectBuffer command) {
        final List<String> topics = new ArrayList<>();
        for (final PublishDecoder.EntriesDecoder entry : new PublishDecoder()
                .wrapAndApplyHeader(command, 0, headerDecoder)
                .entries()) {
            topics.add(entry.topicName());
            entry.skipHeaders();
            entry.skipPayload();
        }
        return topics;
    }

    private List<String> records(final FakeClient client) {
        final List<String> records = new ArrayList<>();
        for (final UnsafeBuffer message : client.take(ReadRecordDecoder.TEMPLATE_ID)) {
            final ReadRecordDecoder record = new ReadRecordDecoder().wrapAndApplyHeader(message, 0, headerDecoder);
            final long position = record.position();
            final byte[] bytes = new byte[record.recordLength()];
            record.getRecord(bytes, 0, bytes.length);
            final MessageRecordDecoder decoder =
                    new MessageRecordDecoder().wrapAndApplyHeader(new UnsafeBuffer(bytes), 0, headerDecoder);
            decoder.skipTopicName();
            decoder.skipHeaders();
            final byte[] payload = new byte[decoder.payloadLength()];
            decoder.getPayload(payload, 0, payload.length);
            records.add(position + " " + new String(payload, StandardCharsets.UTF_8));
        }
        return records;
    }

    private long lastProgress(final FakeClient client) {
        final List<UnsafeBuffer> all = client.take(ReadProgressDecoder.TEMPLATE_ID);
        return new ReadProgressDecoder()
                .wrapAndApplyHeader(all.get(all.size() - 1), 0, headerDecoder)
                .position();
    }

    private static final class FakeAccess implements FrontAccess {
        private AccessRules rules = AccessRules.ALLOW_ALL;
        private boolean isAnnaKnown = true;

        private void rules(final String... lines) {
            rules = AccessRules.parse("rules", List.of(lines));
        }

        @Override
        public void logIn(final String user, final byte[] password, final Listener listener) {
            final boolean isRight =
                    "anna".equals(user) && "secret".equals(new String(password, StandardCharsets.UTF_8));
            listener.onLogin(isRight ? null : GatewayRefusal.BAD_CREDENTIALS, isRight ? user : null, true);
        }

        @Override
        public AccessRules rules() {
            return rules;
        }

        @Override
        public boolean isKnown(final String user) {
            return isAnnaKnown;
        }
    }
}
