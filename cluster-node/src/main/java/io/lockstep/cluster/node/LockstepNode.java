package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.archive.Archive;
import io.aeron.cluster.service.Cluster;
import io.aeron.driver.MediaDriver;
import io.lockstep.archive.idle.DriverSockets;
import io.lockstep.archive.idle.ParkingIdleStrategy;
import io.lockstep.archive.idle.WakingIdleStrategy;
import io.lockstep.archive.journal.ArchiveRepair;
import io.lockstep.archive.journal.ForcedPosition;
import io.lockstep.archive.journal.JournalWriter;
import io.lockstep.archive.journal.JournalWriterContext;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.agrona.CloseHelper;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.AgentRunner;
import org.agrona.concurrent.IdleStrategy;

/**
 * One node: media driver, the two archives and every shard's consensus module and service, started in one visible
 * order and closed in reverse. Create and close it from one thread; the read methods may be called from any.
 *
 * <p>Closing hands leadership over: a consensus module that closes sends the end of its log, and the others elect at
 * once, but only if the driver lives on long enough to send it.
 */
public final class LockstepNode implements AutoCloseable {
    private static final long STOP_TIMEOUT_MS = 5_000;
    // Checking and cutting a damaged archive takes seconds; counters of a failed start are freed after one more.
    private static final long ARCHIVE_START_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);

    private final ClusterConfig config;
    private final NodeEndpoint endpoint;
    private final Tuning tuning;
    private final NodeListener listener;
    private final NodeOptions options;
    private final NodeDirectories directories;
    private final AeronContexts contexts;
    private final LossGuard lossGuard;
    private final ArchiveAccess archiveAccess;
    private final IngressAccess ingressAccess;
    // Read by the HTTP thread while the node starts.
    private final List<ShardReplica> shards = new CopyOnWriteArrayList<>();
    private final AtomicBoolean isClosing = new AtomicBoolean();
    private final HandOver handOver;
    private MediaDriver driver;
    private Archive raftArchive;
    private Archive journalArchive;
    private Below belowAgent;
    private NodeAgent nodeAgent;
    private DriverSockets driverSockets;
    private WakingIdleStrategy nodeIdleStrategy;
    private final List<AgentRunner> nodeRunners = new ArrayList<>();
    private Aeron stewardAeron;
    private AgentRunner stewardRunner;
    private Watchdog watchdog;
    private StatusServer statusServer;
    private LogGate logGate;
    private CheckpointMonitor checkpointMonitor;
    private boolean hasBegun;
    private volatile boolean isLost;

    private LockstepNode(
            final ClusterConfig config, final int nodeId, final NodeListener listener, final NodeOptions options) {
        this.options = options;
        this.config = Objects.requireNonNull(config, "config");
        this.endpoint = config.node(nodeId);
        this.tuning = Tuning.of(config.profile());
        this.listener = Objects.requireNonNull(listener, "listener");
        this.directories = new NodeDirectories(config, nodeId);
        this.lossGuard = new LossGuard(directories.nodeDir());
        this.archiveAccess = new ArchiveAccess(config.secret());
        this.ingressAccess = ingressAccess(config, nodeId, listener);
        this.contexts = new AeronContexts(
                config, endpoint, tuning, directories, archiveAccess, ingressAccess, listener::onError);
        this.handOver = new HandOver(shards, listener, isClosing::get);
    }

    /**
     * Starts a node. Returns when every shard has recovered and taken its place; that needs no other node.
     *
     * @param config   of the cluster.
     * @param nodeId   of this node.
     * @param listener to tell.
     * @return the running node.
     * @throws NodeStartException with a sentence for the operator, where the node cannot start.
     */
    public static LockstepNode launch(final ClusterConfig config, final int nodeId, final NodeListener listener) {
        return launch(config, nodeId, listener, NodeOptions.DEFAULT);
    }

    /**
     * Starts a node with options.
     *
     * @param config   of the cluster.
     * @param nodeId   of this node.
     * @param listener to tell.
     * @param options  how to start.
     * @return the running node.
     * @throws NodeStartException with a sentence for the operator, where the node cannot start.
     */
    public static LockstepNode launch(
            final ClusterConfig config, final int nodeId, final NodeListener listener, final NodeOptions options) {
        final LockstepNode node = new LockstepNode(config, nodeId, listener, options);
        try {
            node.start();
        } catch (final NodeStartException ex) {
            node.close();
            throw ex;
        } catch (final RuntimeException ex) {
            node.close();
            throw new NodeStartException("node " + nodeId + " cannot start: " + rootMessage(ex), ex);
        }
        return node;
    }

    /**
     * Where this node listens.
     *
     * @return the endpoint.
     */
    public NodeEndpoint endpoint() {
        return endpoint;
    }

    /**
     * The cluster file.
     *
     * @return the configuration.
     */
    public ClusterConfig config() {
        return config;
    }

    /**
     * Whether this node leads a shard.
     *
     * @param shardId of the shard.
     * @return true if it does now.
     */
    public boolean isLeader(final int shardId) {
        return shards.get(shardId).role() == Cluster.Role.LEADER;
    }

    /**
     * What the node says of itself.
     *
     * @return a snapshot of its figures.
     */
    public NodeStatus status() {
        return NodeStatus.of(config, endpoint, directories.nodeDir(), logGate.waitsFor(), shards);
    }

    /**
     * What this node has of the shards' Raft logs, also while it starts.
     *
     * @return in the order of the shards' ids.
     */
    List<RaftLogState> raftLogs() {
        final List<RaftLogState> logs = new ArrayList<>();
        for (int shardId = 0; shardId < config.shardCount(); shardId++) {
            logs.add(RaftLogState.of(
                    shardId,
                    directories.clusterDir(shardId),
                    isLost && shardId >= shards.size(),
                    shardId < shards.size() ? shards.get(shardId) : null));
        }
        return logs;
    }

    /**
     * Asks the leader's consensus module of a shard for a snapshot.
     *
     * @param shardId of the shard.
     * @return whether the request was taken; false on a follower.
     */
    public boolean requestSnapshot(final int shardId) {
        return Snapshots.request(shards.get(shardId).consensusModule(), shardId);
    }

    /**
     * Number of snapshots that a shard's consensus module has taken since it started.
     *
     * @param shardId of the shard.
     * @return the count.
     */
    public long snapshotCount(final int shardId) {
        return shards.get(shardId).consensusModule().context().snapshotCounter().get();
    }

    @Override
    public void close() {
        if (!isClosing.compareAndSet(false, true)) {
            return;
        }
        CloseHelper.quietCloseAll(watchdog, stewardRunner, stewardAeron);
        final boolean areContainersClosed = handOver.closeShards();
        // Late, because it may be waiting for another node, and the hand-over must not.
        CloseHelper.quietCloseAll(checkpointMonitor, statusServer, ingressAccess);
        closeBelow();
        if (!areContainersClosed) {
            listener.onFailed("a service did not end within its time; the process must be halted");
            return;
        }
        endClean();
        directories.close();
    }

    /**
     * Gives up at once, as if the process had been killed: nothing is handed over. For tests that share a JVM.
     */
    public void abandon() {
        if (!isClosing.compareAndSet(false, true)) {
            return;
        }
        CloseHelper.quietCloseAll(checkpointMonitor, watchdog, statusServer, stewardRunner, ingressAccess);
        CloseHelper.quietCloseAll(nodeRunners);
        CloseHelper.quietCloseAll(driver, driverSockets);
        // The consensus modules stay as they are: closing would hand over, and their thread has ended.
        handOver.closeContainers();
        CloseHelper.quietCloseAll(stewardAeron, journalArchive, raftArchive);
        directories.close();
    }

    private void start() {
        directories.acquire();
        NodeIdentity.check(directories.nodeDir(), config, endpoint.id());
        PreFlight.checkPlace(config, endpoint.id());
        directories.clearStale();
        PreFlight.checkRoom(config, directories.nodeDir());
        NodeIdentity.storeFirst(directories.nodeDir(), config, endpoint.id());
        isLost = lossGuard.begin(
                config.durability(), raftLogs().stream().anyMatch(RaftLogState::hasLog), options.isLossAccepted());
        hasBegun = true;
        final LogFetch logFetch = new LogFetch(contexts, endpoint, directories, listener);
        logGate = new LogGate(config, endpoint, directories, listener, logFetch, handOver::hasFailed);
        if (config.secret().isEmpty() && config.nodes().size() > 1) {
            listener.onEvent("cluster.secret is not set: whoever reaches this node's ports can read the Raft log");
        }
        final MediaDriver.Context driverContext = contexts.driver(() -> handOver.fail("the media driver ended"));
        if (tuning.isOneThread()) {
            driverSockets = new DriverSockets();
            driverSockets.watch(driverContext);
        }
        driver = MediaDriver.launch(driverContext);
        final AgentInvoker driverInvoker = driver.sharedAgentInvoker();
        raftArchive = ArchiveRepair.launch(
                () -> options.raftArchiveDecorator().apply(contexts.raftArchive(driverInvoker)),
                ARCHIVE_START_TIMEOUT_NS,
                listener::onEvent);
        journalArchive = ArchiveRepair.launch(
                () -> options.journalArchiveDecorator().apply(contexts.journalArchive(driverInvoker)),
                ARCHIVE_START_TIMEOUT_NS,
                listener::onEvent);
        final AgentInvoker below = startNodeThread(driverInvoker);
        // Nodes that start ask each other what they have of the logs, so each must answer before it asks.
        statusServer = StatusServer.start(endpoint, this);
        // Before the first shard: it may lead while the next one waits for its log, however long that takes.
        watchdog = Watchdog.start(shards, belowAgent, handOver::fail);
        startShards(below);
        startDuties();
    }

    private void startShards(final AgentInvoker below) {
        for (int shardId = 0; shardId < config.shardCount(); shardId++) {
            if (!options.isLossAccepted()) {
                logGate.pass(shardId, isLost);
            }
            if (handOver.hasFailed()) {
                throw new NodeStartException("node " + endpoint.id() + " failed before shard " + shardId + " started");
            }
            final NodeAgent moduleAgent = nodeAgent == null
                    ? startAgent(
                            "lockstep-module-" + shardId,
                            null,
                            tuning.idleStrategy().get())
                    : nodeAgent;
            final ShardReplica shard = new ShardReplica(shardId, contexts, moduleAgent, options.serviceDecorator());
            shards.add(shard);
            launchShard(shard, below);
        }
        if (isLost) {
            isLost = false;
            lossGuard.fetched();
        }
    }

    private void startDuties() {
        stewardAeron = contexts.client("lockstep-steward");
        stewardRunner = new AgentRunner(
                new org.agrona.concurrent.SleepingMillisIdleStrategy(5),
                listener::onError,
                null,
                Steward.of(config, endpoint, contexts, stewardAeron, shards, directories, listener));
        AgentRunner.startOnThread(stewardRunner);
        checkpointMonitor = new CheckpointMonitor(
                        config.shardCount(),
                        config.nodes().size(),
                        shardId -> shards.get(shardId).health().status(),
                        config.nodes().stream()
                                .filter(peer -> peer.id() != endpoint.id())
                                .map(HttpPeerCheckpoints::new)
                                .toList(),
                        listener,
                        handOver::fail)
                .start();
    }

    private AgentInvoker startNodeThread(final AgentInvoker driverInvoker) {
        if (!tuning.isOneThread()) {
            return null;
        }
        belowAgent = new Below(driverInvoker, raftArchive.invoker(), journalArchive.invoker());
        final AgentInvoker below = new AgentInvoker(listener::onError, null, belowAgent);
        below.start();
        nodeIdleStrategy = Tuning.newNodeThreadIdleStrategy(driverSockets);
        nodeAgent = startAgent("lockstep-node", below, nodeIdleStrategy);
        return below;
    }

    private NodeAgent startAgent(final String name, final AgentInvoker below, final IdleStrategy idleStrategy) {
        final NodeAgent agent = new NodeAgent(name, below);
        final AgentRunner runner = new AgentRunner(idleStrategy, listener::onError, null, agent);
        nodeRunners.add(runner);
        AgentRunner.startOnThread(runner);
        return agent;
    }

    private void launchShard(final ShardReplica shard, final AgentInvoker below) {
        final Supplier<IdleStrategy> idleStrategy = tuning.isOneThread()
                ? () -> new InvokingIdleStrategy(below, tuning.idleStrategy().get())
                : tuning.idleStrategy();
        final String name = "shard " + shard.shardId();
        try {
            shard.launch(
                    (cluster, position, hash) -> openJournal(cluster, shard.shardId(), position, hash),
                    engineIdleStrategy(),
                    idleStrategy,
                    below,
                    () -> handOver.fail("the service container of " + name + " ended"),
                    () -> handOver.fail("the consensus module of " + name + " ended"));
        } catch (final TimeoutException ex) {
            throw new NodeStartException(name + " did not recover in time", ex);
        }
    }

    private Supplier<IdleStrategy> engineIdleStrategy() {
        if (nodeIdleStrategy == null) {
            return tuning.idleStrategy();
        }
        final ParkingIdleStrategy engine = Tuning.newEngineIdleStrategy();
        nodeIdleStrategy.alsoWake(engine);
        engine.alsoWake(nodeIdleStrategy);
        return () -> engine;
    }

    private JournalWriter openJournal(
            final Cluster cluster, final int shardId, final long snapshotPosition, final long snapshotRollingHash) {
        final JournalWriterContext context = contexts.journalWriter(shardId)
                .aeron(cluster.aeron())
                .idleStrategy(cluster.idleStrategy())
                .archiveDirectory(directories.journalArchiveDir())
                .keptAsideDirectory(directories.keptAsideDir())
                .forcedPositionFile(directories.clusterDir(shardId).resolve(ForcedPosition.FILE_NAME))
                .listener(new JournalLog(listener));
        return JournalWriter.open(context, snapshotPosition, snapshotRollingHash);
    }

    private void endClean() {
        if (!hasBegun || isLost || handOver.hasFailed()) {
            return;
        }
        final List<Path> toForce = new ArrayList<>();
        toForce.add(directories.raftArchiveDir());
        for (int shardId = 0; shardId < config.shardCount(); shardId++) {
            toForce.add(directories.clusterDir(shardId));
        }
        try {
            lossGuard.endClean(toForce.toArray(new Path[0]));
        } catch (final IOException ex) {
            listener.onError(ex);
        }
    }

    /** Ends archives and driver on the thread that drives them: an archive reports it as an error if another does. */
    private void closeBelow() {
        if (nodeAgent != null) {
            try {
                nodeAgent.call(
                        () -> {
                            CloseHelper.quietCloseAll(journalArchive, raftArchive, driver);
                            return null;
                        },
                        STOP_TIMEOUT_MS);
            } catch (final TimeoutException | RuntimeException ex) {
                listener.onError(ex);
            }
        }
        CloseHelper.quietCloseAll(nodeRunners);
        CloseHelper.quietCloseAll(journalArchive, raftArchive, driver, driverSockets);
    }

    private static IngressAccess ingressAccess(
            final ClusterConfig config, final int nodeId, final NodeListener listener) {
        try {
            return IngressAccess.of(config, listener);
        } catch (final IllegalArgumentException | IllegalStateException ex) {
            throw new NodeStartException("node " + nodeId + " cannot start: " + ex.getMessage(), ex);
        }
    }

    private static String rootMessage(final Throwable throwable) {
        Throwable cause = throwable;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return cause.getMessage() == null ? cause.toString() : cause.getMessage();
    }
}
