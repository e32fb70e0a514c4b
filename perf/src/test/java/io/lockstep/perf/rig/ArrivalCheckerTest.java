package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ArrivalCheckerTest {
    private final ArrivalChecker checker = new ArrivalChecker();

    @Test
    void shouldFindNothingWrongWhenEachMessageArrivesOnceAndInOrder() {
        arrive(0, 1, 2);

        assertEquals(3, checker.arrivedCount());
        assertEquals(0, checker.lostCount(3));
        assertEquals(0, checker.duplicatedCount());
        assertEquals(0, checker.reorderedCount());
    }

    @Test
    void shouldCountWhatDidNotArriveWhenThereAreGapsAndAMissingEnd() {
        arrive(0, 2);

        assertEquals(3, checker.lostCount(5));
        assertEquals(0, checker.reorderedCount());
    }

    @Test
    void shouldCountADuplicateButNotAsReorderedWhenAMessageArrivesAgain() {
        arrive(0, 1);

        assertFalse(checker.onArrival(0));
        assertEquals(1, checker.duplicatedCount());
        assertEquals(0, checker.reorderedCount());
        assertEquals(2, checker.arrivedCount());
    }

    @Test
    void shouldCountAMessageAsReorderedWhenItArrivesAfterALaterOne() {
        arrive(0, 2, 1, 3);

        assertEquals(1, checker.reorderedCount());
        assertEquals(0, checker.lostCount(4));
    }

    @Test
    void shouldRefuseAnIndexThatNobodySent() {
        assertThrows(IllegalArgumentException.class, () -> checker.onArrival(-1));
    }

    private void arrive(final long... indexes) {
        for (final long index : indexes) {
            assertTrue(checker.onArrival(index));
        }
    }
}
