package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.EngineFixture.Answer;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.codecs.TopicsPageDecoder;
import io.lockstep.config.EngineSetting;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ShardCommandTest {
    private record Page(boolean isLast, int scannedTo, List<String> names) {}

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void shouldHoldDefaultsUntilSettingsAreSeeded() {
        for (final EngineSetting setting : EngineSetting.values()) {
            assertEquals(setting.defaultValue(), fixture.engine.setting(setting));
        }
        assertEquals(0, fixture.engine.shardId());
        assertFalse(fixture.engine.isSeeded());
    }

    @Test
    void shouldSeedOnce() {
        final Answer first = fixture.command(Commands.seed(1, 2, Map.of(EngineSetting.MAX_TOPICS, 5L)));
        final Answer second = fixture.command(Commands.seed(0, 2, Map.of(EngineSetting.MAX_TOPICS, 6L)));

        assertEquals(ResultCode.ACCEPTED, first.code());
        assertEquals(ResultCode.ALREADY_SEEDED, second.code());
        assertEquals(1, fixture.engine.shardId());
        assertEquals(5, fixture.engine.setting(EngineSetting.MAX_TOPICS));
        assertTrue(fixture.engine.isSeeded());
        assertEvent(0, RecordKind.SETTINGS_CHANGED, EngineSetting.MAX_TOPICS.id(), 5);
        assertEquals(1, fixture.outbox.journal.size());
    }

    @Test
    void shouldTakeNoProducersTopicsAndMessagesBeforeItIsSeeded() {
        fixture.beginTerm();

        assertEquals(ResultCode.NOT_SEEDED, fixture.open(1, 16, true).code());
        assertEquals(new Answer(ResultCode.NOT_SEEDED, 0), fixture.command(Commands.createTopic("a")));
        assertEquals(
                ResultCode.NOT_SEEDED,
                fixture.publish(new PublishBuilder(1, 1, 1).entry("a", "x")).code());
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.command(Commands.setReadOnly(1, false)).code());
        assertEquals(0, fixture.engine.topicCount());
        assertEquals(0, fixture.engine.producerCount());

        fixture.command(Commands.seed(0, 1, Map.of()));

        assertEquals(1, fixture.open(1, 16, true).epoch());
        assertEquals(
                ResultCode.ACCEPTED, fixture.command(Commands.createTopic("a")).code());
        assertEquals(
                ResultCode.ACCEPTED,
                fixture.publish(new PublishBuilder(1, 1, 1).entry("a", "x")).code());
    }

    @Test
    void shouldRefuseSeedWithImpossibleShard() {
        for (final int[] shard : new int[][] {{0, 0}, {2, 2}, {-1, 2}, {0, Limits.MAX_SHARDS + 1}}) {
            assertEquals(
                    new Answer(ResultCode.BAD_SETTING, 0),
                    fixture.command(Commands.seed(shard[0], shard[1], Map.of())));
        }
        assertFalse(fixture.engine.isSeeded());
    }

    @Test
    void shouldApplyAllSettingsOrNone() {
        final Answer answer = fixture.command(
                Commands.seed(0, 1, Map.of(EngineSetting.MAX_TOPICS, 5L, EngineSetting.MAX_PRODUCERS, 0L)));

        assertEquals(new Answer(ResultCode.BAD_SETTING, EngineSetting.MAX_PRODUCERS.id()), answer);
        assertEquals(EngineSetting.MAX_TOPICS.defaultValue(), fixture.engine.setting(EngineSetting.MAX_TOPICS));
        assertFalse(fixture.engine.isSeeded());
        assertEquals(0, fixture.outbox.journal.size());
    }

    @Test
    void shouldRefuseUnknownSettings() {
        assertEquals(new Answer(ResultCode.BAD_SETTING, 999), fixture.command(Commands.change(999, 1)));
    }

    @Test
    void shouldTrimWithinTheJournalOnly() {
        fixture.open(1, 16, true);
        fixture.publish(new PublishBuilder(1, 1, 1).entry("a", "1").entry("a", "2"));
        final long end = fixture.engine.journalPosition();
        final long middle = fixture.outbox.journal.get(0).endPosition();

        assertEquals(new Answer(ResultCode.BAD_POSITION, end), fixture.command(Commands.trimJournal(end + 32)));
        assertEquals(new Answer(ResultCode.BAD_POSITION, end), fixture.command(Commands.trimJournal(middle + 1)));
        assertEquals(new Answer(ResultCode.ACCEPTED, middle), fixture.command(Commands.trimJournal(middle)));
        assertEvent(2, RecordKind.JOURNAL_TRIMMED, middle, 0);
        assertEquals(new Answer(ResultCode.ACCEPTED, middle), fixture.command(Commands.trimJournal(0)));
        assertEquals(middle, fixture.engine.firstReadablePosition());
        assertEquals(3, fixture.outbox.journal.size());
    }

    @Test
    void shouldStayReadOnlyAsLongAsAnyNodeAsksForIt() {
        fixture.command(Commands.setReadOnly(0, true));
        fixture.command(Commands.setReadOnly(63, true));
        fixture.command(Commands.setReadOnly(63, true));
        fixture.command(Commands.setReadOnly(0, false));
        assertTrue(fixture.engine.isReadOnly());
        assertTrue(fixture.engine.isReadOnlyNode(63));

        fixture.command(Commands.setReadOnly(63, false));

        assertFalse(fixture.engine.isReadOnly());
        assertEvent(0, RecordKind.READ_ONLY_CHANGED, 1, 1);
        assertEvent(1, RecordKind.READ_ONLY_CHANGED, 1, Long.MIN_VALUE + 1);
        assertEvent(2, RecordKind.READ_ONLY_CHANGED, 1, Long.MIN_VALUE);
        assertEvent(3, RecordKind.READ_ONLY_CHANGED, 0, 0);
        assertEquals(
                ResultCode.MALFORMED,
                fixture.command(Commands.setReadOnly(64, true)).code());
    }

    @Test
    void shouldTakeKnownFeatureLevelsOnly() {
        assertEquals(new Answer(ResultCode.BAD_FEATURE_LEVEL, 1), fixture.command(Commands.setFeatureLevel(2)));
        assertEquals(
                new Answer(ResultCode.ACCEPTED, Engine.FEATURE_LEVEL),
                fixture.command(Commands.setFeatureLevel(Engine.FEATURE_LEVEL)));
        assertEquals(
                new Answer(ResultCode.BAD_FEATURE_LEVEL, Engine.FEATURE_LEVEL),
                fixture.command(Commands.setFeatureLevel(Engine.FEATURE_LEVEL + 1)));
        assertEquals(
                new Answer(ResultCode.BAD_FEATURE_LEVEL, Engine.FEATURE_LEVEL),
                fixture.command(Commands.setFeatureLevel(1)));
    }

    @Test
    void shouldCreateTopicsOnDemand() {
        fixture.set(EngineSetting.MAX_TOPICS, 2);

        assertEquals(new Answer(ResultCode.ACCEPTED, 1), fixture.command(Commands.createTopic("a")));
        assertEquals(new Answer(ResultCode.ACCEPTED, 2), fixture.command(Commands.createTopic("b")));
        assertEquals(new Answer(ResultCode.ACCEPTED, 1), fixture.command(Commands.createTopic("a")));
        assertEquals(new Answer(ResultCode.TOO_MANY_TOPICS, 0), fixture.command(Commands.createTopic("c")));
        assertEquals(new Answer(ResultCode.BAD_TOPIC, 0), fixture.command(Commands.createTopic("c/#")));
        assertEquals(new Answer(ResultCode.BAD_TOPIC, 0), fixture.command(Commands.createTopic("")));
        assertEquals(new Answer(ResultCode.RESERVED_TOPIC, 0), fixture.command(Commands.createTopic("$c")));
    }

    @Test
    void shouldListTopicsPageByPage() {
        fixture.set(EngineSetting.MAX_TOPICS, 1_000);
        for (int i = 1; i <= 250; i++) {
            fixture.command(Commands.createTopic((i % 2 == 0 ? "even/" : "odd/") + i));
        }

        assertEquals(new Page(false, 3, List.of("odd/1", "even/2", "odd/3")), list(0, 3, ""));
        assertEquals(new Page(true, 250, List.of("odd/249", "even/250")), list(248, 100, ""));
        assertEquals(new Page(true, 250, List.of()), list(250, 100, ""));
        assertEquals(new Page(true, 250, List.of()), list(Integer.MAX_VALUE, 100, ""));
        assertEquals(new Page(false, 1, List.of("odd/1")), list(Integer.MIN_VALUE, Integer.MIN_VALUE, ""));
        assertEquals(new Page(false, 4, List.of("even/2", "even/4")), list(0, 2, "even/+"));
        assertEquals(100, list(0, Integer.MAX_VALUE, "#").names().size());
        assertEquals(new Page(true, 250, List.of()), list(0, 100, "nothing"));
    }

    @Test
    void shouldBoundPagesByBytesAndByWork() {
        fixture.set(EngineSetting.MAX_TOPICS, 10_000);
        for (int i = 0; i < 50; i++) {
            fixture.command(Commands.createTopic(i + "/" + "n".repeat(1_000)));
        }
        final byte[] page = fixture.apply(Commands.listTopics(0, 100, ""));
        assertTrue(page.length <= Limits.MAX_PAGE_LENGTH + 100, page.length + " bytes");
        for (int i = 50; i < Limits.MAX_TOPICS_SCANNED + 10; i++) {
            fixture.command(Commands.createTopic("t/" + i));
        }

        assertEquals(new Page(false, Limits.MAX_TOPICS_SCANNED, List.of()), list(0, 100, "nothing"));
    }

    @Test
    void shouldRefuseTextThatIsNoFilter() {
        assertEquals(
                ResultCode.BAD_TOPIC,
                fixture.command(Commands.listTopics(0, 1, "a+")).code());
        assertEquals(
                ResultCode.BAD_TOPIC,
                fixture.command(Commands.listTopics(0, 1, new byte[] {(byte) 0xFF}))
                        .code());
    }

    @Test
    void shouldDescribeTheShard() {
        fixture.command(Commands.seed(2, 3, Map.of(EngineSetting.MAX_TOPICS, 77L)));
        fixture.open(1, 16, true);

        final ShardDescriptionDecoder description =
                EngineFixture.decode(new ShardDescriptionDecoder(), fixture.apply(Commands.describeShard()));

        assertEquals(Commands.CORRELATION_ID, description.correlationId());
        assertEquals(fixture.engine.journalPosition(), description.journalPosition());
        assertEquals(0, description.firstReadablePosition());
        assertEquals(1, description.shardSequence());
        assertEquals(0, description.messageCount());
        assertEquals(fixture.nowNs, description.timestampNs());
        assertEquals(fixture.engine.stateBytes(), description.stateBytes());
        assertEquals(1, description.slotTableVersion());
        assertEquals(fixture.engine.rollingHash(), description.rollingHash());
        assertEquals(-1, description.checkpointPosition());
        assertEquals(0, description.checkpointHash());
        assertEquals(2, description.shardId());
        assertEquals(3, description.shardCount());
        assertEquals(0, description.topicCount());
        assertEquals(1, description.producerCount());
        assertEquals(1, description.journalEpoch());
        assertEquals(1, description.featureLevel());
        assertEquals(BooleanType.TRUE, description.isSeeded());
        assertEquals(BooleanType.FALSE, description.isReadOnly());
        for (final ShardDescriptionDecoder.SettingsDecoder setting : description.settings()) {
            final EngineSetting known = EngineSetting.ofId(setting.settingId());
            assertEquals(fixture.engine.setting(known), setting.settingValue());
        }
    }

    private Page list(final int afterTopicId, final int maxTopics, final String filter) {
        final TopicsPageDecoder page = EngineFixture.decode(
                new TopicsPageDecoder(), fixture.apply(Commands.listTopics(afterTopicId, maxTopics, filter)));
        final List<String> names = new ArrayList<>();
        final boolean isLast = page.isLast() == BooleanType.TRUE;
        final int scannedTo = page.scannedToTopicId();
        for (final TopicsPageDecoder.TopicsDecoder topic : page.topics()) {
            names.add(topic.topicName());
        }
        return new Page(isLast, scannedTo, names);
    }

    private void assertEvent(final int index, final RecordKind kind, final long firstValue, final long secondValue) {
        final EventRecordDecoder event = fixture.record(new EventRecordDecoder(), index);
        assertEquals(kind, event.recordHeader().kind());
        assertEquals(firstValue, event.firstValue());
        assertEquals(secondValue, event.secondValue());
    }
}
