package io.lockstep.gateway.aeron;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** What native clients ask of shards through the gateway, and what they hear. */
class FrontCommandsTest {
    private final FrontSessionsRig rig = new FrontSessionsRig();
    private final FakeUpstream upstream = rig.upstream();
    private final FakeAccess access = rig.access();
    private final FrontCounters counters = rig.counters();
    private final FrontSessions sessions = rig.sessions();

    @Test
    void shouldAnswerEachWithItsOwnCorrelationIdWhenTwoAskUnderTheSame() {
        // given
        final FakeClient first = rig.connect();
        final FakeClient second = rig.connect();

        // when
        first.command(1, TestMessages.renewMember(5));
        rig.work();
        second.command(1, TestMessages.renewMember(5));
        rig.work();
        final List<UnsafeBuffer> commands = upstream.takeCommands();
        rig.answer(1, TestMessages.reply(TestMessages.correlationOf(commands.get(0)), 100));
        rig.answer(1, TestMessages.reply(TestMessages.correlationOf(commands.get(1)), 200));

        // then
        assertEquals(2, commands.size());
        assertTrue(TestMessages.correlationOf(commands.get(0)) < 0 && TestMessages.correlationOf(commands.get(1)) < 0);
        assertEquals(List.of("5 ACCEPTED 100"), TestMessages.replies(first), "answer of the one");
        assertEquals(List.of("5 ACCEPTED 200"), TestMessages.replies(second), "answer of the other");
    }

    @Test
    void shouldLeaveAnswersToTheGatewayItselfWhenTheyAreNotForASession() {
        assertFalse(rig.answer(0, TestMessages.reply(17, 1)));
    }

    @Test
    void shouldAnswerThePublisherWhenAnEpochTookOverFromAnother() {
        // given
        final FakeClient first = rig.connect();
        final FakeClient second = rig.connect();
        first.command(0, TestMessages.publish(9, 1, "a"));
        second.command(0, TestMessages.publish(9, 2, "a"));
        rig.work();

        // when
        rig.answer(0, TestMessages.publishReply(9, 1));
        rig.answer(0, TestMessages.publishReply(9, 2));
        rig.answer(0, TestMessages.publishReply(8, 1));

        // then
        assertEquals(List.of(1), TestMessages.epochs(first));
        assertEquals(List.of(2), TestMessages.epochs(second));
    }

    @Test
    void shouldForgetPublishersWhenTheirSessionEnds() {
        // given
        final FakeClient first = rig.connect();
        final FakeClient second = rig.connect();
        first.command(0, TestMessages.publish(9, 1, "a"));
        second.command(0, TestMessages.publish(9, 2, "a"));
        rig.work();

        // when
        first.leave();
        rig.work();
        rig.answer(0, TestMessages.publishReply(9, 1));
        rig.answer(0, TestMessages.publishReply(9, 2));

        // then
        assertEquals(List.of(), TestMessages.epochs(first));
        assertEquals(List.of(2), TestMessages.epochs(second));
    }

    @Test
    void shouldAskTheShardOnceWhenManyWantItsDescription() {
        // given
        final List<FakeClient> clients = List.of(rig.connect(), rig.connect(), rig.connect());
        for (final FakeClient client : clients) {
            client.command(0, TestMessages.describe(3));
        }

        // when
        rig.work();
        final List<UnsafeBuffer> questions = upstream.takeCommands();
        // Asked when the question was on its way: its answer may be older than that.
        clients.get(0).command(0, TestMessages.describe(4));
        rig.work();
        answerDescribe(TestMessages.correlationOf(questions.get(0)));

        // then
        assertEquals(1, questions.size());
        for (final FakeClient client : clients) {
            assertEquals(List.of(3L), TestMessages.correlations(client));
        }
        rig.work();
        final List<UnsafeBuffer> next = upstream.takeCommands();
        assertEquals(1, next.size());
        answerDescribe(TestMessages.correlationOf(next.get(0)));
        assertEquals(List.of(4L), TestMessages.correlations(clients.get(0)));
    }

    @Test
    void shouldAskAgainWhenTheQuestionMayBeLost() {
        // given
        final FakeClient client = rig.connect();
        client.command(0, TestMessages.describe(3));
        rig.work();
        upstream.takeCommands();

        // when
        sessions.onRestored(0);
        rig.work();

        // then
        assertEquals(1, upstream.takeCommands().size());
    }

    @Test
    void shouldHoldBackOneClientOnlyWhenAShardTakesNoMore() {
        // given
        final FakeClient client = rig.connect();
        upstream.isFull(true);
        client.command(0, TestMessages.renewMember(1));
        client.command(0, TestMessages.renewMember(2));

        // when
        rig.work();
        final int unsentCount = client.unsentCount();
        upstream.isFull(false);
        rig.work();

        // then
        assertEquals(2, unsentCount);
        assertEquals(2, upstream.takeCommands().size());
        assertEquals(0, client.unsentCount());
    }

    @Test
    void shouldTellAndDropWhenAShardIsGoneAndTellWhenItIsBack() {
        // given
        final FakeClient client = rig.connect();
        TestMessages.shardStates(client);

        // when
        upstream.isConnected(1, false);
        client.command(1, TestMessages.renewMember(1));
        rig.work();
        final List<String> gone = TestMessages.shardStates(client);
        final int passed = upstream.takeCommands().size();
        upstream.isConnected(1, true);
        rig.work();
        final List<String> back = TestMessages.shardStates(client);
        sessions.onRestored(1);
        rig.work();

        // then
        assertEquals(List.of("1 false 1"), gone);
        assertEquals(0, passed);
        assertEquals(List.of("1 true 1"), back);
        assertEquals(List.of("1 true 1"), TestMessages.shardStates(client), "a new leader");
    }

    @Test
    void shouldKeepAnswersInOrderWhenAClientTakesNone() {
        // given
        final FakeClient client = rig.connect();
        client.command(0, TestMessages.renewMember(1));
        rig.work();
        final long correlationId =
                TestMessages.correlationOf(upstream.takeCommands().get(0));
        client.isBlocked(true);

        // when
        for (int i = 0; i < 100; i++) {
            rig.answer(0, TestMessages.reply(correlationId, i));
        }
        rig.work();
        client.isBlocked(false);
        rig.work();

        // then
        final List<String> expected = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            expected.add("1 ACCEPTED " + i);
        }
        assertEquals(expected, TestMessages.replies(client));
    }

    @Test
    void shouldDropAnswersWhenMoreWaitThanMay() {
        // given
        final FakeClient client = rig.connect();
        client.command(0, TestMessages.renewMember(1));
        rig.work();
        final long correlationId =
                TestMessages.correlationOf(upstream.takeCommands().get(0));
        client.isBlocked(true);

        // when
        for (int i = 0; i < FrontLimits.MAX_WAITING_ANSWER_BYTES / 40; i++) {
            rig.answer(0, TestMessages.reply(correlationId, i));
        }
        client.isBlocked(false);
        rig.work();

        // then
        final int answered = TestMessages.replies(client).size();
        assertTrue(counters.answersDropped().sum() > 0);
        assertEquals(
                FrontLimits.MAX_WAITING_ANSWER_BYTES / 40,
                answered + counters.answersDropped().sum());
    }

    @Test
    void shouldSendNothingOnWhenACommandIsNotForClients() {
        // given
        final FakeClient client = rig.connect();

        // when
        client.command(0, TestMessages.seedShard(6));
        client.command(0, TestMessages.applySettings(7));
        rig.work();

        // then
        assertEquals(0, upstream.takeCommands().size());
        assertEquals(List.of("6 UNSUPPORTED 0", "7 UNSUPPORTED 0"), TestMessages.replies(client));
    }

    @Test
    void shouldRefuseInPlaceWhenTheRulesDoNotAllowAMessage() {
        // given
        access.rules("allow * publish a/#", "allow * subscribe a/#");
        final FakeClient client = rig.connect();

        // when
        client.command(0, TestMessages.publish(9, 1, "a/1", "b/1", "a/2"));
        client.command(0, TestMessages.openConsumer(8, "a/+", "b/+"));
        client.command(0, TestMessages.openConsumer(9, "a/+", "a/b"));
        rig.work();

        // then
        final List<UnsafeBuffer> commands = upstream.takeCommands();
        assertEquals(2, commands.size());
        assertEquals(List.of("a/1", "\0/1", "a/2"), TestMessages.topics(commands.get(0)));
        assertEquals(List.of("8 NOT_ALLOWED 0"), TestMessages.replies(client));
        assertEquals(2, counters.commandsDenied().sum());
    }

    @Test
    void shouldRefuseInPlaceWhenAMessageSpeaksForSomebodyElse() {
        // given: a client that may do everything
        final FakeClient client = rig.connect();
        final Map<String, String> plain = new LinkedHashMap<>();
        plain.put("a", "b");
        plain.put("$key", "k");

        // when
        for (final String key : List.of(ReservedHeaders.PRINCIPAL, ReservedHeaders.PACKET)) {
            final Map<String, String> forged = new LinkedHashMap<>(plain);
            forged.put(key, "admin");
            client.command(0, TestMessages.publish(9, 1, MessageHeaders.encode(forged), "a/1"));
        }
        client.command(0, TestMessages.publish(9, 1, MessageHeaders.encode(plain), "a/1"));
        client.command(0, TestMessages.publish(9, 1, new byte[] {1, 2, 3}, "a/1"));
        rig.work();

        // then
        assertEquals(
                List.of("\0/1", "\0/1", "a/1", "a/1"),
                upstream.takeCommands().stream()
                        .flatMap(command -> TestMessages.topics(command).stream())
                        .toList());
        assertEquals(2, counters.commandsDenied().sum());
    }

    private void answerDescribe(final long correlationId) {
        assertTrue(rig.answer(0, TestMessages.description(correlationId)));
    }
}
