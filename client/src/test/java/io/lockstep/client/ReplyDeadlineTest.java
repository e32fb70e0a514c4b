package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.DirectBufferVector;
import io.aeron.Publication;
import io.lockstep.client.internal.ProducerChannel;
import io.lockstep.client.internal.ProducerListener;
import io.lockstep.client.internal.ShardIngress;
import io.lockstep.client.window.EntryLayout;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.ProducerOpenedEncoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.PublishReplyEncoder;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ReplyDeadlineTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);
    // Where differences of times overflow before the times do.
    private static final long NOW_NS = Long.MAX_VALUE - 20 * SECOND_NS;

    private final ReplyDeadline deadline = new ReplyDeadline();

    @Test
    void shouldTryUntilTheRequestIsOverWhenItsTimeIsLong() {
        // when: it may last 100 s and is 10 s old
        reply(true, 100_000, 10 * SECOND_NS);

        // then
        assertFalse(deadline.isOver(NOW_NS + 90 * SECOND_NS - 1));
        assertTrue(deadline.isOver(NOW_NS + 90 * SECOND_NS));
    }

    @Test
    void shouldTryAsLongAsOtherMessagesWhenTheRequestIsOver() {
        // when
        reply(true, 500, 10 * SECOND_NS);

        // then
        assertFalse(deadline.isOver(NOW_NS + ReplyDeadline.LEAST_NS - 1));
        assertTrue(deadline.isOver(NOW_NS + ReplyDeadline.LEAST_NS));
    }

    @Test
    void shouldTryForLongWhenTheRequestDoesNotExpire() {
        // when
        reply(true, -1, 10 * SECOND_NS);

        // then
        assertFalse(deadline.isOver(NOW_NS + ReplyDeadline.WITHOUT_EXPIRY_NS - 1));
        assertTrue(deadline.isOver(NOW_NS + ReplyDeadline.WITHOUT_EXPIRY_NS));
    }

    @Test
    void shouldTryAsLongAsAnyIsWantedWhenSeveralAreUnanswered() {
        // when
        reply(true, 40_000, 0);
        reply(false, 200_000, 0);
        reply(false, 60_000, 0);

        // then
        assertFalse(deadline.isOver(NOW_NS + 200 * SECOND_NS - 1));
        assertTrue(deadline.isOver(NOW_NS + 200 * SECOND_NS));
    }

    @Test
    void shouldForgetWhatWasAnsweredWhenAReplyIsTheOnlyOne() {
        // when
        reply(true, 200_000, 0);
        reply(true, 60_000, 0);

        // then
        assertTrue(deadline.isOver(NOW_NS + 60 * SECOND_NS));
    }

    @Test
    void shouldNotOverflowWhenTheRequestLastsForAllTimes() {
        // when
        reply(true, Long.MAX_VALUE, -SECOND_NS);

        // then
        assertFalse(deadline.isOver(NOW_NS + TimeUnit.DAYS.toNanos(9_000)));
    }

    /** What a responder's publisher consists of for each shard, on virtual time. */
    @Test
    void shouldPublishTheReplyOnceWhenTheOutageLastedLongerThanAnyMessageIsTried() {
        // given
        final Shard shard = new Shard();
        final long expiryMs = TimeUnit.MINUTES.toMillis(20);
        reply(true, expiryMs, 0);
        shard.isConnected = false;
        shard.offer();

        // when
        long nowNs = NOW_NS;
        while (!deadline.isOver(nowNs + SECOND_NS)) {
            nowNs += SECOND_NS / 2;
            shard.channel.doWork(nowNs);
        }
        shard.isConnected = true;
        shard.channel.onSessionRestored(nowNs);
        shard.channel.doWork(nowNs);
        shard.answer(nowNs);

        // then
        assertTrue(nowNs - NOW_NS > TimeUnit.MINUTES.toNanos(19));
        assertEquals(List.of("accepted 1"), shard.fates);
        assertEquals(1, shard.sentCount);
        assertEquals(0, shard.channel.window().size());
    }

    private void reply(final boolean isOnlyOne, final long expiryMs, final long ageNs) {
        deadline.onReply(isOnlyOne, ReplyDeadline.wantedUntilNs(expiryMs, ageNs, NOW_NS), NOW_NS);
    }

    /** Takes commands while it is connected, and answers when it is told to. */
    private static final class Shard implements ShardIngress, ProducerListener {
        private static final byte[] TOPIC = "reply/1".getBytes(StandardCharsets.UTF_8);

        private final PublisherConfig config = Responder.publisherConfig();
        private final ProducerChannel channel = new ProducerChannel(
                0,
                1,
                config.window(),
                config.bufferLength(),
                config.maxInFlightCommands(),
                config.isOrdered(),
                config.deadlineNs(),
                config.resendIntervalNs(),
                this,
                this);
        private final List<String> fates = new ArrayList<>();
        private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[256]);
        private boolean isConnected = true;
        private int sentCount;
        private long correlationId;

        private Shard() {
            channel.open(NOW_NS);
            channel.doWork(NOW_NS);
            new ProducerOpenedEncoder()
                    .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                    .correlationId(correlationId)
                    .producerId(1)
                    .lastSequence(0)
                    .lastRefusedSequence(0)
                    .detail(0)
                    .epoch(1)
                    .windowLength(config.window())
                    .code(ResultCode.ACCEPTED);
            channel.onProducerOpened(
                    new ProducerOpenedDecoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderDecoder()));
        }

        private void offer() {
            final int length = EntryLayout.encodedLength(TOPIC.length, 0, 0);
            final int index = channel.window().tryAppend(length, 1);
            final UnsafeBuffer window = channel.window().buffer();
            int next = EntryLayout.putHead(window, index, EntryLayout.NO_CONDITION, TOPIC);
            next = EntryLayout.putBytes(window, next, null, 0, 0);
            EntryLayout.putBytes(window, next, null, 0, 0);
            channel.window().append(1, length, NOW_NS);
            channel.onAppended(NOW_NS);
        }

        private void answer(final long nowNs) {
            new PublishReplyEncoder()
                    .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                    .producerId(1)
                    .firstSequence(1)
                    .lastSequence(1)
                    .lastPosition(4_096)
                    .detail(0)
                    .epoch(1)
                    .code(ResultCode.ACCEPTED)
                    .resultsCount(0);
            channel.onPublishReply(
                    new PublishReplyDecoder().wrapAndApplyHeader(buffer, 0, new MessageHeaderDecoder()), nowNs);
        }

        @Override
        public boolean isConnected() {
            return isConnected;
        }

        @Override
        public long offer(final DirectBuffer command, final int offset, final int length) {
            return isConnected ? 1 : Publication.NOT_CONNECTED;
        }

        @Override
        public long offer(final DirectBufferVector[] vectors) {
            if (!isConnected) {
                return Publication.NOT_CONNECTED;
            }
            sentCount++;
            return 1;
        }

        @Override
        public long nextCorrelationId() {
            return ++correlationId;
        }

        @Override
        public String lastError() {
            return "";
        }

        @Override
        public void onFate(
                final int shardId, final long messageId, final int code, final long detail, final long position) {
            fates.add((code == ResultCode.ACCEPTED.value() ? "accepted " : "code " + code + " ") + messageId);
        }

        @Override
        public void onFailed(final int shardId, final String reason) {
            fates.add(reason);
        }
    }
}
