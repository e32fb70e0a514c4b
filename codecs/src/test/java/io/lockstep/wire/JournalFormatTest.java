package io.lockstep.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Aeron's rules are written down here once more, frame by frame, without looking at the arithmetic under test. */
class JournalFormatTest {
    private static final long TERM = 16L << 20;
    private static final int MTU = 8192;
    private static final int FRAME_HEADER = 32;

    @Test
    void shouldHaveTheValuesOfEpochOne() {
        assertEquals(1, JournalFormat.EPOCH);
        assertEquals(TERM, JournalFormat.TERM_LENGTH);
        assertEquals(MTU, JournalFormat.MTU_LENGTH);
        assertEquals(0, JournalFormat.INITIAL_TERM_ID);
        assertEquals(2 << 20, JournalFormat.MAX_RECORD_LENGTH);
        assertEquals(8160, JournalFormat.MAX_FRAME_PAYLOAD_LENGTH);
        assertEquals(3007, JournalFormat.streamId(7));
    }

    @Test
    void shouldFrameAsAeronDoesAtEachEdge() {
        final int[][] table = {
            {1, 64},
            {32, 64},
            {33, 96},
            {8159, 8192},
            {8160, 8192},
            {8161, 8192 + 64},
            {8160 + 32, 8192 + 64},
            {8160 + 33, 8192 + 96},
            {2 * 8160, 2 * 8192},
            {2 * 8160 + 1, 2 * 8192 + 64},
            {2 << 20, 257 * 8192 + 32 + 32}
        };
        for (final int[] row : table) {
            assertEquals(framedByFrame(row[0]), JournalFormat.framedLength(row[0]), row[0] + " bytes, by frame");
        }
        for (int i = 0; i < table.length - 1; i++) {
            assertEquals(table[i][1], JournalFormat.framedLength(table[i][0]), table[i][0] + " bytes");
        }
    }

    @Test
    void shouldPadToTheNextTermWhenARecordDoesNotFitTheRest() {
        final int framed = JournalFormat.framedLength(100);

        assertEquals(TERM - framed, JournalFormat.beginPosition(TERM - framed, 100));
        assertEquals(TERM, JournalFormat.endPosition(TERM - framed, 100));
        assertEquals(TERM, JournalFormat.beginPosition(TERM - framed + 32, 100));
        assertEquals(TERM + framed, JournalFormat.endPosition(TERM - framed + 32, 100));
        assertEquals(TERM, JournalFormat.beginPosition(TERM, 100));
    }

    @Test
    void shouldAgreeWithAFrameByFrameWalkOverManyTerms() {
        final String given = System.getProperty("lockstep.seed", "");
        final long seed = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given.trim());
        System.out.println("JournalFormatTest: seed " + seed);
        final Random random = new Random(seed);
        // Far beyond 2 GiB, where an int would have wrapped.
        long position = (random.nextInt(1_000) + 200L) * TERM;
        long walked = position;
        for (int i = 0; i < 50_000; i++) {
            final int length = random.nextInt(10) == 0
                    ? 1 + random.nextInt(JournalFormat.MAX_RECORD_LENGTH)
                    : 1 + random.nextInt(20_000);
            final long begin = JournalFormat.beginPosition(position, length);
            position = JournalFormat.endPosition(position, length);
            final long rest = TERM - walked % TERM;
            final long framed = framedByFrame(length);
            final long walkedBegin = framed > rest ? walked + rest : walked;
            walked = walkedBegin + framed;
            assertEquals(walkedBegin, begin, "begin of record " + i + " of seed " + seed);
            assertEquals(walked, position, "end of record " + i + " of seed " + seed);
            assertTrue(position % 32 == 0);
        }
    }

    private static long framedByFrame(final int length) {
        long framed = 0;
        int rest = length;
        do {
            final int payload = Math.min(rest, MTU - FRAME_HEADER);
            final int frame = payload + FRAME_HEADER;
            framed += (frame + 31) / 32 * 32L;
            rest -= payload;
        } while (rest > 0);
        return framed;
    }
}
