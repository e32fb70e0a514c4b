package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.lockstep.cluster.core.FakeOutbox.JournalRecord;
import io.lockstep.cluster.core.FakeOutbox.Reply;
import io.lockstep.wire.RollingHash;
import java.util.ArrayList;
import java.util.List;

/**
 * What a log makes of an engine, entry by entry: state, journal, replies and timers. The first replica to apply an entry
 * writes it down; whoever applies it later, for the first time or again after a restart, must come to the same.
 */
final class SimulatedHistory {
    private record Entry(long hash, List<JournalRecord> journal, List<Reply> replies, List<Long> timers) {}

    private final List<Entry> entries = new ArrayList<>();

    /** An engine has applied an entry; takes what its outbox holds. */
    void onApplied(final int index, final Engine engine, final FakeOutbox outbox) {
        final Entry entry = new Entry(
                hashOf(engine), List.copyOf(outbox.journal), List.copyOf(outbox.replies), List.copyOf(outbox.timers));
        outbox.clear();
        if (index == entries.size()) {
            entries.add(entry);
        } else {
            compare(entries.get(index), entry, "entry " + index);
        }
    }

    /** Hash of state and journal together. */
    static long hashOf(final Engine engine) {
        return RollingHash.update(engine.stateHash(), engine.rollingHash());
    }

    List<byte[]> repliesTo(final int index) {
        return entries.get(index).replies().stream().map(Reply::bytes).toList();
    }

    List<JournalRecord> recordsOf(final int index) {
        return entries.get(index).journal();
    }

    private static void compare(final Entry expected, final Entry actual, final String where) {
        assertEquals(expected.journal().size(), actual.journal().size(), "records of " + where);
        for (int i = 0; i < expected.journal().size(); i++) {
            final JournalRecord wanted = expected.journal().get(i);
            final JournalRecord found = actual.journal().get(i);
            assertEquals(wanted.endPosition(), found.endPosition(), "end of a record of " + where);
            assertArrayEquals(wanted.bytes(), found.bytes(), "a record of " + where);
        }
        assertEquals(expected.replies().size(), actual.replies().size(), "replies to " + where);
        for (int i = 0; i < expected.replies().size(); i++) {
            final Reply wanted = expected.replies().get(i);
            final Reply found = actual.replies().get(i);
            assertEquals(wanted.clusterSessionId(), found.clusterSessionId(), "session of a reply to " + where);
            assertArrayEquals(wanted.bytes(), found.bytes(), "a reply to " + where);
        }
        assertEquals(expected.timers(), actual.timers(), "timers of " + where);
        assertEquals(expected.hash(), actual.hash(), "state after " + where);
    }
}
