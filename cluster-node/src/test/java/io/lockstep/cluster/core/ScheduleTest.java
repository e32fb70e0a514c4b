package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ScheduleTest {
    private static final long MS = 1_000_000L;
    private static final int DELAYS = 100_000;
    private static final int MAX_DELAY_MS = 60_000;

    /** Checks each message as it comes and keeps nothing. */
    private static final class ReleaseCheck implements Outbox {
        private final MessageRecordDecoder decoder = new MessageRecordDecoder();
        private final long[] dueNsOf = new long[DELAYS + 1];
        private long lastDueNs = Long.MIN_VALUE;
        private long lastSequence;
        private long lastTimerNs;
        private long greatestLatenessNs;
        private int released;
        private int releasedInTurn;
        private int mostInTurn;

        @Override
        public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
            if (RecordLayout.kind(buffer, offset) == RecordKind.MESSAGE.value()) {
                decoder.wrap(
                        buffer, offset + 8, MessageRecordDecoder.BLOCK_LENGTH, MessageRecordDecoder.SCHEMA_VERSION);
                final long timestampNs = RecordLayout.timestampNs(buffer, offset);
                final long sequence = decoder.producerSequence();
                final long dueNs = dueNsOf[(int) sequence];
                assertTrue(dueNs > 0, "message " + sequence + " came twice");
                assertTrue(timestampNs >= dueNs, "message " + sequence + " came early");
                assertTrue(
                        dueNs > lastDueNs || (dueNs == lastDueNs && sequence > lastSequence),
                        "message " + sequence + " came out of order");
                dueNsOf[(int) sequence] = 0;
                lastDueNs = dueNs;
                lastSequence = sequence;
                greatestLatenessNs = Math.max(greatestLatenessNs, timestampNs - dueNs);
                released++;
                releasedInTurn++;
            }
        }

        @Override
        public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {}

        @Override
        public void requestTimer(final long deadlineNs) {
            lastTimerNs = deadlineNs;
        }

        void endTurn() {
            mostInTurn = Math.max(mostInTurn, releasedInTurn);
            releasedInTurn = 0;
        }
    }

    private final EngineFixture fixture = new EngineFixture();

    @Test
    void shouldReleaseHundredThousandInOrderAndNeverEarlyWhenOneTimerDrivesThem() {
        // given
        final Random random = new Random(TestSeed.next("ScheduleTest"));
        final ReleaseCheck check = new ReleaseCheck();
        final Engine engine = new Engine(check);
        final long startNs = 1_700_000_000_000L * MS;
        apply(engine, startNs, Commands.seedShard(0, 1, Map.of(), List.of()));
        apply(engine, startNs, Commands.openProducer(1, 1024, false));
        for (int sequence = 1; sequence <= DELAYS; ) {
            final PublishBuilder builder = new PublishBuilder(1, 1, sequence);
            for (int i = 0; i < 100; i++, sequence++) {
                // A few seconds get very many, so that the bound of a turn is reached.
                final int delayMs = random.nextInt(4) == 0
                        ? 1_000 * (20 + random.nextInt(5))
                        : 10_000 + random.nextInt(MAX_DELAY_MS);
                check.dueNsOf[sequence] = startNs + delayMs * MS;
                builder.entry(
                        bytes("topic/" + sequence % 100),
                        MessageHeaders.encode(Map.of("$delayMs", Integer.toString(delayMs))),
                        new byte[100],
                        PublishFrame.NO_CONDITION);
            }
            apply(engine, startNs, builder.build());
        }
        assertEquals(DELAYS, engine.parts().schedule().count());
        final long heldBytes = engine.parts().schedule().stateBytes();
        final long begunNs = System.nanoTime();

        // when
        long nowNs = startNs;
        int timers = 0;
        while (engine.timerDeadlineNs() != ClockPart.NONE) {
            assertEquals(check.lastTimerNs, engine.timerDeadlineNs(), "the engine asked for another timer");
            nowNs = Math.max(nowNs, engine.timerDeadlineNs());
            engine.onTimer(64L * timers++, nowNs);
            check.endTurn();
        }

        // then
        assertEquals(DELAYS, check.released);
        assertEquals(0, check.greatestLatenessNs);
        assertEquals(ScheduleHandler.MAX_RELEASED, check.mostInTurn);
        assertEquals(0, engine.parts().schedule().count());
        assertEquals(0, engine.parts().schedule().stateBytes());
        System.out.printf(
                "ScheduleTest: %,d delays of 100 bytes counted %,d bytes each; released by %,d timer events in %,d ms%n",
                DELAYS, heldBytes / DELAYS, timers, (System.nanoTime() - begunNs) / MS);
    }

    @Test
    void shouldReleaseNoMoreThanAMebibyteAtOnceWhenMessagesAreLarge() {
        // given
        seed();
        for (int i = 1; i <= 10; i++) {
            schedule(i, "a", 5, 300_000);
        }

        // when
        fixture.nowNs += 5 * MS;
        fireTimer();

        // then
        assertEquals(4, messages());
        fireTimer();
        fireTimer();
        assertEquals(10, messages());
    }

    @Test
    void shouldHoldMessagesBackWhenShardIsReadOnly() {
        // given
        seed();
        schedule(1, "a", 5, 10);
        fixture.command(Commands.setReadOnly(0, true));

        // when
        fixture.nowNs += 1_000 * MS;
        fireTimer();

        // then
        assertEquals(0, messages());
        fixture.command(Commands.setReadOnly(0, false));
        assertTrue(fixture.engine.timerDeadlineNs() <= fixture.nowNs);
        fireTimer();
        assertEquals(1, messages());
    }

    @Test
    void shouldRestoreContentWhenItIsLongerThanAnItemOfASnapshot() {
        // given
        seed();
        schedule(1, "a", 5_000, 1 << 20);
        schedule(2, "a", 4_000, SchedulePart.MAX_CONTENT_IN_ITEM);
        schedule(3, "a", 3_000, 0);

        // when
        final FakeOutbox outbox = new FakeOutbox();
        final Engine restored = EngineFixture.restore(fixture.snapshot(), outbox);

        // then
        assertEquals(6, restored.parts().schedule().itemCount());
        assertEquals(fixture.engine.stateHash(), restored.stateHash());
        final int before = fixture.outbox.journal.size();
        fixture.nowNs += 10_000 * MS;
        for (int i = 0; i < 3; i++) {
            fireTimer();
            restored.onTimer(fixture.logPosition, fixture.nowNs);
        }
        assertEquals(3, messages());
        assertEquals(before + outbox.journal.size(), fixture.outbox.journal.size());
        for (int i = 0; i < outbox.journal.size(); i++) {
            assertTrue(Arrays.equals(
                    fixture.outbox.journal.get(before + i).bytes(),
                    outbox.journal.get(i).bytes()));
        }
    }

    @Test
    void shouldTellEachIdWhenSeveralMessagesComeInOneCommand() {
        // given
        seed();
        final byte[] headers = MessageHeaders.encode(Map.of("$delayMs", "5"));
        final PublishBuilder builder = new PublishBuilder(1, 1, 1);
        builder.entry(bytes("a"), headers, bytes("1"), PublishFrame.NO_CONDITION);
        builder.entry("a", "2");
        builder.entry(bytes("a"), headers, bytes("3"), PublishFrame.NO_CONDITION);

        // when
        final EngineFixture.Published first = fixture.publish(builder);
        final EngineFixture.Published repeated = fixture.publish(builder);

        // then
        assertEquals(3, first.results().size());
        assertEquals(first.results(), repeated.results());
        assertEquals(first.lastPosition(), first.results().get(2).position());
        for (final int entry : new int[] {2, 0}) {
            assertEquals(
                    ResultCode.ACCEPTED,
                    fixture.command(Commands.cancelScheduled(
                                    first.results().get(entry).position()))
                            .code());
        }
        assertEquals(1, messages());
    }

    @Test
    void shouldPublishAsBeforeWhenFeatureLevelIsLow() {
        fixture.open(1, 64, false);

        schedule(1, "a", 5_000, 10);

        assertEquals(1, messages());
        assertFalse(fixture.engine.parts().schedule().isWritten());
    }

    @Test
    void shouldKeepWhatIsHeldWhenLimitIsLowered() {
        // given
        seed();
        schedule(1, "a", 5, 10);
        schedule(2, "a", 5, 10);
        fixture.set(EngineSetting.MAX_SCHEDULED, 1);

        // when
        final EngineFixture.Published refused = schedule(3, "a", 5, 10);

        // then
        assertEquals(List.of(ResultCode.SCHEDULE_FULL), refused.codes());
        assertEquals(2, refused.results().get(0).detail());
        fixture.nowNs += 5 * MS;
        fireTimer();
        assertEquals(2, messages());
    }

    private void seed() {
        fixture.command(Commands.seedShard(0, 1, Map.of(), List.of()));
        fixture.open(1, 64, false);
    }

    private EngineFixture.Published schedule(
            final long sequence, final String topic, final int delayMs, final int payloadLength) {
        final byte[] payload = new byte[payloadLength];
        for (int i = 0; i + Integer.BYTES <= payloadLength; i += 997) {
            new UnsafeBuffer(payload).putInt(i, i, ByteOrder.LITTLE_ENDIAN);
        }
        return fixture.publish(new PublishBuilder(1, 1, sequence)
                .entry(
                        bytes(topic),
                        MessageHeaders.encode(Map.of("$delayMs", Integer.toString(delayMs))),
                        payload,
                        PublishFrame.NO_CONDITION));
    }

    private void fireTimer() {
        fixture.logPosition += 64;
        fixture.engine.onTimer(fixture.logPosition, fixture.nowNs);
    }

    private int messages() {
        int messages = 0;
        for (int i = 0; i < fixture.outbox.journal.size(); i++) {
            messages += fixture.kindOfRecord(i) == RecordKind.MESSAGE.value() ? 1 : 0;
        }
        return messages;
    }

    private static void apply(final Engine engine, final long nowNs, final byte[] command) {
        engine.onCommand(EngineFixture.SESSION_ID, 64, nowNs, new UnsafeBuffer(command), 0, command.length);
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
