package io.lockstep.cluster.service;

import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.logbuffer.Header;
import io.lockstep.archive.journal.JournalWriter;
import io.lockstep.cluster.core.Engine;
import io.lockstep.cluster.core.Outbox;
import io.lockstep.config.EngineSetting;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NanoClock;
import org.agrona.concurrent.SystemNanoClock;

/**
 * Carries a shard's committed log into its engine, and what the engine says into the journal and to the clients.
 *
 * <p>Aeron swallows an exception of a handler and goes on with the next message, which would make this replica another
 * one than its peers. So every callback catches every {@link Throwable}, latches it and does nothing any more; the
 * watchdog hands over and ends the process. All methods belong to the service thread.
 */
public final class EngineService implements ClusteredService, Outbox {
    private static final long TIMER_CORRELATION_ID = 1;
    private static final int REPLY_ATTEMPTS = 3;
    private static final long STATUS_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(20);

    /** As long as the journal waits for its archive; the consensus module of a node that is well answers in no time. */
    static final long TIMER_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(10);

    private final JournalOpener journalOpener;
    private final ServiceHealth health;
    private final NanoClock clock;
    private final Engine engine = new Engine(this);

    private Cluster cluster;
    private JournalWriter journal;
    private ClientSession currentSession;
    private boolean isFailed;
    private boolean isStarted;
    private boolean isInJournal;
    private long droppedReplies;
    private long nextStatusNs;
    private long publishedLogPosition = Long.MIN_VALUE;

    /** Opens the journal when the snapshot is loaded. */
    @FunctionalInterface
    public interface JournalOpener {
        /**
         * Opens the journal; may block.
         *
         * @param cluster             the service's view of its cluster.
         * @param snapshotPosition    end of the journal at the snapshot, or 0.
         * @param snapshotRollingHash rolling hash at the snapshot.
         * @return the open journal.
         */
        JournalWriter open(Cluster cluster, long snapshotPosition, long snapshotRollingHash);
    }

    /**
     * Makes a service.
     *
     * @param journalOpener opens the journal.
     * @param health        to tell other threads.
     */
    public EngineService(final JournalOpener journalOpener, final ServiceHealth health) {
        this(journalOpener, health, SystemNanoClock.INSTANCE);
    }

    EngineService(final JournalOpener journalOpener, final ServiceHealth health, final NanoClock clock) {
        this.journalOpener = Objects.requireNonNull(journalOpener, "journalOpener");
        this.health = Objects.requireNonNull(health, "health");
        this.clock = Objects.requireNonNull(clock, "clock");
    }

    @Override
    public void onStart(final Cluster startedCluster, final Image snapshotImage) {
        cluster = startedCluster;
        try {
            if (snapshotImage != null) {
                SnapshotLoader.load(engine, snapshotImage, cluster.idleStrategy());
            }
            for (final ClientSession session : cluster.clientSessions()) {
                engine.onSessionOpen(session.id(), session.encodedPrincipal());
            }
            journal = journalOpener.open(
                    cluster, engine.journalPosition(), snapshotImage == null ? 0 : engine.rollingHash());
            isStarted = true;
            health.beat(System.nanoTime());
            publishStatus();
        } catch (final Throwable throwable) {
            fail(throwable);
            // Aeron turns an exception from here into the end of the container: the right way to refuse to start.
            throw throwable;
        }
    }

    @Override
    public void onSessionOpen(final ClientSession session, final long timestamp) {
        if (isFailed) {
            return;
        }
        try {
            engine.onSessionOpen(session.id(), session.encodedPrincipal());
            engine.onClusterEvent(cluster.logPosition(), timestamp);
        } catch (final Throwable throwable) {
            fail(throwable);
        }
    }

    @Override
    public void onSessionClose(final ClientSession session, final long timestamp, final CloseReason closeReason) {
        if (isFailed) {
            return;
        }
        try {
            engine.onSessionClose(session.id());
            engine.onClusterEvent(cluster.logPosition(), timestamp);
        } catch (final Throwable throwable) {
            fail(throwable);
        }
    }

    @Override
    public void onSessionMessage(
            final ClientSession session,
            final long timestamp,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final Header header) {
        if (isFailed) {
            return;
        }
        currentSession = session;
        try {
            engine.onCommand(
                    session == null ? 0 : session.id(), cluster.logPosition(), timestamp, buffer, offset, length);
        } catch (final Throwable throwable) {
            fail(throwable);
        } finally {
            currentSession = null;
        }
    }

    @Override
    public void onTimerEvent(final long correlationId, final long timestamp) {
        if (isFailed) {
            return;
        }
        try {
            engine.onTimer(cluster.logPosition(), timestamp);
        } catch (final Throwable throwable) {
            fail(throwable);
        }
    }

    @Override
    public void onNewLeadershipTermEvent(
            final long leadershipTermId,
            final long logPosition,
            final long timestamp,
            final long termBaseLogPosition,
            final int leaderMemberId,
            final int logSessionId,
            final TimeUnit timeUnit,
            final int appVersion) {
        if (isFailed) {
            return;
        }
        try {
            engine.onLeadershipTerm(cluster.logPosition(), timestamp);
        } catch (final Throwable throwable) {
            fail(throwable);
        }
    }

    @Override
    public void onTakeSnapshot(final ExclusivePublication snapshotPublication) {
        if (isFailed) {
            // A snapshot of a state that cannot be trusted must not exist.
            throw new IllegalStateException("no snapshot: the service has failed", health.failure());
        }
        health.pausing(true);
        try {
            journal.force();
            engine.writeSnapshot(
                    new SnapshotPublisher(snapshotPublication::offer, cluster.idleStrategy(), clock),
                    cluster.logPosition());
        } catch (final Throwable throwable) {
            fail(throwable);
            throw throwable;
        } finally {
            health.pausing(false);
            health.beat(System.nanoTime());
        }
    }

    @Override
    public void onRoleChange(final Cluster.Role newRole) {}

    @Override
    public void onTerminate(final Cluster terminatedCluster) {
        CloseHelper.quietClose(journal);
    }

    @Override
    public int doBackgroundWork(final long nowNs) {
        health.beat(nowNs);
        // Waiting inside an append comes back here through the idle strategy of the cluster.
        if (isFailed || !isStarted || isInJournal) {
            return 0;
        }
        try {
            final int workCount = journal.doWork();
            if (nowNs - nextStatusNs >= 0 && publishedLogPosition != cluster.logPosition()) {
                nextStatusNs = nowNs + STATUS_INTERVAL_NS;
                publishStatus();
            }
            return workCount;
        } catch (final Throwable throwable) {
            fail(throwable);
            return 0;
        }
    }

    @Override
    public void journal(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        isInJournal = true;
        journal.append(buffer, offset, length, endPosition);
        isInJournal = false;
    }

    /**
     * {@inheritDoc}
     *
     * <p>Whether a reply reached the client is not known and never matters: the client repeats what was not answered. What
     * cannot be sent is dropped and counted; a reply never fails the service, because the same command would then fail
     * one leader after the other.
     */
    @Override
    public void reply(final long clusterSessionId, final DirectBuffer buffer, final int offset, final int length) {
        final ClientSession session = currentSession != null && currentSession.id() == clusterSessionId
                ? currentSession
                : cluster.getClientSession(clusterSessionId);
        if (session != null && !isTaken(session, buffer, offset, length)) {
            droppedReplies++;
        }
    }

    /**
     * {@inheritDoc}
     *
     * <p>Retries: a request that is refused is repeated for {@link #TIMER_TIMEOUT_NS}, then an exception ends the service.
     * Idling beats the heart that the watchdog listens to, so nobody else would notice that nothing moves.
     */
    @Override
    public void requestTimer(final long deadlineNs) {
        if (cluster.scheduleTimer(TIMER_CORRELATION_ID, deadlineNs)) {
            return;
        }
        final IdleStrategy idleStrategy = cluster.idleStrategy();
        final long beginNs = clock.nanoTime();
        idleStrategy.reset();
        do {
            if (clock.nanoTime() - beginNs > TIMER_TIMEOUT_NS) {
                throw new IllegalStateException("the consensus module has not taken a timer for "
                        + TimeUnit.NANOSECONDS.toMillis(TIMER_TIMEOUT_NS) + " ms");
            }
            idleStrategy.idle();
        } while (!cluster.scheduleTimer(TIMER_CORRELATION_ID, deadlineNs));
    }

    /** Replies that could not be sent. */
    long droppedReplies() {
        return droppedReplies;
    }

    long stateHash() {
        return engine.stateHash();
    }

    private static boolean isTaken(
            final ClientSession session, final DirectBuffer buffer, final int offset, final int length) {
        try {
            for (int attempt = 0; attempt < REPLY_ATTEMPTS; attempt++) {
                if (session.offer(buffer, offset, length) > 0) {
                    return true;
                }
            }
        } catch (final IllegalArgumentException ex) {
            // So Aeron says that the message is longer than the stream can ever take.
            return false;
        }
        return false;
    }

    private void fail(final Throwable throwable) {
        isFailed = true;
        isInJournal = false;
        health.fail(throwable);
    }

    private void publishStatus() {
        publishedLogPosition = cluster.logPosition();
        health.status(new ServiceStatus(
                true,
                publishedLogPosition,
                engine.journalPosition(),
                engine.firstReadablePosition(),
                engine.shardSequence(),
                engine.messageCount(),
                engine.rollingHash(),
                engine.checkpointPosition(),
                engine.checkpointHash(),
                engine.stateBytes(),
                engine.topicCount(),
                engine.producerCount(),
                engine.isSeeded(),
                engine.isReadOnly(),
                engine.setting(EngineSetting.RETENTION_BYTES),
                engine.setting(EngineSetting.RETENTION_AGE),
                droppedReplies,
                engine.heldPosition(),
                GroupNeeds.of(engine.groupHelp())));
    }
}
