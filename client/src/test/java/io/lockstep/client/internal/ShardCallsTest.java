package io.lockstep.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
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
        calls.doWork(START_NS + SECOND_NS - 1);
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

        calls.doWork(DEADLINE_NS - 1);
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
