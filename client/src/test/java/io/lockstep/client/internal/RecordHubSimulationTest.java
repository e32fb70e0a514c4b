package io.lockstep.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.junit.jupiter.api.Test;

/**
 * Many subscribers of one shard that stop, fall behind, join late, move, throw and leave, over readers that change nodes
 * and lose their place: each gets every record from where it began, once and in order.
 */
class RecordHubSimulationTest {
    private static final int STEPS = 1_000;

    @Test
    void shouldDeliverEveryRecordOnceInOrderWhenEverythingHappens() {
        final long baseSeed = baseSeed();
        final int count = Integer.getInteger("lockstep.seeds", 1_000);
        long delivered = 0;
        final long[] events = new long[4];
        for (int i = 0; i < count; i++) {
            final long seed = baseSeed + i;
            try {
                final Simulation simulation = new Simulation(seed);
                delivered += simulation.run();
                events[0] += simulation.hub.overrunCount();
                events[1] += simulation.hub.promotionCount();
                events[2] += simulation.lostCount;
                events[3] += simulation.journal.openedReaders();
            } catch (final AssertionError | RuntimeException ex) {
                throw new AssertionError("failed with -Dlockstep.seed=" + seed + ": " + ex.getMessage(), ex);
            }
        }
        System.out.println(count + " runs: " + delivered + " records delivered, " + events[0] + " overruns, "
                + events[1] + " promotions, " + events[2] + " lost cursors, " + events[3] + " readers opened");
        assertTrue(events[0] > count / 10, "windows overran members in too few runs: " + events[0]);
        assertTrue(events[1] > count / 10, "readers were shared in too few runs: " + events[1]);
        assertTrue(events[2] > count / 10, "cursors were lost in too few runs: " + events[2]);
    }

    private static long baseSeed() {
        final String text = System.getProperty("lockstep.seed", "");
        final long seed = text.isBlank() ? System.nanoTime() : Long.parseLong(text);
        System.out.println("lockstep.seed=" + seed);
        return seed;
    }

    private static final class Simulation {
        private final Random random;
        private final FakeJournal journal;
        private final RecordHub hub;
        private final List<Member> members = new ArrayList<>();
        private final int maxCatchUp;
        private final int windowLength;
        private long nowNs = 1;
        private long lostCount;
        private long deliveredCount;

        private Simulation(final long seed) {
            random = new Random(seed);
            journal = new FakeJournal(random);
            maxCatchUp = 1 + random.nextInt(3);
            windowLength = 4096 << random.nextInt(3);
            hub = new RecordHub(0, journal::open, windowLength, maxCatchUp, () -> nowNs);
        }

        private long run() {
            final int most = 1 + random.nextInt(24);
            final int appendOdds = 1 + random.nextInt(6);
            for (int step = 0; step < STEPS; step++) {
                nowNs += random.nextInt(20_000_000);
                if (random.nextInt(appendOdds) == 0) {
                    appendSome();
                }
                if (random.nextInt(500) == 0) {
                    journal.trim(random.nextInt(journal.size() + 1));
                }
                if (members.size() < most && random.nextInt(20) == 0) {
                    members.add(new Member());
                }
                for (int i = members.size() - 1; i >= 0; i--) {
                    final Member member = members.get(i);
                    member.turn();
                    if (member.isGone) {
                        members.remove(i);
                    }
                }
                checkBounds();
            }
            end();
            return deliveredCount;
        }

        // Everybody works again: all must get to the end, most of them in the window.
        private void end() {
            journal.calm();
            final int turns = 200_000;
            for (int turn = 0; turn < turns && !areAllAtEnd(); turn++) {
                nowNs += 20_000_000;
                for (final Member member : members) {
                    member.stoppedTurns = 0;
                    member.isRude = false;
                    member.turn();
                }
                checkBounds();
            }
            for (final Member member : members) {
                assertEquals(
                        journal.end(journal.size()), member.reader.position(), "one did not get to the end of " + hub);
                assertTrue(member.next < 0 || member.next == journal.size(), "one misses the last records");
                member.reader.close();
            }
            assertEquals(0, journal.openReaders(), "readers that were left open");
            assertEquals(0, hub.catchUpCount() + hub.waitingCount() + hub.memberCount());
        }

        private boolean areAllAtEnd() {
            for (final Member member : members) {
                if (member.reader.position() != journal.end(journal.size())) {
                    return false;
                }
            }
            return true;
        }

        private void appendSome() {
            final int count = 1 + random.nextInt(12);
            for (int i = 0; i < count; i++) {
                // Some are longer than half of the smallest window.
                journal.append(random.nextInt(100) == 0 ? 2_000 + random.nextInt(8_000) : 40 + random.nextInt(300));
            }
        }

        private void checkBounds() {
            assertTrue(hub.catchUpCount() <= maxCatchUp, "more catch up than may");
            assertTrue(
                    journal.openReaders() <= maxCatchUp + 2,
                    "more readers than those that catch up, the shared one and the probe: " + journal.openReaders());
            assertTrue(hub.heldBytes() <= Math.max(windowLength, 32_768), "the window holds more than it may");
        }

        private final class Member implements RecordHandler, SubscriberListener {
            private final StartPosition start;
            private final int sizeAtOpen = journal.size();
            private final RecordReader reader;
            private int next = -1;
            private int greatestFirst = Integer.MAX_VALUE;
            private int stoppedTurns;
            private boolean isRude = true;
            private boolean isGone;
            private boolean isClosing;
            private long lostTo = -1;

            private Member() {
                final int kind = random.nextInt(5);
                final int number = journal.firstReadable() + random.nextInt(sizeAtOpen - journal.firstReadable() + 1);
                start = switch (kind) {
                    case 0 -> StartPosition.start();
                    case 1 -> StartPosition.time(number);
                    case 2 -> StartPosition.position(journal.end(number));
                    default -> StartPosition.live();
                };
                next = kind == 1 || kind == 2 ? number : -1;
                reader = hub.open(start, this);
            }

            private void turn() {
                if (stoppedTurns > 0) {
                    stoppedTurns--;
                    return;
                }
                if (isRude && random.nextInt(400) == 0) {
                    stoppedTurns = 1 + random.nextInt(300);
                }
                if (isRude && random.nextInt(600) == 0) {
                    if (random.nextBoolean()) {
                        reader.close();
                        isGone = true;
                        return;
                    }
                    final int number =
                            journal.firstReadable() + random.nextInt(journal.size() - journal.firstReadable() + 1);
                    reader.moveTo(journal.end(number));
                    next = number;
                    lostTo = -1;
                }
                if (isRude && random.nextInt(30) == 0) {
                    reader.hint(journal.end(journal.size()));
                }
                isClosing = isRude && random.nextInt(1_000) == 0;
                try {
                    final int count = reader.poll(this, 1 + random.nextInt(40));
                    assertTrue(count >= 0, "a negative count");
                } catch (final IllegalStateException ex) {
                    assertEquals("thrown by the handler", ex.getMessage());
                }
                // Whoever is known to be connected misses nothing from then on.
                if (!isGone && next < 0 && start.kind() == StartPosition.Kind.LIVE && reader.nodeId() >= 0) {
                    greatestFirst = Math.min(greatestFirst, journal.size());
                }
                if (lostTo >= 0) {
                    reader.moveTo(lostTo);
                    next = journal.numberAt(lostTo);
                    lostTo = -1;
                }
            }

            @Override
            public Action onRecord(
                    final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
                final int number = buffer.getInt(offset);
                if (next < 0) {
                    if (start.kind() == StartPosition.Kind.LIVE) {
                        assertTrue(number >= sizeAtOpen, "got " + number + " from before it began at " + sizeAtOpen);
                        assertTrue(number <= greatestFirst, "missed " + greatestFirst + ", got " + number);
                    }
                    next = number;
                }
                if (start.kind() == StartPosition.Kind.TIME && number > next && next < journal.firstReadable()) {
                    next = number;
                }
                assertEquals(next, number, "out of order");
                assertEquals(journal.end(number + 1), endPosition, "another position");
                assertTrue(reader.position() <= journal.end(number), "the position is ahead of the record");
                assertEquals(0, reader.poll(this, 1), "a handler cannot poll");
                if (isRude) {
                    final int dice = random.nextInt(300);
                    if (dice == 0) {
                        throw new IllegalStateException("thrown by the handler");
                    }
                    if (dice < 4) {
                        return Action.ABORT;
                    }
                    if (dice == 5 && members.size() < 30) {
                        members.add(new Member());
                    }
                }
                next++;
                deliveredCount++;
                if (isClosing) {
                    reader.close();
                    isGone = true;
                    return Action.BREAK;
                }
                return random.nextInt(20) == 0 ? Action.BREAK : Action.CONTINUE;
            }

            @Override
            public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
                lostTo = firstReadablePosition;
                lostCount++;
            }
        }
    }
}
