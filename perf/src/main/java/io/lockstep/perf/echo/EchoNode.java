package io.lockstep.perf.echo;

import io.aeron.Aeron;
import io.aeron.Counter;
import io.aeron.RethrowingErrorHandler;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.client.AeronArchive;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.lockstep.config.NodeEndpoint;
import java.util.Objects;
import org.agrona.CloseHelper;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpLock;

/**
 * One node of the echo cluster on two threads: media driver, archive and consensus module on the thread that made it
 * and that must call {@link #doWork}; the service on a second. Owns everything that it launched.
 */
final class EchoNode implements AutoCloseable {
    private static final int LOCAL_CONTROL_STREAM_ID = 10;
    private static final int MODULE_RESPONSE_STREAM_ID = 120;
    private static final int SERVICE_RESPONSE_STREAM_ID = 121;
    private static final String LOCAL_CONTROL_CHANNEL = "aeron:ipc?term-length=64k";

    private final EchoLayout layout;
    private final int nodeId;
    private final ErrorHandler errorHandler;

    private MediaDriver driver;
    private Archive archive;
    private Aeron aeron;
    private Aeron serviceAeron;
    private ConsensusModule consensusModule;
    private Thread containerStarter;
    private volatile ClusteredServiceContainer container;

    private EchoNode(final EchoLayout layout, final int nodeId, final ErrorHandler errorHandler) {
        this.layout = Objects.requireNonNull(layout, "layout");
        this.errorHandler = Objects.requireNonNull(errorHandler, "errorHandler");
        this.nodeId = nodeId;
    }

    /**
     * Starts a node. Returns when the consensus module knows its service; the election may still be under way.
     *
     * @param layout       of the cluster.
     * @param nodeId       of the node.
     * @param errorHandler for all its parts.
     * @return the node.
     */
    static EchoNode launch(final EchoLayout layout, final int nodeId, final ErrorHandler errorHandler) {
        final EchoNode node = new EchoNode(layout, nodeId, errorHandler);
        try {
            node.start();
            return node;
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(node);
            throw ex;
        }
    }

    /**
     * One turn of the first thread. The archive's invoker drives the media driver too.
     *
     * @return the amount of work done.
     */
    int doWork() {
        return archive.invoker().invoke()
                + consensusModule.conductorAgentInvoker().invoke();
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        CloseHelper.closeAll(container, consensusModule, serviceAeron, aeron, archive, driver);
    }

    // ConsensusModule.launch waits for the service, and the container waits for the driver: so the container starts on
    // a thread of its own, and whatever waits on this thread drives archive and driver.
    private void start() {
        driver = MediaDriver.launch(driverContext());
        archive = Archive.launch(archiveContext());
        aeron = Aeron.connect(aeronContext().driverAgentInvoker(archive.invoker()));
        serviceAeron = Aeron.connect(aeronContext().driverAgentInvoker(null));
        containerStarter = new Thread(this::launchContainer, "echo-container-starter");
        containerStarter.setDaemon(true);
        containerStarter.start();
        consensusModule = ConsensusModule.launch(moduleContext());
    }

    private void launchContainer() {
        try {
            container = ClusteredServiceContainer.launch(serviceContext());
        } catch (final RuntimeException ex) {
            errorHandler.onError(ex);
        }
    }

    private MediaDriver.Context driverContext() {
        return new MediaDriver.Context()
                .aeronDirectoryName(layout.nodeDriverDir(nodeId).toString())
                .threadingMode(ThreadingMode.INVOKER)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .termBufferSparseFile(true)
                .publicationTermBufferLength(EchoSettings.TERM_LENGTH)
                .ipcTermBufferLength(EchoSettings.TERM_LENGTH)
                .mtuLength(EchoSettings.MTU_LENGTH)
                .ipcMtuLength(EchoSettings.MTU_LENGTH)
                .socketSndbufLength(EchoSettings.SOCKET_BUFFER_LENGTH)
                .socketRcvbufLength(EchoSettings.SOCKET_BUFFER_LENGTH)
                .initialWindowLength(EchoSettings.WINDOW_LENGTH)
                .errorHandler(errorHandler);
    }

    private Archive.Context archiveContext() {
        final NodeEndpoint node = layout.node(nodeId);
        return new Archive.Context()
                .aeronDirectoryName(layout.nodeDriverDir(nodeId).toString())
                .archiveDir(layout.nodeDir(nodeId).resolve("archive").toFile())
                .controlChannel("aeron:udp?term-length=64k|endpoint=" + node.endpoint(node.raftArchivePort()))
                .controlStreamId(LOCAL_CONTROL_STREAM_ID)
                .localControlChannel(LOCAL_CONTROL_CHANNEL)
                .localControlStreamId(LOCAL_CONTROL_STREAM_ID)
                .replicationChannel(EchoSettings.REPLICATION_CHANNEL)
                .recordingEventsEnabled(false)
                .threadingMode(ArchiveThreadingMode.INVOKER)
                .mediaDriverAgentInvoker(driver.sharedAgentInvoker())
                .segmentFileLength(EchoSettings.SEGMENT_LENGTH)
                .fileSyncLevel(EchoSettings.FILE_SYNC_LEVEL)
                .catalogFileSyncLevel(EchoSettings.FILE_SYNC_LEVEL)
                .errorHandler(errorHandler);
    }

    private Aeron.Context aeronContext() {
        return new Aeron.Context()
                .aeronDirectoryName(layout.nodeDriverDir(nodeId).toString())
                .useConductorAgentInvoker(true)
                .clientLock(NoOpLock.INSTANCE)
                .subscriberErrorHandler(RethrowingErrorHandler.INSTANCE)
                .errorHandler(errorHandler);
    }

    private ConsensusModule.Context moduleContext() {
        final Counter errorCounter = aeron.addCounter(
                ConsensusModule.Configuration.CONSENSUS_MODULE_ERROR_COUNT_TYPE_ID, "Echo errors - clusterId=0");
        return new ConsensusModule.Context()
                .aeronDirectoryName(layout.nodeDriverDir(nodeId).toString())
                .aeron(aeron)
                .ownsAeronClient(false)
                .errorCounter(errorCounter)
                .errorHandler(errorHandler)
                .useAgentInvoker(true)
                .idleStrategySupplier(() -> new InvokingIdleStrategy(archive.invoker()))
                .clusterDir(layout.nodeDir(nodeId).resolve("cluster").toFile())
                .clusterMemberId(nodeId)
                .clusterMembers(layout.clusterMembers())
                .ingressChannel(EchoSettings.INGRESS_CHANNEL)
                .egressChannel(EchoSettings.EGRESS_CHANNEL)
                .logChannel(EchoSettings.LOG_CHANNEL)
                .consensusChannel(EchoSettings.CONSENSUS_CHANNEL)
                .replicationChannel(EchoSettings.REPLICATION_CHANNEL)
                .fileSyncLevel(EchoSettings.FILE_SYNC_LEVEL)
                .leaderHeartbeatIntervalNs(EchoSettings.HEARTBEAT_INTERVAL_NS)
                .leaderHeartbeatTimeoutNs(EchoSettings.HEARTBEAT_TIMEOUT_NS)
                .electionTimeoutNs(EchoSettings.ELECTION_TIMEOUT_NS)
                .electionStatusIntervalNs(EchoSettings.ELECTION_STATUS_INTERVAL_NS)
                .startupCanvassTimeoutNs(EchoSettings.STARTUP_CANVASS_TIMEOUT_NS)
                .sessionTimeoutNs(EchoSettings.SESSION_TIMEOUT_NS)
                .archiveContext(archiveClientContext(MODULE_RESPONSE_STREAM_ID).agentInvoker(archive.invoker()));
    }

    private ClusteredServiceContainer.Context serviceContext() {
        return new ClusteredServiceContainer.Context()
                .aeronDirectoryName(layout.nodeDriverDir(nodeId).toString())
                .aeron(serviceAeron)
                .ownsAeronClient(false)
                .errorHandler(errorHandler)
                .idleStrategySupplier(EchoSettings::newIdleStrategy)
                .clusterDir(layout.nodeDir(nodeId).resolve("cluster").toFile())
                .clusteredService(new EchoService())
                .archiveContext(archiveClientContext(SERVICE_RESPONSE_STREAM_ID));
    }

    private static AeronArchive.Context archiveClientContext(final int responseStreamId) {
        return new AeronArchive.Context()
                .controlRequestChannel(LOCAL_CONTROL_CHANNEL)
                .controlRequestStreamId(LOCAL_CONTROL_STREAM_ID)
                .controlResponseChannel(LOCAL_CONTROL_CHANNEL)
                .controlResponseStreamId(responseStreamId);
    }

    /** Idles by driving what the waiting thread would otherwise keep from running. */
    private static final class InvokingIdleStrategy implements IdleStrategy {
        private final AgentInvoker invoker;
        private final IdleStrategy idleStrategy = EchoSettings.newIdleStrategy();

        InvokingIdleStrategy(final AgentInvoker invoker) {
            this.invoker = invoker;
        }

        @Override
        public void idle(final int workCount) {
            idleStrategy.idle(workCount + invoker.invoke());
        }

        @Override
        public void idle() {
            idleStrategy.idle(invoker.invoke());
        }

        @Override
        public void reset() {
            idleStrategy.reset();
        }
    }
}
