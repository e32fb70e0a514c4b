package io.lockstep.client.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class SendWindowTest {
    private static final long MS = 1_000_000L;

    private final SendWindow window = new SendWindow(1_024);
    private long nowNs;
    private long sequence;

    @Test
    void shouldStayWholeWhenAnswersTakeAsLongAsEver() {
        for (int i = 0; i < 100; i++) {
            exchange(i % 2 == 0 ? MS : 5 * MS);
        }

        assertEquals(1_024, window.limit());
        assertEquals(0, window.shrinkCount());
        assertTrue(window.maySend(1_023));
        assertFalse(window.maySend(1_024));
    }

    @Test
    void shouldShrinkByAQuarterAndGrowByAThirtySecondWhenAnswersAreSlowAndFastAgain() {
        exchange(MS);

        exchange(9 * MS + 1);
        assertEquals(768, window.limit());
        exchange(100 * MS);
        assertEquals(576, window.limit());
        assertEquals(2, window.shrinkCount());

        exchange(MS);
        assertEquals(608, window.limit());
        for (int i = 0; i < 12; i++) {
            exchange(MS);
        }
        assertEquals(992, window.limit());
        exchange(MS);
        exchange(MS);
        assertEquals(1_024, window.limit());
    }

    @Test
    void shouldAlwaysLetOneCommandLeaveWhenNothingIsInTime() {
        exchange(MS);
        for (int i = 0; i < 100; i++) {
            exchange(1_000 * MS);
        }

        assertEquals(1, window.limit());
        assertTrue(window.maySend(0));
        assertFalse(window.maySend(1));
    }

    @Test
    void shouldShrinkBeforeTheAnswerWhenItDoesNotComeAndNotAgainWhenItDoes() {
        exchange(MS);
        window.onSent(++sequence, nowNs);

        nowNs += 9 * MS;
        window.checkOverdue(nowNs);
        assertEquals(1_024, window.limit());
        nowNs++;
        window.checkOverdue(nowNs);
        window.checkOverdue(nowNs);
        assertEquals(768, window.limit());
        nowNs += 9 * MS + 1;
        window.checkOverdue(nowNs);
        assertEquals(576, window.limit());
        window.onAnswered(sequence, nowNs);
        assertEquals(576, window.limit());
        assertEquals(2, window.shrinkCount());
    }

    @Test
    void shouldNotTimeWhatIsSentAgain() {
        exchange(MS);
        window.onSent(++sequence, nowNs);
        window.onSentAgain();

        nowNs += 1_000 * MS;
        window.checkOverdue(nowNs);
        window.onAnswered(sequence, nowNs);

        assertEquals(1_024, window.limit());
    }

    @Test
    void shouldGoDownToOneCommandWhenNothingIsAnsweredForLong() {
        exchange(MS);
        window.onSent(++sequence, nowNs);

        window.onSilence();
        window.onSilence();

        assertEquals(1, window.limit());
        assertEquals(1, window.shrinkCount());
        exchange(MS);
        assertEquals(33, window.limit());
    }

    @Test
    void shouldTimeTheCommandThatWasSentFirstWhenManyAreUnderWay() {
        exchange(MS);
        window.onSent(10, nowNs);
        nowNs += 9 * MS;
        window.onSent(20, nowNs);
        window.onAnswered(9, nowNs);
        nowNs += MS;

        window.onAnswered(20, nowNs);

        assertEquals(768, window.limit());
    }

    @Test
    void shouldFollowWhenThePathStaysSlower() {
        exchange(MS);
        for (int i = 0; i < 3_000; i++) {
            exchange(20 * MS);
        }

        assertEquals(1_024, window.limit());
    }

    private void exchange(final long takenNs) {
        window.onSent(++sequence, nowNs);
        nowNs += takenNs;
        window.onAnswered(sequence, nowNs);
    }
}
