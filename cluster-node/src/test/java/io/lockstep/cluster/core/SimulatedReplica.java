package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.cluster.core.FakeOutbox.JournalRecord;
import io.lockstep.wire.RollingHash;
import java.util.ArrayList;
import java.util.List;

/** A replica that can stop anywhere and start again from its last snapshot. */
final class SimulatedReplica {
    private final SimulatedLog log;
    private final boolean keepsHashes;
    private final List<Long> hashes = new ArrayList<>();
    private final List<JournalRecord> journal = new ArrayList<>();
    private FakeOutbox outbox = new FakeOutbox();
    private Engine engine = new Engine(outbox);
    private int applied;
    private int comparedRecords;
    private List<byte[]> snapshot = List.of();
    private int snapshotApplied;
    private int snapshotRecords;

    SimulatedReplica(final SimulatedLog log, final boolean keepsHashes) {
        this.log = log;
        this.keepsHashes = keepsHashes;
        hashes.add(hashOf(engine));
    }

    /** Applies the rest of the log. */
    void replay() {
        replayTo(log.length());
    }

    void replayTo(final int length) {
        for (; applied < Math.min(length, log.length()); applied++) {
            log.apply(applied, engine);
            if (keepsHashes) {
                hashes.add(hashOf(engine));
            }
        }
        journal.addAll(outbox.journal);
        outbox.journal.clear();
    }

    void takeSnapshot() {
        snapshot = EngineFixture.snapshotOf(engine, applied);
        snapshotApplied = applied;
        snapshotRecords = journal.size();
        final Engine copy = EngineFixture.restore(snapshot, new FakeOutbox());
        assertTrue(copy.isRestored());
        assertEquals(hashOf(engine), hashOf(copy), "restored state");
    }

    /** Loses everything that came after the snapshot. */
    void restart() {
        outbox = new FakeOutbox();
        engine = EngineFixture.restore(snapshot, outbox);
        applied = snapshotApplied;
        journal.subList(snapshotRecords, journal.size()).clear();
        comparedRecords = Math.min(comparedRecords, snapshotRecords);
    }

    void compareJournal(final List<JournalRecord> expected, final int step) {
        for (; comparedRecords < journal.size(); comparedRecords++) {
            final String where = "record " + comparedRecords + " at step " + step;
            assertEquals(
                    expected.get(comparedRecords).endPosition(),
                    journal.get(comparedRecords).endPosition(),
                    where);
            assertArrayEquals(
                    expected.get(comparedRecords).bytes(),
                    journal.get(comparedRecords).bytes(),
                    where);
        }
    }

    List<byte[]> takeReplies() {
        final List<byte[]> replies = new ArrayList<>();
        outbox.replies.forEach(reply -> replies.add(reply.bytes()));
        outbox.replies.clear();
        return replies;
    }

    boolean isTimerDue(final long nowNs) {
        final long deadlineNs = engine.timerDeadlineNs();
        return deadlineNs != ClockPart.NONE && nowNs >= deadlineNs;
    }

    /** Hash of state and journal together. */
    static long hashOf(final Engine engine) {
        return RollingHash.update(engine.stateHash(), engine.rollingHash());
    }

    long hashAt(final int length) {
        return keepsHashes || length < applied ? hashes.get(length) : hashOf(engine);
    }

    int applied() {
        return applied;
    }

    Engine engine() {
        return engine;
    }

    List<JournalRecord> journal() {
        return journal;
    }
}
