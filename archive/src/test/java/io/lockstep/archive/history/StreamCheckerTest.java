package io.lockstep.archive.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class StreamCheckerTest {
    private final StreamChecker checker = new StreamChecker(true);
    private long shardSequence = 10;

    @Test
    void shouldBeCleanWhenAllIsDense() {
        for (int i = 1; i <= 100; i++) {
            assertTrue(checker.onMessage(1, 50 + i, ++shardSequence, 1, i));
            assertTrue(checker.onMessage(2, i, ++shardSequence, 2, i));
            assertTrue(checker.onOther(++shardSequence));
        }

        assertTrue(checker.isClean());
        assertNull(checker.firstFault());
        assertEquals(200, checker.messages());
    }

    @Test
    void shouldCountAGapUntilItsMessagesComeAfterAll() {
        topic(1);
        topic(2);
        assertFalse(topic(5));
        assertEquals(2, checker.missing());

        topic(3);

        assertEquals(1, checker.missing());
        assertEquals(1, checker.reordered());
        assertEquals(0, checker.duplicates());
        assertTrue(topic(6));
        assertTrue(checker.firstFault().contains("sequence 5 follows 2"), checker.firstFault());
    }

    @Test
    void shouldCountDuplicates() {
        topic(1);
        topic(2);
        assertFalse(topic(2));
        assertFalse(topic(1));

        assertEquals(2, checker.duplicates());
        assertEquals(0, checker.reordered());
        assertEquals(0, checker.missing());
    }

    @Test
    void shouldSeeBreaksOfShardAndProducer() {
        assertTrue(checker.onMessage(1, 1, 1, 7, 10));
        assertFalse(checker.onMessage(1, 2, 3, 7, 11));
        assertFalse(checker.onMessage(1, 3, 4, 7, 11));

        assertEquals(1, checker.shardFaults());
        assertEquals(1, checker.producerFaults());
    }

    @Test
    void shouldLetShardSequencesJumpWhenOnlyAPartIsFed() {
        final StreamChecker part = new StreamChecker(false);
        assertTrue(part.onMessage(1, 1, 5, 7, 1));
        assertTrue(part.onMessage(1, 2, 9, 7, 2));
        assertFalse(part.onMessage(1, 3, 9, 7, 3));
        assertEquals(1, part.shardFaults());
    }

    private boolean topic(final long sequence) {
        return checker.onMessage(1, sequence, ++shardSequence, 1, shardSequence);
    }
}
