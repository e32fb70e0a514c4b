package io.lockstep.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class RecordHubTest {
    private static final SubscriberListener LOSSY = new SubscriberListener() {
        @Override
        public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
            // Not the subject here.
        }
    };

    private final FakeJournal journal = new FakeJournal(new Random(1));
    private long nowNs;
    private final RecordHub hub = new RecordHub(0, journal::open, 4096, 2, () -> nowNs);

    @Test
    void shouldOpenOneReaderWhenManySubscribersKeepUp() {
        // given
        journal.calm();
        final List<Counter> counters = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            counters.add(new Counter(hub.open(StartPosition.live(), LOSSY)));
        }
        pollUntil(counters, () -> counters.get(0).reader.nodeId() >= 0);

        // when
        append(1_000, 100);
        pollUntil(counters, () -> counters.stream().allMatch(counter -> counter.count == 1_000));

        // then
        assertEquals(1, journal.openedReaders());
    }

    @Test
    void shouldCostOthersNothingAndCatchUpWhenOneStops() {
        // given
        journal.calm();
        final Counter stopped = new Counter(hub.open(StartPosition.live(), LOSSY));
        final List<Counter> others = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            others.add(new Counter(hub.open(StartPosition.live(), LOSSY)));
        }
        pollUntil(others, () -> others.get(0).reader.nodeId() >= 0);

        // when: far more than the window holds
        append(1_000, 100);
        pollUntil(others, () -> others.stream().allMatch(counter -> counter.count == 1_000));

        // then
        assertEquals(1, journal.openedReaders());
        assertEquals(0, stopped.count);

        // and when it goes on
        pollUntil(List.of(stopped), () -> stopped.count == 1_000);
        append(1, 100);
        final List<Counter> all = new ArrayList<>(others);
        all.add(stopped);
        pollUntil(all, () -> all.stream().allMatch(counter -> counter.count == 1_001));

        // then it is with the others again
        assertEquals(1, journal.openReaders());
        assertEquals(2, journal.openedReaders());
    }

    @Test
    void shouldTakeTurnsWhenHoldersOfReadersStop() {
        // given: two that take the only readers and stop
        append(500, 100);
        final List<Counter> holders = List.of(
                new Counter(hub.open(StartPosition.start(), LOSSY)),
                new Counter(hub.open(StartPosition.start(), LOSSY)));
        holders.forEach(Counter::poll);
        final Counter third = new Counter(hub.open(StartPosition.start(), LOSSY));
        third.poll();

        // when
        nowNs += RecordHub.TURN_NS;
        journal.calm();
        pollUntil(List.of(third), () -> third.count == 500);

        // then
        assertTrue(journal.mostOpenReaders() <= 3, "readers: " + journal.mostOpenReaders());
    }

    @Test
    void shouldBeginNoEarlierThanTheOthersReadWhenANodeLacksTheLatest() {
        // given
        journal.calm();
        final Counter first = new Counter(hub.open(StartPosition.live(), LOSSY));
        pollUntil(List.of(first), () -> first.reader.nodeId() >= 0);
        append(20, 100);
        pollUntil(List.of(first), () -> first.count == 20);

        // when
        journal.missing(5);
        final Counter late = new Counter(hub.open(StartPosition.live(), LOSSY));
        final List<Counter> both = List.of(first, late);
        pollUntil(both, () -> late.reader.position() >= 0);
        append(3, 100);
        pollUntil(both, () -> first.count == 23 && late.count >= 3);

        // then
        assertEquals(3, late.count);
    }

    @Test
    void shouldAllocateNothingWhenItDelivers() {
        // given
        journal.calm();
        final List<Counter> counters = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            counters.add(new Counter(hub.open(StartPosition.live(), LOSSY)));
        }
        pollUntil(counters, () -> counters.get(0).reader.nodeId() >= 0);
        append(40_000, 100);
        final Counter[] all = counters.toArray(new Counter[0]);
        deliver(all, 20_000);
        final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

        // when
        final long before = threads.getCurrentThreadAllocatedBytes();
        deliver(all, 40_000);
        final long allocated = threads.getCurrentThreadAllocatedBytes() - before;

        // then: the measuring itself takes a little
        assertTrue(allocated < 1_000, "80,000 deliveries allocated " + allocated + " bytes");
    }

    private static void deliver(final Counter[] counters, final int until) {
        for (int turn = 0; turn < 1_000_000 && counters[counters.length - 1].count < until; turn++) {
            for (final Counter counter : counters) {
                counter.poll();
            }
        }
        assertEquals(until, counters[counters.length - 1].count, 64);
    }

    private void append(final int count, final int length) {
        for (int i = 0; i < count; i++) {
            journal.append(length);
        }
    }

    private void pollUntil(final List<Counter> counters, final BooleanSupplier condition) {
        for (int turn = 0; turn < 100_000 && !condition.getAsBoolean(); turn++) {
            nowNs += 1_000_000;
            counters.forEach(Counter::poll);
        }
        assertTrue(condition.getAsBoolean(), "not within 100,000 turns: " + hub);
    }

    private static final class Counter {
        private final RecordReader reader;
        private int count;
        private final RecordHandler handler = (buffer, offset, length, endPosition) -> {
            count++;
            return Action.CONTINUE;
        };

        private Counter(final RecordReader reader) {
            this.reader = reader;
        }

        private void poll() {
            reader.poll(handler, 64);
        }
    }
}
