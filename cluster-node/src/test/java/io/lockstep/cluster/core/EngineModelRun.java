package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.LongConsumer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What the models of the features share: an engine at the messaging level that is replaced by a copy from its snapshot at
 * random points, leadership terms that begin, and time that passes with the cluster timer firing when it is due.
 */
final class EngineModelRun {
    private static final int COMMAND_OFFSET = 16;
    private static final long TICK_NS = 1_000_000L;

    final Random random;
    final FakeOutbox outbox = new FakeOutbox();
    private Engine engine = new Engine(outbox);
    private long logPosition;
    private long nowNs = 1_700_000_000_000_000_000L;

    EngineModelRun(final long seed) {
        random = new Random(spread(seed));
        beginTerm();
        apply(Commands.seedShard(0, 1, Map.of(), List.of()));
    }

    /** Runs a model for many seeds; a failure names its seed. */
    static void forSeeds(final String test, final int normalCount, final LongConsumer run) {
        final long first = TestSeed.next(test);
        final int count = TestSeed.count(normalCount);
        for (long seed = first; seed < first + count; seed++) {
            try {
                run.accept(seed);
            } catch (final RuntimeException | AssertionError ex) {
                throw TestSeed.failureOf(seed, ex);
            }
        }
    }

    // SplitMix64: the first draws of generators with neighbouring seeds are nearly the same.
    private static long spread(final long seed) {
        long bits = seed * 0x9E3779B97F4A7C15L;
        bits = (bits ^ (bits >>> 30)) * 0xBF58476D1CE4E5B9L;
        bits = (bits ^ (bits >>> 27)) * 0x94D049BB133111EBL;
        return bits ^ (bits >>> 31);
    }

    Engine engine() {
        return engine;
    }

    long nowNs() {
        return nowNs;
    }

    /** Applies a command and returns the bytes of the last reply that it caused, or null. */
    byte[] apply(final byte[] command) {
        return apply(EngineFixture.SESSION_ID, command);
    }

    /** The same for another session of the cluster. */
    byte[] apply(final long sessionId, final byte[] command) {
        fireTimerIfDue();
        final byte[] framed = new byte[command.length + 2 * COMMAND_OFFSET];
        System.arraycopy(command, 0, framed, COMMAND_OFFSET, command.length);
        logPosition += 64;
        final int repliesBefore = outbox.replies.size();
        engine.onCommand(sessionId, logPosition, nowNs, new UnsafeBuffer(framed), COMMAND_OFFSET, command.length);
        return outbox.replies.size() == repliesBefore
                ? null
                : outbox.replies.get(outbox.replies.size() - 1).bytes();
    }

    /** Lets time pass; the timer fires at its deadline, as often as one is asked for until then. */
    void pass(final long durationNs) {
        final long endNs = nowNs + durationNs;
        long deadlineNs = engine.timerDeadlineNs();
        while (deadlineNs != ClockPart.NONE && deadlineNs <= endNs) {
            nowNs = Math.max(nowNs, deadlineNs);
            fireTimer();
            deadlineNs = engine.timerDeadlineNs();
        }
        nowNs = endNs;
    }

    /** Lets the least bit of time pass without a timer. */
    void tick() {
        nowNs += TICK_NS;
    }

    /** Another leader takes over: no lease runs out before its full length has passed again. */
    void beginTerm() {
        logPosition += 64;
        engine.onLeadershipTerm(logPosition, nowNs);
    }

    /** Replaces the engine by a copy that was restored from its snapshot. */
    void restart() {
        final List<byte[]> snapshot = EngineFixture.snapshotOf(engine, logPosition);
        final Engine copy = EngineFixture.restore(snapshot, outbox);
        assertTrue(copy.isRestored());
        assertEquals(engine.stateHash(), copy.stateHash(), "state of the restored copy");
        assertEquals(engine.stateBytes(), copy.stateBytes(), "counted size of the restored copy");
        engine = copy;
    }

    private void fireTimerIfDue() {
        final long deadlineNs = engine.timerDeadlineNs();
        if (deadlineNs != ClockPart.NONE && deadlineNs <= nowNs) {
            fireTimer();
        }
    }

    private void fireTimer() {
        logPosition += 64;
        engine.onTimer(logPosition, nowNs);
    }
}
