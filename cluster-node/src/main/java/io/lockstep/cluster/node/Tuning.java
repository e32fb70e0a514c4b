package io.lockstep.cluster.node;

import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.driver.ThreadingMode;
import io.lockstep.archive.idle.DriverSockets;
import io.lockstep.archive.idle.ParkingIdleStrategy;
import io.lockstep.archive.idle.SocketIdleStrategy;
import io.lockstep.config.Profile;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.BusySpinIdleStrategy;
import org.agrona.concurrent.IdleStrategy;

/**
 * What a profile means: threads, idling and the time-outs of elections. The time-outs come from three real nodes under
 * load: long enough that a busy machine causes no false election, short enough for the fail-over that is promised.
 *
 * @param isOneThread           whether driver, archives and consensus modules share one thread.
 * @param driverThreading       of the media driver.
 * @param archiveThreading      of both archives.
 * @param heartbeatIntervalNs   of a leader.
 * @param heartbeatTimeoutNs    after which followers elect.
 * @param electionTimeoutNs     of one ballot.
 * @param electionStatusNs      interval of canvassing.
 * @param startupCanvassNs      how long a starting node waits for all members.
 * @param terminationNs         how long a consensus module waits at the end.
 * @param sessionTimeoutNs      after which a silent client session is closed.
 * @param idleStrategy          makes the idle strategy of every thread.
 */
public record Tuning(
        boolean isOneThread,
        ThreadingMode driverThreading,
        ArchiveThreadingMode archiveThreading,
        long heartbeatIntervalNs,
        long heartbeatTimeoutNs,
        long electionTimeoutNs,
        long electionStatusNs,
        long startupCanvassNs,
        long terminationNs,
        long sessionTimeoutNs,
        Supplier<IdleStrategy> idleStrategy) {

    private static final int MAX_SPINS = 10;
    private static final int MAX_YIELDS = 20;
    private static final long MIN_PARK_NS = 1_000;
    private static final long NODE_THREAD_PARK_NS = 50_000;
    private static final long ENGINE_MIN_PARK_NS = 500_000;
    private static final long MAX_PARK_NS = 1_000_000;
    private static final long MAX_SLEEP_MS = 1;

    /**
     * The tuning of a profile.
     *
     * @param profile of the cluster.
     * @return its tuning.
     */
    public static Tuning of(final Profile profile) {
        return switch (profile) {
            case DEFAULT ->
                new Tuning(
                        false,
                        ThreadingMode.SHARED,
                        ArchiveThreadingMode.SHARED,
                        ms(50),
                        ms(1_000),
                        ms(300),
                        ms(20),
                        ms(5_000),
                        ms(5_000),
                        ms(10_000),
                        Tuning::backoff);
            case SMALL ->
                new Tuning(
                        true,
                        ThreadingMode.INVOKER,
                        ArchiveThreadingMode.INVOKER,
                        ms(200),
                        ms(3_000),
                        ms(500),
                        ms(50),
                        ms(9_000),
                        ms(5_000),
                        ms(30_000),
                        Tuning::parking);
            case LOW_LATENCY ->
                new Tuning(
                        false,
                        ThreadingMode.DEDICATED,
                        ArchiveThreadingMode.DEDICATED,
                        ms(50),
                        ms(1_000),
                        ms(300),
                        ms(20),
                        ms(5_000),
                        ms(5_000),
                        ms(10_000),
                        BusySpinIdleStrategy::new);
        };
    }

    private static IdleStrategy backoff() {
        return new BackoffIdleStrategy(MAX_SPINS, MAX_YIELDS, MIN_PARK_NS, MAX_PARK_NS);
    }

    /**
     * How the one thread of a small node idles. On shared cores a turn that finds nothing is not free: it is a dozen
     * system calls that a busy thread waits for.
     *
     * @param sockets of the node's media driver.
     * @return a new one.
     */
    static SocketIdleStrategy newNodeThreadIdleStrategy(final DriverSockets sockets) {
        return new SocketIdleStrategy(sockets, NODE_THREAD_PARK_NS, MAX_SLEEP_MS);
    }

    private static ParkingIdleStrategy parking() {
        return new ParkingIdleStrategy(NODE_THREAD_PARK_NS, MAX_PARK_NS);
    }

    /**
     * How the thread of a small node's engine idles. All its work comes from the node's thread, which wakes it.
     *
     * @return a new one.
     */
    static ParkingIdleStrategy newEngineIdleStrategy() {
        return new ParkingIdleStrategy(ENGINE_MIN_PARK_NS, MAX_PARK_NS);
    }

    private static long ms(final long milliseconds) {
        return TimeUnit.MILLISECONDS.toNanos(milliseconds);
    }
}
