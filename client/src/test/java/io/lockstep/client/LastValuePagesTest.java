package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyEncoder;
import io.lockstep.codecs.ListRetainedDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.RetainedPageEncoder;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.junit.jupiter.api.Test;

class LastValuePagesTest {
    private static final int SHARD = 3;

    private record Question(long correlationId, int afterTopicId, long upToPosition, String filter) {}

    /** Notes what is asked, and answers when it is told to. */
    private static final class FakeCaller implements LastValuePages.Caller {
        private final List<Question> questions = new ArrayList<>();
        private ShardCall.Listener listener;
        private long correlationId;
        private boolean isCancelled;
        private boolean isReady = true;

        @Override
        public boolean isReady() {
            return isReady;
        }

        @Override
        public long nextCorrelationId() {
            return ++correlationId;
        }

        @Override
        public void call(
                final DirectBuffer command,
                final int lengthBytes,
                final long newCorrelationId,
                final ShardCall.Listener newListener) {
            final ListRetainedDecoder decoder =
                    new ListRetainedDecoder().wrapAndApplyHeader(command, 0, new MessageHeaderDecoder());
            questions.add(new Question(
                    decoder.correlationId(), decoder.afterTopicId(), decoder.upToPosition(), decoder.filter()));
            assertEquals(MessageHeaderDecoder.ENCODED_LENGTH + decoder.encodedLength(), lengthBytes);
            listener = newListener;
        }

        @Override
        public void cancel() {
            isCancelled = true;
        }

        private void answer(
                final long journalPosition, final boolean isLast, final int scannedToTopicId, final String... topics) {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
            final byte[] headers = MessageHeaders.encode(Map.of("$retain", "1"));
            final RetainedPageEncoder page = new RetainedPageEncoder()
                    .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                    .correlationId(correlationId)
                    .journalPosition(journalPosition)
                    .isLast(isLast ? BooleanType.TRUE : BooleanType.FALSE)
                    .scannedToTopicId(scannedToTopicId);
            final RetainedPageEncoder.ValuesEncoder group = page.valuesCount(topics.length);
            for (int i = 0; i < topics.length; i++) {
                final byte[] payload = ("value of " + topics[i]).getBytes(StandardCharsets.UTF_8);
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
            listener.onAnswer(
                    RetainedPageEncoder.TEMPLATE_ID,
                    buffer,
                    0,
                    MessageHeaderEncoder.ENCODED_LENGTH + page.encodedLength());
        }

        private void refuse(final ResultCode code) {
            final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
            final CommandReplyEncoder reply = new CommandReplyEncoder()
                    .wrapAndApplyHeader(buffer, 0, new MessageHeaderEncoder())
                    .correlationId(correlationId)
                    .detail(0)
                    .journalPosition(0)
                    .code(code);
            listener.onAnswer(
                    CommandReplyEncoder.TEMPLATE_ID,
                    buffer,
                    0,
                    MessageHeaderEncoder.ENCODED_LENGTH + reply.encodedLength());
        }
    }

    private final FakeCaller caller = new FakeCaller();

    @Test
    void shouldAskForTheNextPageWhenAllValuesWereTaken() {
        final LastValuePages pages = pages(true, "#");

        assertEquals(1, pages.doWork());
        assertEquals(0, pages.doWork());
        caller.answer(8192, false, 11, "a", "b");
        assertEquals(0, pages.doWork());
        assertEquals(List.of("a", "b"), take(pages));
        assertEquals(1, pages.doWork());
        caller.answer(9000, true, 12, "c");

        assertEquals(List.of("c"), take(pages));
        assertTrue(pages.isDone());
        assertEquals(8192, pages.journalPosition());
        assertEquals(List.of(new Question(1, 0, -1, "#"), new Question(2, 11, 8192, "#")), caller.questions);
    }

    @Test
    void shouldAskForNewerValuesTooWhenNobodyGoesOnWithTheJournal() {
        final LastValuePages pages = pages(false, "#");
        pages.doWork();
        caller.answer(8192, false, 11);

        pages.doWork();

        assertEquals(-1, caller.questions.get(1).upToPosition());
    }

    @Test
    void shouldShowAValueAsAMessage() {
        final LastValuePages pages = pages(true, "#");
        pages.doWork();
        caller.answer(8192, true, 11, "x", "plant/7");
        pages.next();

        final Message message = new Message();
        message.wrap(SHARD, pages.record(), 0, pages.position());

        assertEquals("plant/7", message.topic());
        assertEquals(101, message.position());
        assertEquals(21, message.topicSequence());
        assertEquals(31, message.timestampNs());
        assertEquals(41, message.producerId());
        assertEquals(51, message.producerSequence());
        assertEquals(0, message.shardSequence());
        assertEquals(Map.of("$retain", "1"), message.headers());
        assertEquals("value of plant/7", message.payloadText());
        assertEquals(SHARD, new LastValue(message).shardId());
        assertEquals("value of plant/7", new LastValue(message).payloadText());
    }

    @Test
    void shouldGiveAValueOnceWhenSeveralFiltersMatch() {
        final LastValuePages pages = pages(true, "a/+", "a/#", "b");
        pages.doWork();
        caller.answer(8192, true, 12, "a/1", "a/2");
        assertEquals(List.of("a/1", "a/2"), take(pages));

        pages.doWork();
        caller.answer(8192, true, 12, "a/1", "a/1/x", "a/2");
        assertEquals(List.of("a/1/x"), take(pages));
        pages.doWork();
        caller.answer(8192, true, 12);

        assertTrue(pages.isDone());
        assertEquals(
                List.of("a/+", "a/#", "b"),
                caller.questions.stream().map(Question::filter).toList());
        assertEquals(8192, caller.questions.get(1).upToPosition());
    }

    @Test
    void shouldNotAskBeforeTheShardIsReady() {
        final LastValuePages pages = pages(true, "#");
        caller.isReady = false;
        assertEquals(0, pages.doWork());
        caller.isReady = true;

        assertEquals(1, pages.doWork());

        assertEquals(1, caller.questions.size());
    }

    @Test
    void shouldAskAgainWhenNoAnswerCame() {
        final LastValuePages pages = pages(true, "#");
        pages.doWork();
        caller.listener.onTimeout();

        pages.doWork();

        assertEquals(List.of(new Question(1, 0, -1, "#"), new Question(2, 0, -1, "#")), caller.questions);
        pages.close();
        assertTrue(caller.isCancelled);
    }

    @Test
    void shouldThrowASentenceWhenTheShardKeepsNoLastValues() {
        final LastValuePages pages = pages(true, "#");
        pages.doWork();
        caller.refuse(ResultCode.UNSUPPORTED);

        final LockstepException thrown = assertThrows(LockstepException.class, pages::doWork);

        assertTrue(thrown.getMessage().contains("feature level"), thrown.getMessage());
        assertFalse(pages.isDone());
    }

    private LastValuePages pages(final boolean isContinued, final String... filters) {
        return new LastValuePages(
                SHARD, Arrays.stream(filters).map(TopicFilter::parse).toArray(TopicFilter[]::new), isContinued, caller);
    }

    private static List<String> take(final LastValuePages pages) {
        final List<String> topics = new ArrayList<>();
        final Message message = new Message();
        while (pages.hasValue()) {
            message.wrap(SHARD, pages.record(), 0, pages.position());
            topics.add(message.topic());
            pages.next();
        }
        return topics;
    }
}
