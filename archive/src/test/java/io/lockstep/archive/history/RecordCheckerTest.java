package io.lockstep.archive.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.CheckpointRecordEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.RollingHash;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class RecordCheckerTest {
    private static final int LENGTH = 1 << 20;

    private final RecordChecker checker = new RecordChecker();
    private final RecordLayout layout = new RecordLayout();
    private final SegmentBuilder segment = new SegmentBuilder(LENGTH, 0);
    private long hash = RollingHash.SEED;

    @Test
    void shouldPassWhenAllIsGood() {
        // given
        append(message(1, 100));
        append(message(2, 30_000));
        append(checkpoint(3, hash));
        append(message(4, 50));
        final long end = segment.position();
        append(message(5, 50));

        // when
        checker.reset(0).expect(end, hashBeforeLast);

        // then
        assertTrue(check(segment.position()));
        assertEquals(segment.position(), checker.goodPosition());
        assertEquals(5, checker.recordCount());
        assertEquals(2, checker.checkedHashCount());
    }

    @Test
    void shouldStopBeforeTheRecordWhenItsChecksumIsWrong() {
        append(message(1, 100));
        final long good = segment.position();
        append(message(2, 100));
        append(message(3, 100));
        segment.buffer.putByte(segment.index(good) + 90, (byte) 99);

        checker.reset(0);
        assertFalse(check(segment.position()));
        assertEquals(good, checker.goodPosition());
        assertEquals(WalkStatus.DAMAGED, checker.status());
    }

    @Test
    void shouldStopBeforeTheRecordWhenASequenceIsMissing() {
        append(message(1, 100));
        final long good = segment.position();
        append(message(3, 100));

        checker.reset(0);
        assertFalse(check(segment.position()));
        assertEquals(good, checker.goodPosition());
        assertTrue(checker.finding().contains("sequence 3 instead of 2"));
    }

    @Test
    void shouldBeDivergedWhenACheckpointHasAnotherHash() {
        append(message(1, 100));
        final long good = segment.position();
        append(checkpoint(2, hash + 1));

        checker.reset(0);
        assertFalse(check(segment.position()));
        assertEquals(good, checker.goodPosition());
        assertEquals(WalkStatus.DIVERGED, checker.status());
    }

    @Test
    void shouldTakeTheChainFromTheFirstCheckpointWhenTheStretchBeginsLater() {
        // given
        append(message(1, 100));
        final long begin = segment.position();
        append(message(2, 100));
        append(checkpoint(3, hash));
        append(message(4, 100));

        // then
        checker.reset(begin).expect(segment.position(), hash);
        assertTrue(check(segment.position()));
        assertEquals(1, checker.checkedHashCount());
        checker.reset(begin).expect(segment.position(), hash + 1);
        assertFalse(check(segment.position()));
        assertEquals(WalkStatus.DIVERGED, checker.status());
    }

    @Test
    void shouldBeDivergedWhenARecordLiesAcrossTheExpectedPosition() {
        append(message(1, 100));
        append(message(2, 100));

        checker.reset(0).expect(64, 0);
        assertFalse(check(segment.position()));
        assertEquals(WalkStatus.DIVERGED, checker.status());
    }

    @Test
    void shouldBeTornWhenTheFileEndsBeforeTheJournal() {
        append(message(1, 100));
        final long good = segment.position();
        append(message(2, 100));

        checker.reset(0);
        final UnsafeBuffer cut = new UnsafeBuffer(segment.buffer, 0, (int) good);
        assertFalse(checker.check(cut, 0, LENGTH, 0, segment.position()));
        assertEquals(good, checker.goodPosition());
        assertEquals(WalkStatus.TORN, checker.status());
    }

    private long hashBeforeLast;

    private void append(final UnsafeBuffer record) {
        hashBeforeLast = hash;
        hash = RollingHash.update(hash, record, 0, record.capacity());
        segment.append(record.byteArray());
    }

    private boolean check(final long limit) {
        return checker.check(segment.buffer, 0, LENGTH, 0, limit);
    }

    private UnsafeBuffer message(final long sequence, final int length) {
        final UnsafeBuffer record = new UnsafeBuffer(new byte[length]);
        record.putByte(RecordLayout.KIND_OFFSET, (byte) RecordKind.MESSAGE.value());
        record.putLong(RecordLayout.SHARD_SEQUENCE_OFFSET, sequence, ByteOrder.LITTLE_ENDIAN);
        layout.seal(record, 0, length);
        return record;
    }

    private UnsafeBuffer checkpoint(final long sequence, final long rollingHash) {
        final UnsafeBuffer record =
                new UnsafeBuffer(new byte[MessageHeaderEncoder.ENCODED_LENGTH + CheckpointRecordEncoder.BLOCK_LENGTH]);
        record.putByte(RecordLayout.KIND_OFFSET, (byte) RecordKind.CHECKPOINT.value());
        record.putLong(RecordLayout.SHARD_SEQUENCE_OFFSET, sequence, ByteOrder.LITTLE_ENDIAN);
        record.putLong(
                MessageHeaderEncoder.ENCODED_LENGTH + CheckpointRecordEncoder.rollingHashEncodingOffset(),
                rollingHash,
                ByteOrder.LITTLE_ENDIAN);
        layout.seal(record, 0, record.capacity());
        assertEquals(0, JournalFormat.INITIAL_TERM_ID);
        return record;
    }
}
