package io.lockstep.archive.idle;

import java.util.concurrent.locks.LockSupport;
import java.util.function.LongConsumer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Idles a thread that looks at more and more in each turn, as a media driver at its streams. What it costs to look is what the
 * shortest of some turns took; where that is long, the thread parks as long after each turn, also where it found something, and
 * what comes meanwhile is taken in one turn: as long as a look takes less than {@link #MAX_PARK_NS}, looking takes half a core at
 * most. Else another strategy decides. One instance for one thread.
 */
public final class TurnIdleStrategy implements IdleStrategy {
    /** What it may cost to look, in nanoseconds. */
    static final long CHEAP_LOOK_NS = 20_000;

    /** Number of turns of which the shortest counts. */
    static final int TURNS = 32;

    /** Greatest park in nanoseconds. */
    static final long MAX_PARK_NS = 2_000_000;

    private final IdleStrategy whereCheap;
    private final NanoClock clock;
    private final LongConsumer parker;
    private long turnBeginNs;
    private long shortestNs = Long.MAX_VALUE;
    private int turns;
    private long lookNs;

    /**
     * Before its first turn.
     *
     * @param whereCheap what to do where it costs little to look.
     */
    public TurnIdleStrategy(final IdleStrategy whereCheap) {
        this(whereCheap, SystemNanoClock.INSTANCE, LockSupport::parkNanos);
    }

    TurnIdleStrategy(final IdleStrategy whereCheap, final NanoClock clock, final LongConsumer parker) {
        this.whereCheap = whereCheap;
        this.clock = clock;
        this.parker = parker;
        this.turnBeginNs = clock.nanoTime();
    }

    @Override
    public void idle(final int workCount) {
        onTurn(clock.nanoTime() - turnBeginNs);
        if (lookNs > CHEAP_LOOK_NS) {
            parker.accept(Math.min(lookNs, MAX_PARK_NS));
        } else {
            whereCheap.idle(workCount);
        }
        turnBeginNs = clock.nanoTime();
    }

    @Override
    public void idle() {
        idle(0);
    }

    @Override
    public void reset() {
        whereCheap.reset();
        turnBeginNs = clock.nanoTime();
    }

    private void onTurn(final long turnNs) {
        shortestNs = Math.min(shortestNs, turnNs);
        if (++turns == TURNS) {
            lookNs = shortestNs;
            shortestNs = Long.MAX_VALUE;
            turns = 0;
        }
    }

    @Override
    public String alias() {
        return "turn";
    }
}
