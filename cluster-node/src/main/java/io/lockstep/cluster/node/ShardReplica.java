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
 * module, and on a small node the module's start waits for the service.
 */
final class ShardReplica {
    private static final long CLOSE_TIMEOUT_MS = 2_000;
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
            final Supplier<IdleStrategy> idleStrategy,
            final AgentInvoker below,
            final Runnable onContainerEnd,
            final Runnable onModuleEnd)
            throws TimeoutException {
        container = ClusteredServiceContainer.launch(contexts.container(
                shardId, serviceDecorator.apply(new EngineService(journalOpener, health)), onContainerEnd));
        if (nodeAgent == null) {
            consensusModule =
                    ConsensusModule.launch(contexts.consensusModule(shardId, null, null, idleStrategy, onModuleEnd));
        } else {
            consensusModule =
                    nodeAgent.call(() -> launchOnNodeThread(idleStrategy, below, onModuleEnd), LAUNCH_TIMEOUT_MS);
        }
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
     * Closes the consensus module: on a leader this sends the end of its log, upon which the others elect at once.
     * Harmless when called again.
     */
    synchronized void closeConsensusModule() {
        if (isModuleClosed || consensusModule == null) {
            return;
        }
        isModuleClosed = true;
        if (nodeAgent == null) {
            CloseHelper.quietClose(consensusModule);
            return;
        }
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
     * Closes the container, which waits for the service thread; a wedged one would wait for ever, so the wait is
     * bounded and happens on a thread of its own.
     *
     * @return whether the container ended in time.
     */
    boolean closeContainer() {
        if (container == null) {
            return true;
        }
        final Thread closer = new Thread(() -> CloseHelper.quietClose(container), "lockstep-container-closer");
        closer.setDaemon(true);
        closer.start();
        try {
            closer.join(CLOSE_TIMEOUT_MS);
        } catch (final InterruptedException ex) {
            Thread.currentThread().interrupt();
        }
        return !closer.isAlive();
    }

    private ConsensusModule launchOnNodeThread(
            final Supplier<IdleStrategy> idleStrategy, final AgentInvoker below, final Runnable onModuleEnd) {
        moduleAeron = contexts.invokerClient(below);
        final ConsensusModule.Context context =
                contexts.consensusModule(shardId, moduleAeron, below, idleStrategy, onModuleEnd);
        context.errorCounter(ClusterCounters.allocate(
                moduleAeron,
                new ExpandableArrayBuffer(),
                "Cluster Errors",
                io.aeron.AeronCounters.CLUSTER_CONSENSUS_MODULE_ERROR_COUNT_TYPE_ID,
                shardId));
        final ConsensusModule module = ConsensusModule.launch(context);
        nodeAgent.add(module.conductorAgentInvoker());
        return module;
    }
}
