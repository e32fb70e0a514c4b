package io.lockstep.archive.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.wire.JournalFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TimeSearchTest {
    private static final long TERM = JournalFormat.TERM_LENGTH;

    @Test
    void shouldFindTheLastTermThatBeginsBeforeTheTime() {
        final SplittableRandom random = new SplittableRandom(Long.getLong("lockstep.seed", 5));
        for (int run = 0; run < 2_000; run++) {
            // given
            final int firstTerm = random.nextInt(5);
            final int termCount = 1 + random.nextInt(40);
            final long[] firstTimes = new long[termCount];
            long time = 10;
            for (int i = 0; i < termCount; i++) {
                firstTimes[i] = time;
                time += random.nextInt(4);
            }
            final long start = firstTerm * TERM + (random.nextBoolean() ? 0 : 64);
            final long end = (firstTerm + termCount) * TERM - random.nextInt(1000) * 32L;
            final long wanted = 8L + random.nextInt((int) time);

            // when
            final TimeSearch search = new TimeSearch(wanted);
            search.begin(start, end);
            int looks = 0;
            while (!search.isDone()) {
                search.onTimestamp(firstTimes[(int) (search.probePosition() / TERM) - firstTerm]);
                looks++;
            }

            // then
            int expected = 0;
            for (int i = 1; i < termCount; i++) {
                if (firstTimes[i] < wanted) {
                    expected = i;
                }
            }
            assertEquals(Math.max(start, (firstTerm + expected) * TERM), search.position());
            assertTrue(looks <= 6, "looks " + looks);
        }
    }

    @Test
    void shouldBeginAtTheStartWhenTheJournalIsEmpty() {
        final TimeSearch search = new TimeSearch(5);
        search.begin(0, 0);
        assertTrue(search.isDone());
        assertEquals(0, search.position());
    }
}
