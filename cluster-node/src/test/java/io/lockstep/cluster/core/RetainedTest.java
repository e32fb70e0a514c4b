package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RetainedTest {
    private static final long PRODUCER = 3;
    private static final long SECOND_NS = 1_000_000_000L;

    private final EngineFixture fixture = new EngineFixture();
    private long sequence;

    @Test
    void shouldKeepNothingWhenTheFeatureLevelIsTheFirst() {
        fixture.open(PRODUCER, 16, false);
        fixture.publish(RetainedMessages.entry(next(), "a", "1"));

        final CommandReplyDecoder reply =
                EngineFixture.decode(new CommandReplyDecoder(), fixture.apply(RetainedMessages.list("#")));

        assertEquals(ResultCode.UNSUPPORTED, reply.code());
        assertEquals(0, fixture.engine.parts().retained().valueCount());
        assertFalse(fixture.engine.parts().retained().isWritten());
    }

    @Test
    void shouldKeepTheNewestValueOfATopicUntilItIsCleared() {
        begin();

        publish("a", "1");
        publish("a", "2");
        fixture.publish(next().entry("a", "not kept"));

        final List<RetainedMessages.Value> values = list("a");
        assertEquals(1, values.size());
        assertEquals("2", values.get(0).payload());
        assertEquals(2, values.get(0).topicSequence());
        assertEquals(2, values.get(0).producerSequence());
        publish("a", "");
        assertEquals(List.of(), list("a"));
        assertEquals(0, fixture.engine.parts().retained().stateBytes());
    }

    @Test
    void shouldKeepValuesOfTopicsWithADollarAndHideThemFromWildcards() {
        begin();
        fixture.command(Commands.setFeatureLevel(Engine.DOLLAR_TOPICS_LEVEL));

        publish("$a/b", "1");

        assertEquals(List.of(), list("#"));
        assertEquals("1", list("$a/#").get(0).payload());
    }

    @Test
    void shouldCountTheEntriesOfABatchTogetherWhenTheLimitIsChecked() {
        begin();
        fixture.set(EngineSetting.MAX_RETAINED_BYTES, 500);

        final PublishBuilder batch = new PublishBuilder(PRODUCER, 1, 1).atomic();
        RetainedMessages.entry(batch, "a", "x".repeat(100));
        RetainedMessages.entry(batch, "b", "x".repeat(100));
        final EngineFixture.Published published = fixture.publish(batch);

        assertEquals(List.of(ResultCode.BATCH_REFUSED, ResultCode.RETAINED_FULL), published.codes());
        assertEquals(500, published.results().get(1).detail());
        assertEquals(List.of(), list("#"));
    }

    @Test
    void shouldLetAValueShrinkOrGoWhenTheLimitWasLoweredBelowIt() {
        begin();
        publish("a", "x".repeat(100));
        publish("b", "x");
        fixture.set(EngineSetting.MAX_RETAINED_BYTES, 0);

        publish("a", "x".repeat(99));
        publish("b", "");

        assertEquals(99, list("a").get(0).payload().length());
        assertEquals(List.of(), list("b"));
    }

    @Test
    void shouldBecomeTheLastValueWhenAScheduledMessageIsReleased() {
        begin();
        publish("a", "before");
        final Map<String, String> headers = new LinkedHashMap<>();
        headers.put(ReservedHeaders.RETAIN, "1");
        headers.put(ReservedHeaders.DELAY_MS, "500");
        headers.put(ReservedHeaders.EXPIRY_MS, "2000");
        fixture.publish(next().entry(
                        "a".getBytes(StandardCharsets.UTF_8),
                        MessageHeaders.encode(headers),
                        "later".getBytes(StandardCharsets.UTF_8),
                        PublishFrame.NO_CONDITION));
        assertEquals("before", list("a").get(0).payload());

        fixture.nowNs += SECOND_NS;
        expire();

        assertEquals("later", list("a").get(0).payload());
        assertEquals(2, list("a").get(0).producerSequence());
        assertEquals(fixture.nowNs, list("a").get(0).timestampNs());
        fixture.nowNs += 2 * SECOND_NS;
        assertEquals(List.of(), list("a"), "expiry counts from the release");
    }

    @Test
    void shouldRemoveExpiredValuesInPiecesWhenThereAreMany() {
        begin();
        final int count = 2 * Limits.MAX_RETAINED_EXPIRED + 1;
        for (int i = 0; i < count; i++) {
            fixture.publish(RetainedMessages.entry(next(), "t/" + i, "x", 1_500));
        }
        assertEquals(count, fixture.engine.parts().retained().valueCount());
        fixture.nowNs += 2 * SECOND_NS;

        final int left = expire();

        assertEquals(List.of(), list("#"));
        assertEquals(Limits.MAX_RETAINED_EXPIRED + 1, left);
        assertTrue(fixture.engine.timerDeadlineNs() <= fixture.nowNs, "what is left is due");
        assertEquals(0, expire());
        assertEquals(0, fixture.engine.parts().retained().stateBytes());
    }

    @Test
    void shouldAskForATimerOnceASecondWhenValuesThatExpireAreReplaced() {
        begin();
        for (int i = 0; i < 1_000; i++) {
            fixture.nowNs += SECOND_NS / 100;
            fixture.publish(RetainedMessages.entry(next(), "a", "x", 60_000));
        }

        // Ten seconds, and the checkpoints.
        assertTrue(fixture.outbox.timers.size() <= 13, fixture.outbox.timers.size() + " timers");
    }

    @Test
    void shouldGoOnBehindTopicsWithoutAMatchWhenThereAreMany() {
        begin();
        fixture.set(EngineSetting.MAX_TOPICS, 10_000);
        for (int i = 0; i < Limits.MAX_TOPICS_SCANNED + 10; i++) {
            publish("t/" + i, "x");
        }

        final RetainedMessages.Page first = page(0, "nothing/+");
        final RetainedMessages.Page second = page(first.scannedToTopicId(), "nothing/+");

        assertEquals(Limits.MAX_TOPICS_SCANNED, first.scannedToTopicId());
        assertFalse(first.isLast());
        assertEquals(List.of(), first.values());
        assertTrue(second.isLast());
    }

    @Test
    void shouldTakeMoreThanItsBytesIntoAccountWhenAValueIsCounted() {
        begin();
        final long before = fixture.engine.stateBytes();
        final int snapshotBefore = snapshotBytes();
        fixture.publish(next().entry("a", "not kept"));
        final long topicBytes = fixture.engine.stateBytes() - before;
        final int topicSnapshotBytes = snapshotBytes() - snapshotBefore;

        publish("a", "x".repeat(100));

        // A value of 100 bytes with the 14 bytes of the one header; the part is announced once in a snapshot.
        final int partHeadBytes = 8 + 12;
        final int answerBytes = Long.BYTES;
        assertEquals(160 + 14 + 100, fixture.engine.stateBytes() - before - topicBytes);
        assertEquals(
                68 + 14 + 100, snapshotBytes() - snapshotBefore - topicSnapshotBytes - partHeadBytes - answerBytes);
    }

    private int snapshotBytes() {
        return fixture.snapshot().stream().mapToInt(message -> message.length).sum();
    }

    private void begin() {
        fixture.command(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
        fixture.open(PRODUCER, 16, false);
    }

    private PublishBuilder next() {
        return new PublishBuilder(PRODUCER, 1, ++sequence);
    }

    private void publish(final String topic, final String payload) {
        final EngineFixture.Published published = fixture.publish(RetainedMessages.entry(next(), topic, payload));
        assertEquals(List.of(), published.results());
    }

    private List<RetainedMessages.Value> list(final String filter) {
        final RetainedMessages.Page page = page(0, filter);
        assertTrue(page.isLast());
        return page.values();
    }

    private RetainedMessages.Page page(final int afterTopicId, final String filter) {
        return RetainedMessages.page(
                fixture.apply(RetainedMessages.list(afterTopicId, -1, filter.getBytes(StandardCharsets.UTF_8))));
    }

    // Fires the timer and says how many values are left.
    private int expire() {
        fixture.engine.onTimer(fixture.logPosition += 64, fixture.nowNs);
        return fixture.engine.parts().retained().valueCount();
    }
}
