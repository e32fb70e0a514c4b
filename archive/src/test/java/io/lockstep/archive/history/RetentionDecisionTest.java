package io.lockstep.archive.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class RetentionDecisionTest {
    private static final long FREE = Long.MAX_VALUE;

    @Test
    void shouldMoveToTheSameMarkAsAScan() {
        final SplittableRandom random = new SplittableRandom(Long.getLong("lockstep.seed", 11));
        for (int run = 0; run < 3_000; run++) {
            // given
            final Marks marks = new Marks(random, random.nextInt(20));
            final long end = marks.end;
            final long now = marks.now + random.nextInt(20);
            final long first =
                    marks.positions.length == 0 ? 0 : marks.positions[random.nextInt(marks.positions.length)];
            final long keepBytes = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt((int) end + 1);
            final long keepAge = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(60);
            final long held = random.nextBoolean() ? FREE : random.nextInt((int) end + 1);

            // when
            final long decided =
                    new RetentionDecision(keepBytes, keepAge).firstReadablePosition(marks, first, end, now, held);

            // then
            long expected = first;
            for (int i = 0; i < marks.positions.length; i++) {
                final boolean mayGo = (keepBytes > 0 && end - marks.positions[i] >= keepBytes)
                        || (keepAge > 0 && marks.timestamps[i] < now - keepAge);
                if (mayGo && marks.positions[i] <= held) {
                    expected = Math.max(expected, marks.positions[i]);
                }
            }
            assertEquals(expected, decided);
        }
    }

    @Test
    void shouldKeepEverythingWhenThereIsNoLimit() {
        final Marks marks = new Marks(new SplittableRandom(1), 10);
        assertEquals(0, new RetentionDecision(0, 0).firstReadablePosition(marks, 0, marks.end, Long.MAX_VALUE, FREE));
        assertThrows(IllegalArgumentException.class, () -> new RetentionDecision(-1, 0));
    }

    @Test
    void shouldLetACursorHoldBackTwiceOfWhatIsKept() {
        final SplittableRandom random = new SplittableRandom(Long.getLong("lockstep.seed", 12));
        for (int run = 0; run < 1_000; run++) {
            final Marks marks = new Marks(random, 1 + random.nextInt(20));
            final long keepBytes = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt((int) marks.end);
            final long keepAge = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(30);
            final long cursor = random.nextInt((int) marks.end + 1);

            final long held =
                    new RetentionDecision(keepBytes, keepAge).boundedHold(marks, 0, marks.end, marks.now, cursor);

            long expected = cursor;
            for (int i = 0; i < marks.positions.length; i++) {
                final boolean isBeyond = (keepBytes > 0 && marks.end - marks.positions[i] >= 2 * keepBytes)
                        || (keepAge > 0 && marks.timestamps[i] < marks.now - 2 * keepAge);
                expected = isBeyond ? Math.max(expected, marks.positions[i]) : expected;
            }
            assertEquals(expected, held);
        }
        final Marks marks = new Marks(random, 10);
        assertEquals(
                7,
                new RetentionDecision(Long.MAX_VALUE, Long.MAX_VALUE).boundedHold(marks, 0, marks.end, marks.now, 7));
    }

    private static final class Marks implements JournalMarks {
        private final long[] positions;
        private final long[] timestamps;
        private final long end;
        private final long now;

        Marks(final SplittableRandom random, final int count) {
            positions = new long[count];
            timestamps = new long[count];
            long position = 0;
            long timestamp = 100;
            for (int i = 0; i < count; i++) {
                positions[i] = position;
                timestamps[i] = timestamp;
                position += 32L * (1 + random.nextInt(50));
                timestamp += random.nextInt(5);
            }
            end = position;
            now = timestamp;
        }

        @Override
        public long markCount() {
            return positions.length;
        }

        @Override
        public long markPosition(final long index) {
            return positions[(int) index];
        }

        @Override
        public long markTimestampNs(final long index) {
            return timestamps[(int) index];
        }
    }
}
