package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.codecs.CheckpointRecordDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.config.EngineSetting;
import java.util.List;
import org.junit.jupiter.api.Test;

class CheckpointTest {
    private static final long INTERVAL_NS = EngineSetting.CHECKPOINT_INTERVAL.defaultValue();
    private static final long PRODUCER = 7;

    private final EngineFixture fixture = new EngineFixture();
    private long sequence;

    @Test
    void shouldWriteCheckpointAfterSoManyMessages() {
        fixture.open(PRODUCER, 128, true);
        fixture.set(EngineSetting.CHECKPOINT_MESSAGES, 64);
        for (int i = 0; i < 63; i++) {
            publish();
        }
        assertEquals(-1, fixture.engine.checkpointPosition());
        publish();
        final long hash = fixture.engine.checkpointHash();
        final long firstCheckpoint = fixture.engine.checkpointPosition();
        for (int i = 0; i < 64; i++) {
            publish();
        }

        // 1 event, 64 messages, the first checkpoint, 64 messages, the second checkpoint
        final CheckpointRecordDecoder first = fixture.record(new CheckpointRecordDecoder(), 65);
        assertEquals(RecordKind.CHECKPOINT, first.recordHeader().kind());
        assertEquals(66, first.recordHeader().shardSequence());
        assertEquals(hash, first.rollingHash());
        assertEquals(65, first.recordCount());
        assertEquals(64, first.messageCount());
        assertEquals(-1, first.previousCheckpointPosition());
        final CheckpointRecordDecoder second = fixture.record(new CheckpointRecordDecoder(), 130);
        assertEquals(firstCheckpoint, second.previousCheckpointPosition());
        assertEquals(fixture.outbox.journal.get(64).endPosition(), firstCheckpoint);
        assertEquals(1, second.journalEpoch());
    }

    @Test
    void shouldCountMessagesInsideOneCommand() {
        fixture.open(PRODUCER, 256, true);
        fixture.set(EngineSetting.CHECKPOINT_MESSAGES, 64);
        final PublishBuilder builder = new PublishBuilder(PRODUCER, 1, 1);
        for (int i = 0; i < 200; i++) {
            builder.entry("a", "x");
        }

        fixture.publish(builder);

        int checkpoints = 0;
        for (int i = 0; i < fixture.outbox.journal.size(); i++) {
            checkpoints += fixture.kindOfRecord(i) == RecordKind.CHECKPOINT.value() ? 1 : 0;
        }
        assertEquals(3, checkpoints);
    }

    @Test
    void shouldAskForTheTimerOnceForTheFirstRecordAfterACheckpoint() {
        fixture.open(PRODUCER, 16, true);
        assertEquals(List.of(), fixture.outbox.timers);
        publish();
        final long dueNs = fixture.nowNs + INTERVAL_NS;
        fixture.nowNs += 1;
        publish();

        assertEquals(List.of(dueNs), fixture.outbox.timers);
        assertEquals(dueNs, fixture.engine.timerDeadlineNs());
    }

    @Test
    void shouldWriteCheckpointWhenTheTimerFires() {
        fixture.open(PRODUCER, 16, true);
        publish();
        final long dueNs = fixture.nowNs + INTERVAL_NS;

        fixture.engine.onTimer(fixture.logPosition + 64, dueNs);

        assertEquals(RecordKind.CHECKPOINT.value(), fixture.kindOfRecord(1));
        assertEquals(1, fixture.outbox.timers.size());
        fixture.engine.onTimer(fixture.logPosition + 128, dueNs + INTERVAL_NS);
        assertEquals(2, fixture.outbox.journal.size(), "nothing was written, so no checkpoint is due");
    }

    @Test
    void shouldAskAgainWhenTheTimerFiresEarly() {
        fixture.open(PRODUCER, 16, true);
        publish();
        final long dueNs = fixture.nowNs + INTERVAL_NS;

        fixture.engine.onTimer(fixture.logPosition + 64, dueNs - 1);

        assertEquals(1, fixture.outbox.journal.size());
        assertEquals(List.of(dueNs, dueNs), fixture.outbox.timers);
    }

    @Test
    void shouldDoDueWorkBeforeTheNextCommand() {
        fixture.open(PRODUCER, 16, true);
        publish();
        fixture.nowNs += INTERVAL_NS;
        publish();

        assertEquals(RecordKind.CHECKPOINT.value(), fixture.kindOfRecord(1));
        assertEquals(RecordKind.MESSAGE.value(), fixture.kindOfRecord(2));
        assertEquals(
                fixture.nowNs,
                fixture.record(new CheckpointRecordDecoder(), 1).recordHeader().timestampNs());
    }

    @Test
    void shouldLeaveDueWorkToTheNextCommandWhenAClusterEventComes() {
        fixture.open(PRODUCER, 16, true);
        publish();

        fixture.engine.onClusterEvent(fixture.logPosition + 64, fixture.nowNs + 2 * INTERVAL_NS);

        assertEquals(1, fixture.outbox.journal.size());
        assertEquals(fixture.nowNs + 2 * INTERVAL_NS, fixture.engine.timestampNs());
    }

    @Test
    void shouldNeverRunTheClockBackwards() {
        fixture.open(PRODUCER, 16, true);
        final long before = fixture.nowNs;
        fixture.nowNs -= 500;
        publish();

        assertEquals(
                before,
                fixture.record(new MessageRecordDecoder(), 0).recordHeader().timestampNs());
    }

    private void publish() {
        fixture.publish(new PublishBuilder(PRODUCER, 1, ++sequence).entry("a", "x"));
    }
}
