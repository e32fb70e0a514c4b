package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Published;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordFlagsDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import java.util.List;
import org.junit.jupiter.api.Test;

class AtomicBatchTest {
    private static final long PRODUCER = 7;

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void shouldFlagFirstAndLastRecordWhenBatchIsAccepted() {
        fixture.open(PRODUCER, 16, true);

        final Published published =
                fixture.publish(batch(1).entry("a", "1").entry("b", "2").entry("a", "3"));

        assertEquals(ResultCode.ACCEPTED, published.code());
        assertEquals(List.of(), published.results());
        assertFlags(0, true, false);
        assertFlags(1, false, false);
        assertFlags(2, false, true);
        assertEquals(2, fixture.record(new MessageRecordDecoder(), 2).topicSequence());
    }

    @Test
    void shouldFlagTheOneRecordAsFirstAndLastWhenBatchHoldsOneMessage() {
        fixture.open(PRODUCER, 16, true);

        fixture.publish(batch(1).entry("a", "1"));

        assertFlags(0, true, true);
    }

    @Test
    void shouldRefuseAllEntriesWhenOneIsRefused() {
        fixture.open(PRODUCER, 16, true);

        final Published published =
                fixture.publish(batch(1).entry("a", "1").entry("b/+", "2").entry("c", "3"));

        assertEquals(
                List.of(ResultCode.BATCH_REFUSED, ResultCode.BAD_TOPIC, ResultCode.BATCH_REFUSED), published.codes());
        assertEquals(0, fixture.outbox.journal.size());
        assertEquals(0, fixture.engine.topicCount());
        assertEquals(3, fixture.open(PRODUCER, 16, true).lastSequence());
    }

    @Test
    void shouldCountEarlierEntriesWhenCheckingExpectedSequences() {
        fixture.open(PRODUCER, 16, false);

        final Published right = fixture.publish(batch(1).entry("a", "1", 0)
                .entry("a", "2", 1)
                .entry("b", "1", 0)
                .entry("a", "3", 2));
        final Published wrong = fixture.publish(batch(5).entry("a", "4", 3).entry("a", "5", 3));

        assertEquals(List.of(), right.results());
        assertEquals(List.of(ResultCode.BATCH_REFUSED, ResultCode.EXPECTED_SEQUENCE_MISMATCH), wrong.codes());
        assertEquals(4, wrong.results().get(1).detail());
        assertEquals(4, fixture.outbox.journal.size());
    }

    @Test
    void shouldCountEarlierEntriesWhenCheckingTheLimitOfTopics() {
        fixture.open(PRODUCER, 16, false);
        fixture.set(EngineSetting.MAX_TOPICS, 2);

        final Published tooMany = fixture.publish(
                batch(1).entry("a", "1").entry("a", "2").entry("b", "3").entry("c", "4"));
        final Published fits =
                fixture.publish(batch(5).entry("a", "1").entry("a", "2").entry("b", "3"));

        assertEquals(ResultCode.TOO_MANY_TOPICS, tooMany.codes().get(3));
        assertEquals(List.of(), fits.results());
        assertEquals(2, fixture.engine.topicCount());
    }

    @Test
    void shouldCountEarlierEntriesWhenCheckingTheCapOfState() {
        fixture.set(EngineSetting.MAX_STATE_BYTES, 1 << 20);
        fixture.set(EngineSetting.MAX_TOPICS, 1_000_000);
        fixture.open(PRODUCER, 1024, false);
        final PublishBuilder builder = batch(1);
        for (int i = 0; i < 1_000; i++) {
            builder.entry(i + "/" + "n".repeat(1_000), "");
        }

        final Published published = fixture.publish(builder);

        assertTrue(published.codes().contains(ResultCode.STATE_FULL));
        assertEquals(0, fixture.engine.topicCount());
    }

    @Test
    void shouldAnswerWholeBatchFromKeptAnswersWhenItIsRepeated() {
        fixture.open(PRODUCER, 16, true);
        final Published first = fixture.publish(batch(1).entry("a", "1").entry("b", "2"));

        final Published repeated = fixture.publish(batch(1).entry("a", "1").entry("b", "2"));

        assertEquals(List.of(ResultCode.ACCEPTED, ResultCode.ACCEPTED), repeated.codes());
        assertEquals(first.lastPosition(), repeated.lastPosition());
        assertEquals(2, fixture.outbox.journal.size());
    }

    @Test
    void shouldRefuseWholeCommandWhenBatchIsPartlyDuplicate() {
        fixture.open(PRODUCER, 16, true);
        fixture.publish(batch(1).entry("a", "1").entry("b", "2"));

        final Published mixed = fixture.publish(batch(2).entry("b", "2").entry("c", "3"));

        assertEquals(ResultCode.MALFORMED, mixed.code());
        assertEquals(2, fixture.outbox.journal.size());
    }

    @Test
    void shouldAnswerDuplicateBatchAlsoWhenTheLimitWasLoweredSince() {
        fixture.open(PRODUCER, 16, true);
        fixture.publish(batch(1).entry("a", "1").entry("b", "2"));
        fixture.set(EngineSetting.MAX_BATCH_LENGTH, 1);

        final Published repeated = fixture.publish(batch(1).entry("a", "1").entry("b", "2"));

        assertEquals(List.of(ResultCode.ACCEPTED, ResultCode.ACCEPTED), repeated.codes());
    }

    @Test
    void shouldHoldBackBatchOfOrderedProducerAfterRefusal() {
        fixture.open(PRODUCER, 16, true);
        fixture.publish(batch(1).entry("+", "1"));

        final Published held = fixture.publish(batch(2).entry("a", "1").entry("b", "2"));

        assertEquals(List.of(ResultCode.AFTER_REFUSAL, ResultCode.BATCH_REFUSED), held.codes());
    }

    @Test
    void shouldKeepRecordsAdjacentWhenACheckpointIsDueInBetween() {
        fixture.open(PRODUCER, 128, true);
        fixture.set(EngineSetting.CHECKPOINT_MESSAGES, 64);
        final int before = fixture.outbox.journal.size();
        final PublishBuilder builder = batch(1);
        for (int i = 0; i < 100; i++) {
            builder.entry("a", "x");
        }

        fixture.publish(builder);

        for (int i = 0; i < 100; i++) {
            assertEquals(RecordKind.MESSAGE.value(), fixture.kindOfRecord(before + i));
        }
        assertEquals(RecordKind.CHECKPOINT.value(), fixture.kindOfRecord(before + 100));
    }

    private static PublishBuilder batch(final long firstSequence) {
        return new PublishBuilder(PRODUCER, 1, firstSequence).atomic();
    }

    private void assertFlags(final int index, final boolean begins, final boolean ends) {
        final RecordFlagsDecoder flags =
                fixture.record(new MessageRecordDecoder(), index).recordHeader().flags();
        assertEquals(begins, flags.batchBegin());
        if (ends) {
            assertTrue(flags.batchEnd());
        } else {
            assertFalse(flags.batchEnd());
        }
    }
}
