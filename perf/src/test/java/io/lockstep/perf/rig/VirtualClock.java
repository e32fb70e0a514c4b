package io.lockstep.perf.rig;

import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;

/** A clock that only idling moves. */
final class VirtualClock implements NanoClock, IdleStrategy {
    private final long stepNs;
    private long nowNs;

    VirtualClock(final long stepNs) {
        this.stepNs = stepNs;
    }

    @Override
    public long nanoTime() {
        return nowNs;
    }

    @Override
    public void idle(final int workCount) {
        nowNs += stepNs;
    }

    @Override
    public void idle() {
        nowNs += stepNs;
    }

    @Override
    public void reset() {}
}
