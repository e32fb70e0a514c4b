package io.lockstep.perf.rig;

import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.SystemNanoClock;

/** Runs plans against rigs on the calling thread, each run under a number of its own. One thread. */
final class RigRunner {
    /**
     * Fast enough to compile the hot paths and to touch every page of the log buffers, 48 MiB for each stream, within the
     * default warm-up; slow enough for every system on two cores.
     */
    private static final long WARM_UP_RATE = 20_000;

    private static final long SETTLE_NS = TimeUnit.SECONDS.toNanos(1);

    private long lastRunId = ProcessHandle.current().pid() << 32;

    /**
     * Starts a system alone, warms it up, measures, and stops it.
     *
     * @param rig           to start.
     * @param ratePerSecond of the measured load.
     * @param lengthBytes   of each payload.
     * @param warmUpNs      of load at a rate that compiles the code, before a second at the measured rate; none of it
     *                      is recorded.
     * @param measureNs     that is recorded.
     * @return the result.
     */
    LoadResult runAlone(
            final Rig rig, final long ratePerSecond, final int lengthBytes, final long warmUpNs, final long measureNs) {
        try (LoadTarget target = rig.start()) {
            final LoadPlan warmUp = LoadPlan.scheduled(Math.max(WARM_UP_RATE, ratePerSecond), lengthBytes, 0, warmUpNs);
            final LoadResult warmedUp = run(warmUp, target);
            // A cold system may miss its rate, but it must not lose anything.
            return warmedUp.isUnsafe()
                    ? warmedUp
                    : run(LoadPlan.scheduled(ratePerSecond, lengthBytes, SETTLE_NS, measureNs), target);
        }
    }

    /** Runs one plan against a system that is up. */
    LoadResult run(final LoadPlan plan, final LoadTarget target) {
        lastRunId++;
        return OpenLoop.run(plan, target, lastRunId, SystemNanoClock.INSTANCE, target.newIdleStrategy());
    }
}
