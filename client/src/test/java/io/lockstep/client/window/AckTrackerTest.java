package io.lockstep.client.window;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class AckTrackerTest {
    private static final long[] NONE = {};

    private final AckTracker tracker = new AckTracker(4);
    private final long[] singles = new long[8];

    @Test
    void shouldMoveTheCursorOverRecordsOfNoConcern() {
        tracker.reset(100, NONE);

        tracker.onSkipped(132);

        assertEquals(132, tracker.cursor());
        assertTrue(tracker.hasMoved());
    }

    @Test
    void shouldHoldTheCursorBeforeTheFirstThatIsNotAcknowledged() {
        tracker.reset(100, NONE);
        tracker.onSkipped(132);
        tracker.onDelivered(164);
        tracker.onSkipped(196);
        tracker.onDelivered(228);

        assertTrue(tracker.ackSingle(228));

        assertEquals(132, tracker.cursor());
        assertEquals(1, tracker.unsentCount());
        assertEquals(1, tracker.unackedCount());
    }

    @Test
    void shouldMoveTheCursorWhenTheGapCloses() {
        tracker.reset(100, NONE);
        tracker.onDelivered(132);
        tracker.onDelivered(164);
        tracker.ackSingle(164);

        assertTrue(tracker.ackSingle(132));

        assertEquals(164, tracker.cursor());
        assertEquals(0, tracker.unsentCount());
        assertEquals(0, tracker.takeUnsent(singles));
        assertFalse(tracker.hasMoved());
    }

    @Test
    void shouldAcknowledgeAllBeforeAPlace() {
        tracker.reset(100, NONE);
        tracker.onDelivered(132);
        tracker.onDelivered(164);
        tracker.onDelivered(196);

        assertEquals(2, tracker.ackThrough(170));

        assertEquals(164, tracker.cursor());
        assertEquals(1, tracker.unackedCount());
    }

    @Test
    void shouldTellWhichMessageIsLostWithANewBeginning() {
        tracker.reset(100, NONE);
        for (int position = 132; position <= 228; position += 32) {
            tracker.onDelivered(position);
        }
        tracker.ackSingle(132);
        tracker.ackSingle(196);

        // While it ends, and when it began anew.
        assertEquals(List.of(164L, 228L), lostOf(132, 164, 196, 228, 260));
        tracker.reset(132, new long[] {196});
        assertEquals(List.of(164L, 228L), lostOf(132, 164, 196, 228, 260));

        // Until it came again and is acknowledged.
        tracker.onDelivered(164);
        assertTrue(tracker.ackSingle(164));
        assertTrue(tracker.isDone(196));
        assertEquals(List.of(228L), lostOf(132, 164, 196, 228, 260));
        tracker.onDelivered(228);
        assertTrue(tracker.ackSingle(228));
        assertEquals(List.of(), lostOf(132, 164, 196, 228, 260));
    }

    @Test
    void shouldTellWhetherAnythingUpToAPlaceIsLost() {
        assertFalse(tracker.isAnyLostThrough(Long.MAX_VALUE));
        tracker.reset(100, NONE);
        tracker.onDelivered(132);
        tracker.onDelivered(164);
        tracker.ackThrough(132);
        tracker.onSkipped(196);

        assertFalse(tracker.isAnyLostThrough(132));
        assertTrue(tracker.isAnyLostThrough(Long.MAX_VALUE));
        tracker.reset(132, NONE);
        assertFalse(tracker.isAnyLostThrough(132));
        assertTrue(tracker.isAnyLostThrough(164));
        tracker.onDelivered(164);
        tracker.ackThrough(164);
        assertFalse(tracker.isAnyLostThrough(Long.MAX_VALUE));
    }

    @Test
    void shouldTakeEachSingleOnceUnlessItIsToBeSentAgain() {
        tracker.reset(100, NONE);
        tracker.onDelivered(132);
        tracker.onDelivered(164);
        tracker.onDelivered(196);
        tracker.ackSingle(196);
        tracker.ackSingle(164);

        assertEquals(2, tracker.takeUnsent(singles));
        assertArrayEquals(new long[] {164, 196}, Arrays.copyOf(singles, 2));
        assertEquals(0, tracker.takeUnsent(singles));
        tracker.sendAgain(100);
        assertEquals(2, tracker.takeUnsent(singles));
    }

    @Test
    void shouldNotDeliverWhatAnEarlierOwnerAcknowledged() {
        tracker.reset(100, new long[] {164, 228});
        assertFalse(tracker.isDone(132));
        tracker.onDelivered(132);
        assertTrue(tracker.isDone(164));
        assertFalse(tracker.isDone(196));
        tracker.onDelivered(196);
        assertTrue(tracker.isDone(228));
        assertFalse(tracker.isDone(260));

        tracker.ackSingle(132);

        assertEquals(164, tracker.cursor());
        tracker.ackSingle(196);
        assertEquals(228, tracker.cursor());
    }

    @Test
    void shouldNotAcknowledgeWhatIsNotOutstanding() {
        tracker.reset(100, NONE);
        tracker.onDelivered(132);

        assertFalse(tracker.ackSingle(164));
        assertTrue(tracker.ackSingle(132));
        assertFalse(tracker.ackSingle(132));
        tracker.reset(50, NONE);
        assertFalse(tracker.ackSingle(132));
        assertEquals(50, tracker.cursor());
    }

    @Test
    void shouldRefuseMoreThanItsCapacity() {
        tracker.reset(0, NONE);
        for (int i = 1; i <= 4; i++) {
            assertFalse(tracker.isFull());
            tracker.onDelivered(32L * i);
        }

        assertTrue(tracker.isFull());
        assertThrows(IllegalStateException.class, () -> tracker.onDelivered(32 * 5));
    }

    @Test
    void shouldAgreeWithMapsWhateverHappens() {
        for (int seed = 1; seed <= 500; seed++) {
            runAgainstMaps(new Random(seed));
        }
    }

    private static void runAgainstMaps(final Random random) {
        final int capacity = 1 + random.nextInt(20);
        final AckTracker tested = new AckTracker(capacity);
        final TreeMap<Long, Long> unacked = new TreeMap<>();
        final TreeSet<Long> acked = new TreeSet<>();
        final TreeSet<Long> unsent = new TreeSet<>();
        long end = 320;
        tested.reset(end, NONE);
        for (int step = 0; step < 400; step++) {
            final long cursor = unacked.isEmpty() ? end : unacked.firstEntry().getValue();
            acked.headSet(cursor, true).clear();
            unsent.headSet(cursor, true).clear();
            assertEquals(cursor, tested.cursor());
            assertEquals(unacked.size(), tested.unackedCount());
            assertEquals(unsent.size(), tested.unsentCount());
            assertEquals(unacked.size() + acked.size() == capacity, tested.isFull());
            switch (random.nextInt(6)) {
                case 0 -> {
                    end += 32;
                    tested.onSkipped(end);
                }
                case 1, 2 -> {
                    if (!tested.isFull()) {
                        unacked.put(end + 32, end);
                        end += 32;
                        tested.onDelivered(end);
                    }
                }
                case 3 -> {
                    final long position = end - 32L * random.nextInt(12);
                    final boolean isKnown = unacked.remove(position) != null;
                    if (isKnown) {
                        acked.add(position);
                        unsent.add(position);
                    }
                    assertEquals(isKnown, tested.ackSingle(position));
                }
                case 4 -> {
                    if (random.nextInt(4) == 0) {
                        final long position = end - 32L * random.nextInt(12);
                        final TreeSet<Long> through =
                                new TreeSet<>(unacked.headMap(position, true).keySet());
                        through.forEach(unacked::remove);
                        acked.addAll(through);
                        unsent.addAll(through);
                        assertEquals(through.size(), tested.ackThrough(position));
                    }
                }
                default -> {
                    final long[] taken = new long[1 + random.nextInt(5)];
                    final int count = tested.takeUnsent(taken);
                    assertEquals(Math.min(taken.length, unsent.size()), count);
                    for (int i = 0; i < count; i++) {
                        assertEquals(unsent.pollFirst(), taken[i]);
                    }
                }
            }
        }
    }

    private List<Long> lostOf(final long... positions) {
        return Arrays.stream(positions).filter(tracker::isLost).boxed().toList();
    }
}
