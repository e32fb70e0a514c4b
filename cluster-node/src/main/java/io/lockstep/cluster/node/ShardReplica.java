package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.ElectionState;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusterCounters;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.lockstep.cluster.service.EngineService;
import io.lockstep.cluster.service.ServiceHealth;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.agrona.CloseHelper;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.status.AtomicCounter;

/**
 * One shard on one node: consensus module and service container. The container is launched first; it waits for the
 * module, and the module's start waits for the service.
 *
 * <p>The two watch each other through Aeron and end with an error, and with their termination hooks, when the other is
 * gone. So an ordered stop first takes the module out of its thread's duty cycle, where it cannot notice anything; then
 * closes the container; then the module.
 */
final class ShardReplica {
    private static final long CLOSE_TIMEOUT_MS = 5_000;
    // A start replays the log since the last snapshot, which may take minutes.
    private static final long LAUNCH_TIMEOUT_MS = 15 * 60_000L;

    private final int shardId;
    private final AeronContexts contexts;
    private final ServiceHealth health = new ServiceHealth();
    private final NodeAgent nodeAgent;
    private final UnaryOperator<ClusteredService> serviceDecorator;
    private ClusteredServiceContainer container;
    private volatile ConsensusModule consensusModule;
    private Aeron moduleAeron;
    private Thread containerCloser;
    private boolean isModuleClosed;

    ShardReplica(
            final int shardId,
            final AeronContexts contexts,
            final NodeAgent nodeAgent,
            final UnaryOperator<ClusteredService> serviceDecorator) {
        this.serviceDecorator = serviceDecorator;
        this.shardId = shardId;
        this.contexts = contexts;
        this.nodeAgent = nodeAgent;
    }

    void launch(
            final EngineService.JournalOpener journalOpener,
            final Supplier<IdleStrategy> engineIdleStrategy,
            final Supplier<IdleStrategy> idleStrategy,
            final AgentInvoker below,
            final Runnable onContainerEnd,
            final Runnable onModuleEnd)
            throws TimeoutException {
        container = ClusteredServiceContainer.launch(contexts.container(
                shardId,
                serviceDecorator.apply(new EngineService(journalOpener, health)),
                engineIdleStrategy,
                onContainerEnd));
        consensusModule = nodeAgent.call(() -> launchOnItsThread(idleStrategy, below, onModuleEnd), LAUNCH_TIMEOUT_MS);
    }

    /**
     * Whether the consensus module has started, so that the figures can be asked for.
     *
     * @return true from then on.
     */
    boolean isLaunched() {
        return consensusModule != null;
    }

    int shardId() {
        return shardId;
    }

    ServiceHealth health() {
        return health;
    }

    Cluster.Role role() {
        final AtomicCounter counter = consensusModule.context().clusterNodeRoleCounter();
        return counter.isClosed() ? Cluster.Role.FOLLOWER : Cluster.Role.get(counter.get());
    }

    ElectionState electionState() {
        final AtomicCounter counter = consensusModule.context().electionStateCounter();
        return counter.isClosed() ? ElectionState.INIT : ElectionState.get(counter.get());
    }

    long commitPosition() {
        final AtomicCounter counter = consensusModule.context().commitPositionCounter();
        return counter.isClosed() ? 0 : counter.get();
    }

    long leadershipTermId() {
        final AtomicCounter counter = consensusModule.context().leadershipTermIdCounter();
        return counter.isClosed() ? -1 : counter.get();
    }

    ConsensusModule consensusModule() {
        return consensusModule;
    }

    /**
     * Stops driving the consensus module, so that it cannot take the end of its service for a failure. It must be
     * closed soon after, within the heartbeat time-out.
     *
     * @return whether it stands still; false where its thread did not answer in time.
     */
    boolean pauseConsensusModule() {
        if (consensusModule == null) {
            return true;
        }
        try {
            nodeAgent.call(
                    () -> {
                        nodeAgent.remove(consensusModule.conductorAgentInvoker());
                        return null;
                    },
                    CLOSE_TIMEOUT_MS);
            return true;
        } catch (final TimeoutException ex) {
            return false;
        }
    }

    /**
     * Closes the consensus module: on a leader this sends the end of its log, upon which the others elect at once.
     * Harmless when called again.
     */
    synchronized void closeConsensusModule() {
        if (isModuleClosed || consensusModule == null) {
            return;
        }
        isModuleClosed = true;
        try {
            nodeAgent.call(
                    () -> {
                        nodeAgent.remove(consensusModule.conductorAgentInvoker());
                        CloseHelper.quietClose(consensusModule);
                        CloseHelper.quietClose(moduleAeron);
                        return null;
                    },
                    CLOSE_TIMEOUT_MS);
        } catch (final TimeoutException ex) {
            throw new IllegalStateException(
                    "the node's thread did not close shard " + shardId + " within " + CLOSE_TIMEOUT_MS + " ms", ex);
        }
    }

    /**
     * Begins to close the container, on a thread of its own: that waits for the service thread, and for ever where it
     * is wedged. Harmless when called again.
     */
    void beginClosingContainer() {
        if (container == null || containerCloser != null) {
            return;
        }
        containerCloser = new Thread(() -> CloseHelper.quietClose(container), "lockstep-container-closer");
        containerCloser.setDaemon(true);
        containerCloser.start();
    }

    /**
     * Waits for the container's close that has begun.
     *
     * @param deadlineNs monotonic time until which to wait.
     * @return whether the container has ended.
     */
    boolean awaitContainerClosed(final long deadlineNs) {
        if (containerCloser == null) {
            return container == null;
        }
        try {
            containerCloser.join(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadlineNs - System.nanoTime())));
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        return !containerCloser.isAlive();
    }

    private ConsensusModule launchOnItsThread(
            final Supplier<IdleStrategy> idleStrategy, final AgentInvoker below, final Runnable onModuleEnd) {
        final ConsensusModule.Context context;
        if (below == null) {
            context = contexts.consensusModule(shardId, null, null, idleStrategy, onModuleEnd);
        } else {
            moduleAeron = contexts.invokerClient(below);
            context = contexts.consensusModule(shardId, moduleAeron, below, idleStrategy, onModuleEnd);
            context.errorCounter(ClusterCounters.allocate(
                    moduleAeron,
                    new ExpandableArrayBuffer(),
                    "Cluster Errors",
                    io.aeron.AeronCounters.CLUSTER_CONSENSUS_MODULE_ERROR_COUNT_TYPE_ID,
                    shardId));
        }
        final ConsensusModule module = ConsensusModule.launch(context);
        nodeAgent.add(module.conductorAgentInvoker());
        return module;
    }
}
