package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/** An engine with a log of its own that is replaced, again and again, by one that was restored from its snapshot. */
final class RestartingEngine {
    static final long SESSION_ID = 99;
    private static final long LOG_ENTRY_LENGTH = 64;

    private final FakeOutbox outbox = new FakeOutbox();
    private Engine engine = new Engine(outbox);
    private long logPosition;
    private long nowNs = 1_000_000_000L;

    /** Applies a command that is answered, and returns the bytes of the answer. */
    byte[] apply(final byte[] command) {
        logPosition += LOG_ENTRY_LENGTH;
        outbox.replies.clear();
        engine.onCommand(SESSION_ID, logPosition, nowNs, new UnsafeBuffer(command), 0, command.length);
        assertEquals(1, outbox.replies.size(), "answers");
        return outbox.replies.get(0).bytes();
    }

    /** Another leader takes over. */
    void beginTerm() {
        logPosition += LOG_ENTRY_LENGTH;
        engine.onLeadershipTerm(logPosition, nowNs);
    }

    /** The cluster timer fires where it is due; false where it is not. */
    boolean fireTimer() {
        final long deadlineNs = engine.timerDeadlineNs();
        if (deadlineNs == ClockPart.NONE || nowNs < deadlineNs) {
            return false;
        }
        logPosition += LOG_ENTRY_LENGTH;
        engine.onTimer(logPosition, nowNs);
        return true;
    }

    /** Goes on with an engine that was restored from a snapshot of this one. */
    void restart() {
        final List<byte[]> snapshot = EngineFixture.snapshotOf(engine, logPosition);
        final Engine restored = EngineFixture.restore(snapshot, outbox);
        assertTrue(restored.isRestored());
        assertEquals(engine.stateHash(), restored.stateHash(), "hash of the restored state");
        assertEquals(engine.stateBytes(), restored.stateBytes(), "size of the restored state");
        engine = restored;
    }

    void raiseFeatureLevel() {
        apply(Commands.setFeatureLevel(Engine.MESSAGING_LEVEL));
    }

    void advance(final long ns) {
        nowNs += ns;
    }

    long nowNs() {
        return nowNs;
    }

    /** What was put into the journal since this was asked last. */
    List<FakeOutbox.JournalRecord> takeRecords() {
        final List<FakeOutbox.JournalRecord> records = List.copyOf(outbox.journal);
        outbox.clear();
        return records;
    }

    Engine engine() {
        return engine;
    }
}
