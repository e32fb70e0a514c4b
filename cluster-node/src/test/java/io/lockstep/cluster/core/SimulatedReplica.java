package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;

/** A replica that can stop anywhere and start again from its last snapshot. */
final class SimulatedReplica {
    private final SimulatedLog log;
    private final SimulatedHistory history;
    private FakeOutbox outbox = new FakeOutbox();
    private Engine engine = new Engine(outbox);
    private int applied;
    private List<byte[]> snapshot = List.of();
    private int snapshotApplied;

    SimulatedReplica(final SimulatedLog log, final SimulatedHistory history) {
        this.log = log;
        this.history = history;
    }

    /** Applies the rest of the log. */
    void replay() {
        replayTo(log.length());
    }

    void replayTo(final int length) {
        for (; applied < Math.min(length, log.length()); applied++) {
            log.apply(applied, engine);
            history.onApplied(applied, engine, outbox);
        }
    }

    void takeSnapshot() {
        snapshot = EngineFixture.snapshotOf(engine, applied);
        snapshotApplied = applied;
        final Engine copy = EngineFixture.restore(snapshot, new FakeOutbox());
        assertTrue(copy.isRestored());
        assertEquals(SimulatedHistory.hashOf(engine), SimulatedHistory.hashOf(copy), "restored state");
    }

    /** Loses everything that came after the snapshot. */
    void restart() {
        outbox = new FakeOutbox();
        engine = EngineFixture.restore(snapshot, outbox);
        applied = snapshotApplied;
    }

    boolean isTimerDue(final long nowNs) {
        final long deadlineNs = engine.timerDeadlineNs();
        return deadlineNs != ClockPart.NONE && nowNs >= deadlineNs;
    }

    int applied() {
        return applied;
    }

    Engine engine() {
        return engine;
    }
}
