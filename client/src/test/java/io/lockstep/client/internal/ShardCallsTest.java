package io.lockstep.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.CommandReplyEncoder;
import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ShardCallsTest {
    private static final int SHARD_ID = 2;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long START_NS = Long.MAX_VALUE - SECOND_NS / 2;
    private static final long DEADLINE_NS = START_NS + 10 * SECOND_NS;
    private static final ShardCommand COMMAND = (buffer, header, correlationId) ->
            new DescribeShardEncoder().wrapAndApplyHeader(buffer, 0, header).correlationId(correlationId);

    private final FakeIngress ingress = new FakeIngress();
    private final ShardCalls calls = new ShardCalls();
    private final Outcome outcome = new Outcome();
    private final ShardCall call = ShardCall.of(SHARD_ID, ingress, COMMAND, DEADLINE_NS, outcome);

    @Test
    void shouldSendAgainEachSecondWithTheSameCorrelationId() {
        calls.begin(call);

        calls.doWork(START_NS);
        calls.doWork(START_NS + SECOND_NS - CallLane.CHECK_INTERVAL_NS);
        assertEquals(List.of(101L), ingress.sent);
        calls.doWork(START_NS + SECOND_NS);
        calls.doWork(START_NS + SECOND_NS + 1);

        assertEquals(List.of(101L, 101L), ingress.sent);
        assertEquals(List.of(), outcome.events);
    }

    @Test
    void shouldSendAgainAtOnceWhenTheSessionIsNew() {
        calls.begin(call);
        calls.doWork(START_NS);

        calls.onSessionRestored(SHARD_ID + 1);
        calls.doWork(START_NS + 1);
        assertEquals(1, ingress.sent.size(), "that was the session with another shard");
        calls.onSessionRestored(SHARD_ID);
        calls.doWork(START_NS + 2);

        assertEquals(List.of(101L, 101L), ingress.sent);
    }

    @Test
    void shouldTryAgainInTheNextTurnWhereTheCommandWasNotTaken() {
        ingress.isConnected = false;
        calls.begin(call);
        assertEquals(0, calls.doWork(START_NS));

        ingress.isConnected = true;
        assertEquals(1, calls.doWork(START_NS + 1));

        assertEquals(List.of(101L), ingress.sent);
    }

    @Test
    void shouldEndWithTheAnswerAndSendNoMore() {
        calls.begin(call);
        calls.doWork(START_NS);

        reply(SHARD_ID, 101);
        reply(SHARD_ID, 101);
        calls.doWork(DEADLINE_NS);

        assertEquals(List.of("answer 101"), outcome.events);
        assertTrue(call.isEnded());
        assertEquals(1, ingress.sent.size());
    }

    @Test
    void shouldIgnoreAnAnswerThatIsNotItsOwn() {
        calls.begin(call);
        calls.doWork(START_NS);

        reply(SHARD_ID, 100);
        reply(SHARD_ID + 1, 101);

        assertEquals(List.of(), outcome.events);
        assertFalse(call.isEnded());
    }

    @Test
    void shouldHandAnAnswerToTheCallThatAskedLast() {
        final Outcome secondOutcome = new Outcome();
        calls.begin(call);
        calls.doWork(START_NS);
        call.cancel();
        calls.begin(ShardCall.of(SHARD_ID, ingress, COMMAND, DEADLINE_NS, secondOutcome));
        calls.doWork(START_NS + 1);

        reply(SHARD_ID, 101);
        assertEquals(List.of(), secondOutcome.events, "the answer to the one that was given up");
        reply(SHARD_ID, 102);

        assertEquals(List.of(), outcome.events);
        assertEquals(List.of("answer 102"), secondOutcome.events);
    }

    @Test
    void shouldGiveUpOnceAtTheDeadline() {
        calls.begin(call);
        calls.doWork(START_NS);

        calls.doWork(DEADLINE_NS - CallLane.CHECK_INTERVAL_NS);
        assertFalse(call.isEnded());
        calls.doWork(DEADLINE_NS);
        assertTrue(call.isEnded());
        calls.doWork(DEADLINE_NS + 1);
        reply(SHARD_ID, 101);

        assertEquals(List.of("timeout"), outcome.events);
    }

    @Test
    void shouldSayNothingWhereItWasGivenUp() {
        calls.begin(call);
        calls.doWork(START_NS);

        call.cancel();
        calls.doWork(DEADLINE_NS);
        reply(SHARD_ID, 101);

        assertEquals(List.of(), outcome.events);
        assertEquals(1, ingress.sent.size());
    }

    @Test
    void shouldLetAListenerAskAgain() {
        final List<ShardCall> followers = new ArrayList<>();
        calls.begin(ShardCall.of(SHARD_ID, ingress, COMMAND, START_NS + 1, new Outcome() {
            @Override
            public void onTimeout() {
                final ShardCall follower = ShardCall.of(SHARD_ID, ingress, COMMAND, DEADLINE_NS, outcome);
                followers.add(follower);
                calls.begin(follower);
            }
        }));

        calls.doWork(START_NS + 1);
        calls.doWork(START_NS + 2);
        reply(SHARD_ID, followers.get(0).correlationId());

        assertEquals(List.of("answer 103"), outcome.events);
    }

    @Test
    void shouldSendInTheOrderOfTheirBeginningWhenOneIsNotTaken() {
        begin(5);
        ingress.room = 2;
        calls.doWork(START_NS);
        assertEquals(List.of(102L, 103L), ingress.sent);

        begin(1);
        ingress.room = 1;
        calls.doWork(START_NS + 1);
        assertEquals(List.of(102L, 103L, 104L), ingress.sent);
        ingress.room = Integer.MAX_VALUE;
        calls.doWork(START_NS + 2);

        assertEquals(List.of(102L, 103L, 104L, 105L, 106L, 107L), ingress.sent);
    }

    @Test
    void shouldSendAllThatAreOpenInTheOrderOfTheirBeginningWhenTheSessionIsNew() {
        begin(3);
        calls.doWork(START_NS);
        ingress.isConnected = false;
        begin(2);
        calls.doWork(START_NS + 1);
        reply(SHARD_ID, 103);
        ingress.sent.clear();

        ingress.isConnected = true;
        calls.onSessionRestored(SHARD_ID);
        calls.doWork(START_NS + 3 * SECOND_NS);

        assertEquals(List.of(102L, 104L, 105L, 106L), ingress.sent);
    }

    @Test
    void shouldSendNoneAgainBeforeItsSecondIsOverWhenOthersAreDue() {
        begin(1);
        calls.doWork(START_NS);
        begin(1);
        calls.doWork(START_NS + SECOND_NS / 2);
        ingress.sent.clear();

        calls.doWork(START_NS + SECOND_NS);

        assertEquals(List.of(102L), ingress.sent);
    }

    @Test
    void shouldHoldUpNobodyWhereAnotherShardTakesNothing() {
        final FakeIngress other = new FakeIngress();
        ingress.isConnected = false;
        calls.begin(call);
        calls.begin(ShardCall.of(SHARD_ID + 1, other, COMMAND, DEADLINE_NS, outcome));

        calls.doWork(START_NS);

        assertEquals(List.of(), ingress.sent);
        assertEquals(List.of(101L), other.sent);
    }

    @Test
    void shouldTellCallsOfDifferentShardsApartWhenTheirIdsAreEqual() {
        final Outcome otherOutcome = new Outcome();
        calls.begin(call);
        calls.begin(ShardCall.of(SHARD_ID + 1, new FakeIngress(), COMMAND, DEADLINE_NS, otherOutcome));
        calls.doWork(START_NS);

        reply(SHARD_ID + 1, 101);

        assertEquals(List.of(), outcome.events);
        assertEquals(List.of("answer 101"), otherOutcome.events);
    }

    @Test
    void shouldGiveUpAtTheDeadlineWhereTheCommandWasNeverTaken() {
        ingress.isConnected = false;
        calls.begin(call);
        calls.doWork(START_NS);

        calls.doWork(DEADLINE_NS);

        assertEquals(List.of("timeout"), outcome.events);
    }

    @Test
    void shouldGoOnWithTheNextWhenACommandCannotBeSent() {
        calls.begin(call);
        begin(1);
        ingress.failure = new IllegalArgumentException("too long");

        assertThrows(IllegalArgumentException.class, () -> calls.doWork(START_NS));
        calls.doWork(START_NS + 1);
        calls.doWork(DEADLINE_NS);

        assertEquals(102L, ingress.sent.get(0));
        assertEquals("timeout", outcome.events.get(0));
    }

    @Test
    void shouldAnswerEachOfThousandsOnceInWhateverOrder() {
        final int count = 5_000;
        begin(count);
        calls.doWork(START_NS);

        for (int i = count - 1; i >= 0; i--) {
            reply(SHARD_ID, 102 + i);
            reply(SHARD_ID, 102 + i);
        }
        calls.doWork(DEADLINE_NS);

        assertEquals(count, ingress.sent.size());
        assertEquals(count, outcome.events.size());
        assertEquals("answer " + (101 + count), outcome.events.get(0));
        assertEquals("answer 102", outcome.events.get(count - 1));
    }

    private void begin(final int count) {
        for (int i = 0; i < count; i++) {
            calls.begin(ShardCall.of(SHARD_ID, ingress, COMMAND, DEADLINE_NS, outcome));
        }
    }

    private void reply(final int shardId, final long correlationId) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[128]);
        final int offset = 16;
        final int length = new CommandReplyEncoder()
                        .wrapAndApplyHeader(buffer, offset, new MessageHeaderEncoder())
                        .correlationId(correlationId)
                        .detail(0)
                        .journalPosition(0)
                        .code(ResultCode.ACCEPTED)
                        .encodedLength()
                + MessageHeaderEncoder.ENCODED_LENGTH;
        calls.onReply(shardId, CommandReplyDecoder.TEMPLATE_ID, buffer, offset, length);
    }

    private static class Outcome implements ShardCall.Listener {
        private final List<String> events = new ArrayList<>();

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            final CommandReplyDecoder reply =
                    new CommandReplyDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
            events.add("answer " + reply.correlationId());
        }

        @Override
        public void onTimeout() {
            events.add("timeout");
        }
    }
}
