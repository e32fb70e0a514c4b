package io.lockstep.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.EventRecordEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RecordHeaderDecoder;
import io.lockstep.codecs.RecordKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class RecordLayoutTest {
    private final RecordLayout layout = new RecordLayout();

    @Test
    void shouldFindFieldsWhereTheSchemaPutsThem() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[128]);
        final EventRecordEncoder encoder =
                new EventRecordEncoder().wrapAndApplyHeader(buffer, 8, new MessageHeaderEncoder());
        encoder.recordHeader().crc32c(1).kind(RecordKind.JOURNAL_TRIMMED);
        encoder.recordHeader().flags().clear().batchEnd(true);
        encoder.recordHeader().reserved(0).shardSequence(11).raftLogPosition(22).timestampNs(33);

        assertEquals(RecordKind.JOURNAL_TRIMMED.value(), RecordLayout.kind(buffer, 8));
        assertEquals(11, RecordLayout.shardSequence(buffer, 8));
        assertEquals(22, RecordLayout.raftLogPosition(buffer, 8));
        assertEquals(33, RecordLayout.timestampNs(buffer, 8));
        assertEquals(1, buffer.getInt(8 + RecordLayout.CRC_OFFSET, ByteOrder.LITTLE_ENDIAN));
        assertEquals(2, buffer.getByte(8 + RecordLayout.FLAGS_OFFSET));
        assertEquals(
                MessageHeaderEncoder.ENCODED_LENGTH + RecordHeaderDecoder.ENCODED_LENGTH,
                RecordLayout.MIN_RECORD_LENGTH);
    }

    @Test
    void shouldComputeTheStandardChecksum() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[60]);
        for (int i = 0; i < 60; i++) {
            buffer.putByte(i, (byte) i);
        }
        assertEquals(0x635e6fa7, layout.computeCrc(buffer, 0, 60));
        final UnsafeBuffer known = new UnsafeBuffer(new byte[RecordLayout.CRC_COVERED_OFFSET + 9]);
        known.putStringWithoutLengthAscii(RecordLayout.CRC_COVERED_OFFSET, "123456789");
        assertEquals(0xe3069283, layout.computeCrc(known, 0, known.capacity()));
    }

    @Test
    void shouldComputeTheSameOverHeapAndDirectMemory() {
        final Random random = new Random(5);
        for (final int length : new int[] {40, 41, 8191, 8192, 8193, 8204, 8205, 100_000}) {
            final byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            final UnsafeBuffer heap = new UnsafeBuffer(new byte[length + 64], 16, length + 32);
            final UnsafeBuffer direct = new UnsafeBuffer(ByteBuffer.allocateDirect(length + 64));
            heap.putBytes(7, bytes);
            direct.putBytes(9, bytes);

            final int expected = layout.computeCrc(new UnsafeBuffer(bytes), 0, length);
            assertEquals(expected, layout.computeCrc(heap, 7, length), length + " bytes in the heap");
            assertEquals(expected, layout.computeCrc(direct, 9, length), length + " bytes of direct memory");
            layout.seal(heap, 7, length);
            layout.seal(direct, 9, length);
            assertTrue(layout.isIntact(heap, 7, length));
            assertTrue(layout.isIntact(direct, 9, length));
        }
    }

    @Test
    void shouldFindEachFlippedBitBehindTheChecksum() {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[100]);
        layout.seal(buffer, 0, 100);
        for (int bit = RecordLayout.CRC_OFFSET * 8; bit < 800; bit++) {
            buffer.putByte(bit / 8, (byte) (buffer.getByte(bit / 8) ^ 1 << bit % 8));
            assertFalse(layout.isIntact(buffer, 0, 100), "bit " + bit);
            buffer.putByte(bit / 8, (byte) (buffer.getByte(bit / 8) ^ 1 << bit % 8));
        }
        assertTrue(layout.isIntact(buffer, 0, 100));
    }

    @Test
    void shouldNotTakeTooShortRecordsForIntact() {
        assertFalse(layout.isIntact(new UnsafeBuffer(new byte[64]), 0, RecordLayout.MIN_RECORD_LENGTH - 1));
    }

    @Test
    void shouldOfferARecordBufferForTheGreatestRecord() {
        assertEquals(
                JournalFormat.MAX_RECORD_LENGTH, RecordLayout.newRecordBuffer().capacity());
    }
}
