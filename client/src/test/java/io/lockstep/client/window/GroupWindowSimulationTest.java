package io.lockstep.client.window;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

/** A member reads a journal of messages and assignments that a simulated shard writes; plain lists say what it should do. */
class GroupWindowSimulationTest {
    private static final byte ACK = 0;
    private static final int SEEDS = 1_000;
    private static final int STEPS = 2_000;
    private static final int MAX_ASSIGNED = 16;

    private record Entry(boolean isMessage, long position, int length, boolean isOwn, int attempt) {}

    @Test
    void shouldHandOutWhatIsItsOwnWhenAssignmentsComeLateOrAnew() {
        final long first = Long.getLong("lockstep.seed", System.nanoTime());
        long fetched = 0;
        long held = 0;
        for (int i = 0; i < SEEDS; i++) {
            final Run run = new Run(first + i);
            try {
                run.steps();
            } catch (final RuntimeException | AssertionError failure) {
                throw new AssertionError("seed " + (first + i) + " (-Dlockstep.seed repeats it)", failure);
            }
            fetched += run.fetchedCount;
            held += run.heldCount;
        }
        assertTrue(fetched > SEEDS && held > SEEDS, "held " + held + ", read again " + fetched);
    }

    private static final class Run {
        private final Random random;
        private final GroupWindow window = new GroupWindow(1 << 12, MAX_ASSIGNED);
        private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[2048]);
        // The shard: messages that it may assign, and how often it has.
        private final List<Long> unresolved = new ArrayList<>();
        private final Map<Long, Integer> lengths = new HashMap<>();
        private final Map<Long, Integer> assigned = new HashMap<>();
        private final Deque<Entry> journal = new ArrayDeque<>();
        // The model of the member.
        private final List<Entry> waiting = new ArrayList<>();
        private final Map<Long, Integer> open = new HashMap<>();
        private final List<Long> settled = new ArrayList<>();
        private long journalEnd = 64;
        private int fetchedCount;
        private int heldCount;

        private Run(final long seed) {
            random = new Random(seed);
        }

        private void steps() {
            for (int step = 0; step < STEPS; step++) {
                switch (random.nextInt(8)) {
                    case 0, 1 -> publish();
                    case 2 -> assign();
                    case 3, 4 -> read();
                    case 5 -> handOut();
                    case 6 -> settle();
                    default -> tell();
                }
                check();
            }
        }

        private void publish() {
            final int length = 40 + random.nextInt(random.nextInt(10) == 0 ? 1500 : 200);
            journalEnd += length + 32;
            lengths.put(journalEnd, length);
            unresolved.add(journalEnd);
            journal.add(new Entry(true, journalEnd, length, false, 0));
        }

        private void assign() {
            if (!unresolved.isEmpty()) {
                final long position = unresolved.get(random.nextInt(Math.min(unresolved.size(), 30)));
                final int attempt = assigned.merge(position, 1, Integer::sum);
                journalEnd += 64;
                journal.add(new Entry(false, position, lengths.get(position), random.nextBoolean(), attempt));
            }
        }

        private void read() {
            final Entry entry = journal.peek();
            if (entry == null) {
                return;
            }
            if (entry.isMessage()) {
                buffer.setMemory(0, entry.length(), (byte) entry.position());
                buffer.putLong(0, entry.position());
                window.onMessage(buffer, 0, entry.length(), entry.position());
            } else if (window.canTake(1)) {
                window.onAssigned(entry.isOwn(), entry.position(), entry.length(), entry.attempt());
                waiting.removeIf(other -> other.position() == entry.position());
                open.remove(entry.position());
                if (entry.isOwn()) {
                    waiting.add(entry);
                }
            } else {
                assertTrue(window.hasNext());
                return;
            }
            journal.remove();
        }

        private void handOut() {
            if (!window.canHandOut()) {
                assertTrue(waiting.isEmpty() || open.size() >= MAX_ASSIGNED || settled.size() >= MAX_ASSIGNED);
                return;
            }
            final Entry expected = waiting.remove(0);
            assertEquals(expected.position(), window.nextPosition());
            assertEquals(expected.length(), window.nextRecordLength());
            assertEquals(expected.attempt(), window.nextAttempt());
            if (window.isNextHeld()) {
                heldCount++;
                assertEquals(expected.position(), window.buffer().getLong(window.nextOffset()));
                for (int i = Long.BYTES; i < expected.length(); i++) {
                    assertEquals((byte) expected.position(), window.buffer().getByte(window.nextOffset() + i));
                }
            } else {
                fetchedCount++;
            }
            window.handOut();
            open.put(expected.position(), expected.attempt());
        }

        private void settle() {
            if (open.isEmpty()) {
                return;
            }
            final List<Long> positions = new ArrayList<>(open.keySet());
            final long position = positions.get(random.nextInt(positions.size()));
            final int attempt = open.get(position);
            assertFalse(window.settle(position, attempt + 1, ACK, 0));
            assertTrue(window.settle(position, attempt, ACK, 0));
            open.remove(position);
            settled.add(position);
        }

        private void tell() {
            assertEquals(settled.size(), window.settleCount());
            final int count = random.nextInt(settled.size() + 1);
            for (int i = 0; i < count; i++) {
                assertEquals(settled.get(0), window.settlePosition(i));
                final long position = settled.remove(0);
                if (assigned.get(position) == window.settleAttempt(i)) {
                    unresolved.remove(position);
                }
            }
            window.dropSettles(count);
        }

        private void check() {
            assertEquals(waiting.size(), window.waitingCount());
            assertEquals(!waiting.isEmpty(), window.hasNext());
            assertEquals(open.size(), window.openCount());
            open.forEach((position, attempt) -> assertTrue(window.isOpen(position, attempt)));
        }
    }
}
