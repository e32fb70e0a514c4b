package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Published;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.RollingHash;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class PublishTest {
    private static final long PRODUCER = 7;

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void shouldAnswerTheGreatestBatchWithTheLongestReply() {
        fixture.set(EngineSetting.MAX_BATCH_LENGTH, Limits.MAX_BATCH_LENGTH);
        fixture.open(1, 16_384, false);
        final PublishBuilder builder = new PublishBuilder(1, 1, 1);
        for (int i = 0; i < Limits.MAX_BATCH_LENGTH; i++) {
            builder.entry("+", "");
        }

        final byte[] reply = fixture.apply(builder.build());

        assertEquals(Limits.MAX_REPLY_LENGTH, reply.length);
        assertEquals(
                Limits.MAX_BATCH_LENGTH,
                EngineFixture.decodePublished(reply).results().size());
    }

    @Test
    void shouldTakeTopicsWithADollarFromTheirFeatureLevelOn() {
        fixture.open(PRODUCER, 16, false);
        final List<ResultCode> refused =
                List.of(ResultCode.RESERVED_TOPIC, ResultCode.RESERVED_TOPIC, ResultCode.RESERVED_TOPIC);

        fixture.command(Commands.setFeatureLevel(Engine.SESSIONS_LEVEL));
        assertEquals(refused, dollarTopics(1).codes());
        assertEquals(
                ResultCode.RESERVED_TOPIC,
                fixture.command(Commands.createTopic("$b")).code());
        fixture.command(Commands.setFeatureLevel(Engine.DOLLAR_TOPICS_LEVEL));
        assertEquals(
                List.of(ResultCode.ACCEPTED, ResultCode.RESERVED_TOPIC, ResultCode.RESERVED_TOPIC),
                dollarTopics(4).codes());
        assertEquals(
                ResultCode.ACCEPTED, fixture.command(Commands.createTopic("$b")).code());
        assertEquals(
                ResultCode.RESERVED_TOPIC,
                fixture.command(Commands.createTopic("$SYS")).code());
    }

    private Published dollarTopics(final long sequence) {
        return fixture.publish(new PublishBuilder(PRODUCER, 1, sequence)
                .entry("$TopicA", "x")
                .entry("$dead/a", "x")
                .entry("$SYS/a", "x"));
    }

    @Test
    void shouldJournalAcceptedMessageWithAllItsFields() {
        fixture.open(PRODUCER, 16, true);
        final byte[] headers = MessageHeaders.encode(Map.of("unit", "C"));

        final Published published = fixture.publish(new PublishBuilder(PRODUCER, 1, 1)
                .entry(bytes("plant/7"), headers, bytes("42"), PublishFrame.NO_CONDITION));

        final MessageRecordDecoder record = fixture.record(new MessageRecordDecoder(), 0);
        assertEquals(RecordKind.MESSAGE, record.recordHeader().kind());
        assertEquals(1, record.recordHeader().shardSequence());
        assertEquals(fixture.logPosition, record.recordHeader().raftLogPosition());
        assertEquals(fixture.nowNs, record.recordHeader().timestampNs());
        assertEquals(1, record.topicSequence());
        assertEquals(PRODUCER, record.producerId());
        assertEquals(1, record.producerSequence());
        assertEquals(1, record.topicId());
        assertEquals("plant/7", record.topicName());
        final byte[] foundHeaders = new byte[record.headersLength()];
        record.getHeaders(foundHeaders, 0, foundHeaders.length);
        assertEquals(
                Map.of("unit", "C"), MessageHeaders.decode(MessageHeaders.wrap(foundHeaders), 0, foundHeaders.length));
        assertEquals(2, record.payloadLength());
        assertEquals(ResultCode.ACCEPTED, published.code());
        assertEquals(List.of(), published.results());
        assertEquals(fixture.outbox.journal.get(0).endPosition(), published.lastPosition());
    }

    @Test
    void shouldChainRecordsByPositionChecksumAndHash() {
        fixture.open(PRODUCER, 1024, false);
        final String large = "x".repeat(100_000);
        for (int i = 0; i < 400; i++) {
            fixture.publish(new PublishBuilder(PRODUCER, 1, i + 1).entry("a", i % 2 == 0 ? large : "small"));
        }

        long position = 0;
        long hash = RollingHash.SEED;
        long sequence = 0;
        final RecordLayout layout = new RecordLayout();
        for (final FakeOutbox.JournalRecord record : fixture.outbox.journal) {
            final UnsafeBuffer buffer = new UnsafeBuffer(record.bytes());
            assertTrue(layout.isIntact(buffer, 0, buffer.capacity()));
            assertEquals(++sequence, RecordLayout.shardSequence(buffer, 0));
            position = JournalFormat.endPosition(position, buffer.capacity());
            hash = RollingHash.update(hash, buffer, 0, buffer.capacity());
            assertEquals(position, record.endPosition());
        }
        assertEquals(position, fixture.engine.journalPosition());
        assertEquals(hash, fixture.engine.rollingHash());
        assertEquals(sequence, fixture.engine.shardSequence());
        assertEquals(400, fixture.engine.messageCount());
        assertTrue(position > JournalFormat.TERM_LENGTH, "the journal should have rotated its term");
    }

    @Test
    void shouldRefuseWholeCommandWhenProducerIsUnknownOrFenced() {
        assertRefused(ResultCode.PRODUCER_UNKNOWN, 0, new PublishBuilder(PRODUCER, 1, 1).entry("a", "1"));
        fixture.open(PRODUCER, 16, true);
        fixture.open(PRODUCER, 16, true);

        assertRefused(ResultCode.PRODUCER_FENCED, 2, new PublishBuilder(PRODUCER, 1, 1).entry("a", "1"));
        assertRefused(ResultCode.PRODUCER_UNKNOWN, 0, new PublishBuilder(PRODUCER, 3, 1).entry("a", "1"));
    }

    @Test
    void shouldRefuseWholeCommandWhenSequencesAreMissing() {
        fixture.open(PRODUCER, 16, true);
        fixture.publish(new PublishBuilder(PRODUCER, 1, 1).entry("a", "1"));

        assertRefused(ResultCode.SEQUENCE_GAP, 2, new PublishBuilder(PRODUCER, 1, 3).entry("a", "3"));
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.publish(new PublishBuilder(PRODUCER, 1, 2).entry("a", "2"))
                        .code());
    }

    @Test
    void shouldRefuseWholeCommandWhenBatchExceedsWindowOrSetting() {
        fixture.open(PRODUCER, 2, true);
        final PublishBuilder three = new PublishBuilder(PRODUCER, 1, 1)
                .entry("a", "1")
                .entry("a", "2")
                .entry("a", "3");
        assertRefused(ResultCode.BATCH_TOO_LARGE, 2, three);

        fixture.open(PRODUCER, 16, true);
        fixture.set(EngineSetting.MAX_BATCH_LENGTH, 1);
        assertRefused(
                ResultCode.BATCH_TOO_LARGE,
                1,
                new PublishBuilder(PRODUCER, 2, 1).entry("a", "1").entry("a", "2"));
    }

    @Test
    void shouldRefuseWholeCommandWhenItHoldsNoEntries() {
        fixture.open(PRODUCER, 2, true);

        assertRefused(ResultCode.MALFORMED, 0, new PublishBuilder(PRODUCER, 1, 1));
    }

    @Test
    void shouldRefuseMoreEntriesThanThereIsRoomFor() {
        fixture.open(PRODUCER, 16_384, true);
        final PublishBuilder builder = new PublishBuilder(PRODUCER, 1, 1);
        for (int i = 0; i <= Limits.MAX_BATCH_LENGTH; i++) {
            builder.entry("a", "");
        }

        assertRefused(ResultCode.BATCH_TOO_LARGE, 1024, builder);
    }

    @Test
    void shouldAnswerDuplicatesFromKeptAnswersAndProcessTheRest() {
        fixture.open(PRODUCER, 16, false);
        fixture.publish(new PublishBuilder(PRODUCER, 1, 1).entry("a", "1").entry("+", "2"));
        final long firstPosition = fixture.outbox.journal.get(0).endPosition();

        final Published published = fixture.publish(new PublishBuilder(PRODUCER, 1, 1)
                .entry("a", "1")
                .entry("+", "2")
                .entry("a", "3"));

        assertEquals(2, fixture.outbox.journal.size());
        assertEquals(List.of(ResultCode.ACCEPTED, ResultCode.BAD_TOPIC, ResultCode.ACCEPTED), published.codes());
        assertEquals(firstPosition, published.results().get(0).position());
        assertEquals(-1, published.results().get(1).position());
        assertEquals(
                fixture.engine.journalPosition(), published.results().get(2).position());
        assertEquals(fixture.engine.journalPosition(), published.lastPosition());
    }

    @Test
    void shouldSayThatAnAnswerIsForgottenWhenItIsOlderThanTheWindow() {
        fixture.open(PRODUCER, 2, false);
        for (int i = 1; i <= 3; i++) {
            fixture.publish(new PublishBuilder(PRODUCER, 1, i).entry("a", "x"));
        }

        final Published oldest = fixture.publish(new PublishBuilder(PRODUCER, 1, 1).entry("a", "x"));
        final Published kept = fixture.publish(new PublishBuilder(PRODUCER, 1, 2).entry("a", "x"));

        assertEquals(List.of(ResultCode.ANSWER_FORGOTTEN), oldest.codes());
        assertEquals(List.of(ResultCode.ACCEPTED), kept.codes());
        assertEquals(3, fixture.outbox.journal.size());
    }

    @Test
    void shouldHoldBackOrderedProducerUntilItHasTakenNote() {
        fixture.open(PRODUCER, 16, true);

        final Published refused = fixture.publish(new PublishBuilder(PRODUCER, 1, 1)
                .entry("a", "1")
                .entry("a/#", "2")
                .entry("a", "3"));
        final Published early =
                fixture.publish(new PublishBuilder(PRODUCER, 1, 4).noted(2).entry("a", "4"));
        final Published ahead =
                fixture.publish(new PublishBuilder(PRODUCER, 1, 5).noted(3).entry("a", "5"));
        final Published noted =
                fixture.publish(new PublishBuilder(PRODUCER, 1, 6).noted(5).entry("a", "6"));

        assertEquals(List.of(ResultCode.ACCEPTED, ResultCode.BAD_TOPIC, ResultCode.AFTER_REFUSAL), refused.codes());
        assertEquals(List.of(ResultCode.AFTER_REFUSAL), early.codes());
        assertEquals(List.of(ResultCode.AFTER_REFUSAL), ahead.codes());
        assertEquals(ResultCode.ACCEPTED, noted.code());
        assertEquals(List.of(), noted.results());
    }

    @Test
    void shouldNotTakeNoteOfRefusalsThatHaveNotHappened() {
        fixture.open(PRODUCER, 16, true);

        fixture.publish(new PublishBuilder(PRODUCER, 1, 1).noted(1_000).entry("+", "1"));
        final Published after = fixture.publish(new PublishBuilder(PRODUCER, 1, 2).entry("a", "2"));

        assertEquals(List.of(ResultCode.AFTER_REFUSAL), after.codes());
    }

    @Test
    void shouldNotHoldBackUnorderedProducer() {
        fixture.open(PRODUCER, 16, false);

        final Published published = fixture.publish(
                new PublishBuilder(PRODUCER, 1, 1).entry("+", "1").entry("a", "2"));

        assertEquals(List.of(ResultCode.BAD_TOPIC, ResultCode.ACCEPTED), published.codes());
    }

    @Test
    void shouldRefuseEntriesOneByOneWithTheirCodes() {
        fixture.open(PRODUCER, 64, false);
        fixture.set(EngineSetting.MAX_PAYLOAD_LENGTH, 10);
        fixture.set(EngineSetting.MAX_HEADERS_LENGTH, 20);
        fixture.set(EngineSetting.MAX_HEADER_COUNT, 1);
        fixture.set(EngineSetting.MAX_TOPICS, 1);
        final byte[] two = MessageHeaders.encode(Map.of("a", "", "b", ""));

        final Published published = fixture.publish(new PublishBuilder(PRODUCER, 1, 1)
                .entry("", "x")
                .entry("a/#", "x")
                .entry("a".repeat(1025), "x")
                .entry(new byte[] {(byte) 0xC0, (byte) 0x80}, new byte[0], new byte[0], -1)
                .entry("$sys", "x")
                .entry("a", "01234567890")
                .entry(bytes("a"), new byte[21], bytes("x"), -1)
                .entry(bytes("a"), new byte[3], bytes("x"), -1)
                .entry(bytes("a"), two, bytes("x"), -1)
                .entry("a", "x")
                .entry("b", "x")
                .entry("a", "x", 0)
                .entry("a", "x", 1));

        assertEquals(
                List.of(
                        ResultCode.BAD_TOPIC,
                        ResultCode.BAD_TOPIC,
                        ResultCode.BAD_TOPIC,
                        ResultCode.BAD_TOPIC,
                        ResultCode.RESERVED_TOPIC,
                        ResultCode.PAYLOAD_TOO_LARGE,
                        ResultCode.HEADERS_TOO_LARGE,
                        ResultCode.BAD_HEADERS,
                        ResultCode.BAD_HEADERS,
                        ResultCode.ACCEPTED,
                        ResultCode.TOO_MANY_TOPICS,
                        ResultCode.EXPECTED_SEQUENCE_MISMATCH,
                        ResultCode.ACCEPTED),
                published.codes());
        assertEquals(10, published.results().get(5).detail());
        assertEquals(20, published.results().get(6).detail());
        assertEquals(1, published.results().get(11).detail());
    }

    @Test
    void shouldRefuseNewTopicWhenCreationIsOffButTakeExistingOnes() {
        fixture.open(PRODUCER, 64, false);
        fixture.set(EngineSetting.AUTO_CREATE_TOPICS, 0);
        fixture.command(Commands.createTopic("known"));

        final Published published = fixture.publish(
                new PublishBuilder(PRODUCER, 1, 1).entry("known", "x", 0).entry("unknown", "x"));

        assertEquals(List.of(ResultCode.ACCEPTED, ResultCode.TOPIC_UNKNOWN), published.codes());
    }

    @Test
    void shouldRefuseTopicsOfOtherShards() {
        fixture.command(Commands.seed(1, 2, Map.of()));
        fixture.open(PRODUCER, 64, false);

        int accepted = 0;
        int elsewhere = 0;
        for (int i = 0; i < 64; i++) {
            final Published published =
                    fixture.publish(new PublishBuilder(PRODUCER, 1, i + 1).entry("topic/" + i, "x"));
            if (published.results().isEmpty()) {
                accepted++;
            } else {
                assertEquals(ResultCode.WRONG_SHARD, published.results().get(0).code());
                assertEquals(1, published.results().get(0).detail());
                elsewhere++;
            }
        }

        assertTrue(accepted > 16 && elsewhere > 16, accepted + " here, " + elsewhere + " elsewhere");
    }

    @Test
    void shouldRefuseMessagesWhileReadOnlyAndGoOnAfterwards() {
        fixture.open(PRODUCER, 64, false);
        fixture.command(Commands.setReadOnly(2, true));
        final Published refused = fixture.publish(new PublishBuilder(PRODUCER, 1, 1).entry("a", "x"));
        fixture.command(Commands.setReadOnly(2, false));
        final Published accepted = fixture.publish(new PublishBuilder(PRODUCER, 1, 2).entry("a", "x"));

        assertEquals(List.of(ResultCode.READ_ONLY), refused.codes());
        assertEquals(List.of(), accepted.results());
        assertEquals(ResultCode.ACCEPTED, accepted.code());
    }

    @Test
    void shouldRefuseNewTopicsWhenStateIsFullButTakeMessages() {
        fixture.set(EngineSetting.MAX_STATE_BYTES, 1 << 20);
        fixture.set(EngineSetting.MAX_TOPICS, 1_000_000);
        fixture.open(PRODUCER, 64, false);
        long sequence = 0;
        Published last;
        do {
            sequence++;
            last = fixture.publish(
                    new PublishBuilder(PRODUCER, 1, sequence).entry(sequence + "/" + "n".repeat(900), "x"));
        } while (last.results().isEmpty());

        assertEquals(List.of(ResultCode.STATE_FULL), last.codes());
        assertTrue(fixture.engine.stateBytes() <= 1 << 20);
        final Published existing =
                fixture.publish(new PublishBuilder(PRODUCER, 1, sequence + 1).entry("1/" + "n".repeat(900), "x"));
        assertEquals(List.of(), existing.results());
    }

    private void assertRefused(final ResultCode code, final long detail, final PublishBuilder builder) {
        final int recordsBefore = fixture.outbox.journal.size();
        final Published published = fixture.publish(builder);
        assertEquals(code, published.code());
        assertEquals(detail, published.detail());
        assertEquals(-1, published.lastPosition());
        assertEquals(List.of(), published.results());
        assertEquals(recordsBefore, fixture.outbox.journal.size());
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
