package io.lockstep.perf.rig;

import java.io.IOException;
import java.io.UncheckedIOException;
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
    private static final long SYNC_TIMEOUT_NS = TimeUnit.MINUTES.toNanos(2);

    private long lastRunId = ProcessHandle.current().pid() << 32;

    /**
     * Starts a system alone, warms it up, measures, and stops it.
     *
     * @param rig           to start.
     * @param ratePerSecond of the measured load.
     * @param lengthBytes   of each payload.
     * @param warmUpNs      of load at a rate that compiles the code, before some seconds at the measured rate; none
     *                      of it is recorded.
     * @param measureNs     that is recorded.
     * @return the result.
     */
    LoadResult runAlone(
            final Rig rig, final long ratePerSecond, final int lengthBytes, final long warmUpNs, final long measureNs) {
        return runAlone(
                rig,
                LoadPlan.scheduled(Math.max(WARM_UP_RATE, ratePerSecond), lengthBytes, 0, warmUpNs),
                ratePerSecond,
                lengthBytes,
                measureNs);
    }

    /** Like the other one, with a warm-up of another kind, for systems that cannot hold its rate. */
    LoadResult runAlone(
            final Rig rig,
            final LoadPlan warmUp,
            final long ratePerSecond,
            final int lengthBytes,
            final long measureNs) {
        try (LoadTarget target = rig.start()) {
            final LoadResult warmedUp = run(warmUp, target);
            // A cold system may miss its rate, but it must not lose anything.
            final LoadResult settled = warmedUp.isUnsafe() ? warmedUp : settle(ratePerSecond, lengthBytes, target);
            return settled.isUnsafe()
                    ? settled
                    : run(LoadPlan.scheduled(ratePerSecond, lengthBytes, 0, measureNs), target);
        }
    }

    /**
     * Loads at the measured rate until what the warm-up wrote is on the disk. The kernel would begin to write it half a
     * minute after the warm-up began, which is in the middle of what is measured, and hold up the nodes' own writes.
     */
    private LoadResult settle(final long ratePerSecond, final int lengthBytes, final LoadTarget target) {
        final Process sync = startSync();
        final long deadlineNs = System.nanoTime() + SYNC_TIMEOUT_NS;
        LoadResult settled;
        do {
            settled = run(LoadPlan.scheduled(ratePerSecond, lengthBytes, 0, SETTLE_NS), target);
        } while (sync.isAlive() && !settled.isUnsafe() && System.nanoTime() - deadlineNs < 0);
        if (sync.isAlive()) {
            sync.destroyForcibly();
            throw new IllegalStateException("the disk did not take what was written before within "
                    + TimeUnit.NANOSECONDS.toSeconds(SYNC_TIMEOUT_NS) + " s");
        }
        return settled;
    }

    private static Process startSync() {
        try {
            return new ProcessBuilder("sync").inheritIO().start();
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot run 'sync', which writes the warm-up's data to the disk", ex);
        }
    }

    /** Runs one plan against a system that is up. */
    LoadResult run(final LoadPlan plan, final LoadTarget target) {
        lastRunId++;
        return OpenLoop.run(plan, target, lastRunId, SystemNanoClock.INSTANCE, target.newIdleStrategy());
    }
}
