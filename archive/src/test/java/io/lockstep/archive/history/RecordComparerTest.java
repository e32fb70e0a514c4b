package io.lockstep.archive.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.wire.JournalFormat;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class RecordComparerTest {
    private static final int STREAM_ID = JournalFormat.streamId(0);

    @Test
    void shouldFindTheRecordWhenItIsStored() {
        for (final int length : new int[] {40, 47, 8160, 8161, 24_480, 24_483, 300_001}) {
            final SegmentBuilder segment =
                    new SegmentBuilder(1 << 20, 0).append(bytes(64)).append(bytes(length));
            assertTrue(isStored(segment, 96, length), () -> "length " + length);
        }
    }

    @Test
    void shouldNotFindTheRecordWhenAnyByteOfItIsOther() {
        // given
        final int length = 20_001;
        final SegmentBuilder segment = new SegmentBuilder(1 << 16, 0).append(bytes(length));
        final int end = (int) segment.position();
        int differentCount = 0;

        for (int i = 0; i < end; i++) {
            // when
            segment.buffer.putByte(i, (byte) (segment.buffer.getByte(i) ^ 1));
            final boolean isStored = isStored(segment, 0, length);
            segment.buffer.putByte(i, (byte) (segment.buffer.getByte(i) ^ 1));

            // then
            final int inFrame = i % JournalFormat.MTU_LENGTH;
            final boolean isSessionId = inFrame >= 12 && inFrame < 16;
            final boolean isAlignment = i >= end - 32 && inFrame >= JournalFormat.FRAME_HEADER_LENGTH + 3_681;
            assertEquals(isSessionId || isAlignment, isStored, "byte " + i);
            differentCount += isStored ? 0 : 1;
        }
        assertTrue(differentCount > length);
    }

    @Test
    void shouldNotFindTheRecordWhenTheSegmentEndsBefore() {
        final SegmentBuilder segment = new SegmentBuilder(1 << 16, 0).append(bytes(20_000));
        final UnsafeBuffer cut = new UnsafeBuffer(segment.buffer, 0, 16_384);
        assertFalse(RecordComparer.isRecordStored(cut, 0, STREAM_ID, 0, new UnsafeBuffer(bytes(20_000)), 0, 20_000));
    }

    @Test
    void shouldFindPaddingWhenItEndsTheTerm() {
        // given
        final long begin = JournalFormat.TERM_LENGTH - 2_048L;
        final SegmentBuilder segment = new SegmentBuilder(2 * JournalFormat.TERM_LENGTH, 0, begin);
        segment.append(bytes(1_000)).append(bytes(1_000));

        // then
        assertFalse(RecordComparer.isPaddingStored(segment.buffer, 0, STREAM_ID, begin));
        assertTrue(RecordComparer.isPaddingStored(segment.buffer, 0, STREAM_ID, begin + 1_056));
        assertFalse(RecordComparer.isPaddingStored(segment.buffer, 0, STREAM_ID + 1, begin + 1_056));
    }

    private static boolean isStored(final SegmentBuilder segment, final long position, final int length) {
        return RecordComparer.isRecordStored(
                segment.buffer, 0, STREAM_ID, position, new UnsafeBuffer(bytes(length)), 0, length);
    }

    private static byte[] bytes(final int length) {
        final byte[] result = new byte[length];
        new Random(length).nextBytes(result);
        return result;
    }
}
