package io.lockstep.archive.history;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.wire.JournalFormat;
import java.nio.ByteOrder;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RecordWalkerTest {
    private static final int TERM = JournalFormat.TERM_LENGTH;
    private static final int[] LENGTHS = {40, 41, 100, 8160, 8161, 16_320, 16_321, 200_000, 1_048_576 + 300};

    private final RecordWalker walker = new RecordWalker();

    @Test
    void shouldFindEveryRecordWhenTheSegmentIsSound() {
        // given
        final SegmentBuilder segment = new SegmentBuilder(TERM, 0);
        for (final int length : LENGTHS) {
            segment.append(bytes(length));
        }

        // when
        walker.wrap(segment.buffer, 0, 0, Long.MAX_VALUE);

        // then
        long position = 0;
        for (final int length : LENGTHS) {
            assertTrue(walker.next(), () -> "record of " + length);
            assertEquals(position, walker.beginPosition());
            position = JournalFormat.endPosition(position, length);
            assertEquals(position, walker.endPosition());
            final byte[] found = new byte[walker.length()];
            walker.buffer().getBytes(walker.offset(), found);
            assertArrayEquals(bytes(length), found);
        }
        assertFalse(walker.next());
        assertEquals(WalkStatus.BLANK, walker.status());
        assertEquals(segment.position(), walker.endPosition());
    }

    @Test
    void shouldStepOverPaddingWhenARecordDoesNotFitTheTerm() {
        // given
        final long begin = 3L * TERM - 4096;
        final SegmentBuilder segment = new SegmentBuilder(2 * TERM, 2L * TERM, begin);
        segment.append(bytes(1000)).append(bytes(5000));

        // when
        walker.wrap(segment.buffer, 2L * TERM, begin, segment.position());
        assertTrue(walker.next());
        assertTrue(walker.next());

        // then
        assertEquals(3L * TERM, walker.beginPosition());
        assertEquals(3L * TERM + 5056, walker.endPosition());
        assertFalse(walker.next());
        assertEquals(WalkStatus.LIMIT, walker.status());
    }

    @Test
    void shouldStayBeforeThePaddingWhenNoRecordFollowsIt() {
        // given
        final SegmentBuilder segment = new SegmentBuilder(2 * TERM, 0, TERM - 4096L);
        segment.append(bytes(1000)).append(bytes(5000));

        // when
        walker.wrap(segment.buffer, 0, TERM - 4096L, TERM);
        assertTrue(walker.next());

        // then
        assertFalse(walker.next());
        assertEquals(TERM - 4096L + 1056, walker.endPosition());
    }

    @Test
    void shouldBeTornWhenTheLastFrameIsMissing() {
        // given
        final SegmentBuilder segment = new SegmentBuilder(TERM, 0);
        segment.append(bytes(100));
        final long boundary = segment.position();
        segment.append(bytes(20_000));

        for (long limit = boundary + 32; limit < segment.position(); limit += 32) {
            // when
            walker.wrap(segment.buffer, 0, 0, limit);
            assertTrue(walker.next());

            // then
            assertFalse(walker.next());
            assertEquals(WalkStatus.TORN, walker.status());
            assertEquals(boundary, walker.endPosition());
        }
    }

    @Test
    void shouldBeTornWhenZerosFollowTheFirstFrames() {
        // given
        final SegmentBuilder segment = new SegmentBuilder(TERM, 0);
        segment.append(bytes(20_000));
        segment.buffer.setMemory(2 * JournalFormat.MTU_LENGTH, 8192, (byte) 0);

        // when
        walker.wrap(segment.buffer, 0, 0, Long.MAX_VALUE);

        // then
        assertFalse(walker.next());
        assertEquals(WalkStatus.TORN, walker.status());
        assertEquals(0, walker.endPosition());
    }

    @Test
    void shouldNeverFailWhenBytesAreRandom() {
        // given
        final long seed = Long.getLong("lockstep.seed", 42L);
        System.out.println("lockstep.seed=" + seed);
        final Random random = new Random(seed);
        final SegmentBuilder segment = new SegmentBuilder(1 << 18, 0);
        for (int i = 0; i < 20; i++) {
            segment.append(bytes(40 + random.nextInt(10_000)));
        }
        final byte[] sound = segment.buffer.byteArray().clone();

        for (int round = 0; round < 2_000; round++) {
            // when
            segment.buffer.putBytes(0, sound);
            final int at = random.nextInt((int) segment.position());
            for (int i = at; i < Math.min(at + 64, sound.length); i++) {
                segment.buffer.putByte(i, (byte) random.nextInt());
            }
            walker.wrap(segment.buffer, 0, 0, Long.MAX_VALUE);
            long end = 0;
            while (walker.next()) {
                assertEquals(JournalFormat.endPosition(end, walker.length()), walker.endPosition());
                end = walker.endPosition();
            }

            // then
            assertTrue(end <= segment.position());
            assertEquals(end, walker.endPosition());
        }
    }

    @Test
    void shouldBeDamagedWhenAHeaderFieldIsWrong() {
        final int[] offsets = {
            FrameWalker.FRAME_LENGTH_OFFSET + 3,
            FrameWalker.VERSION_OFFSET,
            FrameWalker.TYPE_OFFSET,
            FrameWalker.TERM_OFFSET_OFFSET,
            FrameWalker.TERM_ID_OFFSET
        };
        for (final int offset : offsets) {
            // given
            final SegmentBuilder segment = new SegmentBuilder(TERM, 0);
            segment.append(bytes(100));
            final int second = segment.index(segment.position());
            segment.append(bytes(100));
            segment.buffer.putByte(second + offset, (byte) (segment.buffer.getByte(second + offset) ^ 0x55));

            // when
            walker.wrap(segment.buffer, 0, 0, Long.MAX_VALUE);
            assertTrue(walker.next());

            // then
            assertFalse(walker.next());
            assertEquals(WalkStatus.DAMAGED, walker.status());
            assertEquals(second, walker.endPosition());
        }
    }

    @Test
    void shouldBeDamagedWhenFragmentsAreNotInOrder() {
        // given
        final SegmentBuilder segment = new SegmentBuilder(TERM, 0);
        segment.append(bytes(20_000));
        final int secondFrame = JournalFormat.MTU_LENGTH;
        segment.buffer.putByte(secondFrame + FrameWalker.FLAGS_OFFSET, (byte) FrameWalker.BEGIN_FLAG);

        // when
        walker.wrap(segment.buffer, 0, 0, Long.MAX_VALUE);

        // then
        assertFalse(walker.next());
        assertEquals(WalkStatus.DAMAGED, walker.status());
    }

    @Test
    void shouldShowTheFrameWhenWalkingFrames() {
        // given
        final SegmentBuilder segment = new SegmentBuilder(TERM, 0);
        segment.append(bytes(8161));
        final FrameWalker frames = new FrameWalker().wrap(segment.buffer, 0, 0, Long.MAX_VALUE);

        // when
        assertTrue(frames.next());

        // then
        assertTrue(frames.isBegin());
        assertFalse(frames.isEnd());
        assertEquals(JournalFormat.MAX_FRAME_PAYLOAD_LENGTH, frames.payloadLength());
        assertEquals(77, frames.sessionId());
        assertEquals(3000, frames.streamId());
        assertTrue(frames.next());
        assertTrue(frames.isEnd());
        assertEquals(1, frames.payloadLength());
        assertEquals(ByteOrder.LITTLE_ENDIAN, ByteOrder.nativeOrder());
    }

    @Test
    void shouldRefuseWhenPositionsDoNotFit() {
        final SegmentBuilder segment = new SegmentBuilder(TERM, 0);
        assertThrows(IllegalArgumentException.class, () -> walker.wrap(segment.buffer, 100, 100, 200));
        assertThrows(IllegalArgumentException.class, () -> walker.wrap(segment.buffer, TERM, 0, 200));
        assertThrows(IllegalArgumentException.class, () -> walker.wrap(segment.buffer, 0, 7, 200));
    }

    private static byte[] bytes(final int length) {
        final byte[] result = new byte[length];
        new Random(length).nextBytes(result);
        return result;
    }
}
