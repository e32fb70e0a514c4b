package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.AeronCounters;
import io.aeron.CommonContext;
import io.aeron.RethrowingErrorHandler;
import io.aeron.archive.Archive;
import io.aeron.archive.checksum.Checksums;
import io.aeron.archive.client.AeronArchive;
import io.aeron.cluster.ConsensusModule;
import io.aeron.cluster.client.AeronCluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.cluster.service.ClusteredServiceContainer;
import io.aeron.driver.MediaDriver;
import io.aeron.security.CredentialsSupplier;
import io.lockstep.archive.journal.JournalWriterContext;
import io.lockstep.archive.replay.ReaderDriver;
import io.lockstep.cluster.core.Limits;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.Durability;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.agrona.BitUtil;
import org.agrona.ErrorHandler;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpLock;

/**
 * The one place that builds Aeron contexts for a node, from the cluster file and the tuning of its profile. Stream ids
 * and channels are laid out per shard, so that all shards share one driver and two archives.
 */
final class AeronContexts {
    /** Archive id of A0 and A1 in counters; recording ids overlap, so look-ups name the archive. */
    static final long RAFT_ARCHIVE_ID_BASE = 1_000;

    static final long JOURNAL_ARCHIVE_ID_BASE = 2_000;

    // The consensus module uses its local archive's stream id towards remote archives: both ids of A0 must be equal.
    static final int RAFT_CONTROL_STREAM_ID = 10;

    private static final int JOURNAL_CONTROL_STREAM_ID = 11;
    private static final int RESPONSE_STREAM_ID_BASE = 4_000;
    private static final int SHARD_STREAM_STRIDE = 1_000;
    private static final String LOCAL_CONTROL_CHANNEL = "aeron:ipc?term-length=64k";
    private static final String ANY_PORT = ":0";
    private static final int RAFT_SEGMENT_LENGTH = 64 << 20;
    private static final int MAX_SESSIONS = 4_096;
    private static final int SOCKET_BUFFER_LENGTH = 2 << 20;
    private static final int WINDOW_LENGTH = 1 << 20;
    private static final long SHARED_CORE_RETRANSMIT_LINGER_NS = TimeUnit.MILLISECONDS.toNanos(60);
    private static final int SHARED_CORE_RETRANSMIT_WINDOW_MULTIPLE = 2;
    private static final int IPC_TERM_LENGTH = 16 << 20;
    private static final int NETWORK_TERM_LENGTH = 1 << 20;
    private static final int INGRESS_FRAGMENT_LIMIT = 50;
    // A stream takes messages of up to an eighth of its term. The longest reply must pass, with the header that the
    // cluster puts before it: what a stream can never take, no leader can ever answer.
    private static final int EGRESS_TERM_LENGTH =
            BitUtil.findNextPositivePowerOfTwo(8 * (Limits.MAX_REPLY_LENGTH + AeronCluster.SESSION_HEADER_LENGTH));
    // Below it an archive refuses to start a recording; the node asks for read-only far above.
    private static final long ARCHIVE_LOW_STORAGE_BYTES = 64 << 20;

    private final ClusterConfig config;
    private final NodeEndpoint node;
    private final Tuning tuning;
    private final NodeDirectories directories;
    private final ArchiveAccess access;
    private final IngressAccess ingress;
    private final ErrorHandler errorHandler;

    AeronContexts(
            final ClusterConfig config,
            final NodeEndpoint node,
            final Tuning tuning,
            final NodeDirectories directories,
            final ArchiveAccess access,
            final IngressAccess ingress,
            final ErrorHandler errorHandler) {
        this.config = config;
        this.node = node;
        this.tuning = tuning;
        this.directories = directories;
        this.access = access;
        this.ingress = ingress;
        this.errorHandler = errorHandler;
    }

    MediaDriver.Context driver(final Runnable terminationHook) {
        final MediaDriver.Context context = ReaderDriver.configureNode(new MediaDriver.Context())
                .aeronDirectoryName(directories.aeronDir().toString())
                .threadingMode(tuning.driverThreading())
                .sharedIdleStrategy(tuning.idleStrategy().get())
                .conductorIdleStrategy(tuning.idleStrategy().get())
                .senderIdleStrategy(tuning.idleStrategy().get())
                .receiverIdleStrategy(tuning.idleStrategy().get())
                .dirDeleteOnStart(false)
                .dirDeleteOnShutdown(false)
                .termBufferSparseFile(true)
                .publicationTermBufferLength(NETWORK_TERM_LENGTH)
                .ipcTermBufferLength(IPC_TERM_LENGTH)
                .ipcMtuLength(JournalFormat.MTU_LENGTH)
                .socketSndbufLength(SOCKET_BUFFER_LENGTH)
                .socketRcvbufLength(SOCKET_BUFFER_LENGTH)
                .initialWindowLength(WINDOW_LENGTH)
                .spiesSimulateConnection(true)
                .errorHandler(errorHandler)
                .terminationHook(terminationHook);
        if (tuning.isOneThread()) {
            // A follower that waits for a core asks again for what lies in its socket already. At once and in full it
            // would get what it has no time to read, lose what comes behind, and ask again.
            context.retransmitUnicastLingerNs(SHARED_CORE_RETRANSMIT_LINGER_NS)
                    .multicastFlowControlRetransmitReceiverWindowMultiple(SHARED_CORE_RETRANSMIT_WINDOW_MULTIPLE);
        }
        return context;
    }

    Archive.Context raftArchive(final AgentInvoker driverInvoker) {
        final int fileSyncLevel = config.durability() == Durability.FSYNC ? 1 : 0;
        // Without a checksum an archive that was killed cannot tell a complete last frame from a torn one where it lies
        // across a page, and would cut it: on all nodes at once, if all were killed, although it was acknowledged.
        return archive(driverInvoker)
                .recordChecksum(Checksums.crc32c())
                .replayChecksum(Checksums.crc32c())
                .archiveDir(directories.raftArchiveDir().toFile())
                .markFileDir(directories.marksDir("raft-archive").toFile())
                .archiveId(RAFT_ARCHIVE_ID_BASE + node.id())
                .authenticatorSupplier(access::newMemberAuthenticator)
                .archiveClientContext(new AeronArchive.Context().credentialsSupplier(access.memberCredentials()))
                .controlChannel(udp(node.endpoint(node.raftArchivePort())))
                .controlStreamId(RAFT_CONTROL_STREAM_ID)
                .localControlStreamId(RAFT_CONTROL_STREAM_ID)
                .segmentFileLength(RAFT_SEGMENT_LENGTH)
                .fileSyncLevel(fileSyncLevel)
                .catalogFileSyncLevel(fileSyncLevel);
    }

    Archive.Context journalArchive(final AgentInvoker driverInvoker) {
        return archive(driverInvoker)
                .archiveDir(directories.journalArchiveDir().toFile())
                .markFileDir(directories.marksDir("journal-archive").toFile())
                .archiveId(journalArchiveId())
                .authenticatorSupplier(access::newReaderAuthenticator)
                .controlChannel(udp(node.endpoint(node.journalArchivePort())))
                .controlStreamId(JOURNAL_CONTROL_STREAM_ID)
                .localControlStreamId(JOURNAL_CONTROL_STREAM_ID)
                .segmentFileLength(config.segmentLength())
                .fileSyncLevel(0)
                .catalogFileSyncLevel(0);
    }

    long journalArchiveId() {
        return JOURNAL_ARCHIVE_ID_BASE + node.id();
    }

    ConsensusModule.Context consensusModule(
            final int shardId,
            final Aeron aeron,
            final AgentInvoker below,
            final Supplier<IdleStrategy> idleStrategy,
            final Runnable terminationHook) {
        final AeronArchive.Context archiveContext = raftArchiveClient(shardId * 2);
        if (below != null) {
            archiveContext.agentInvoker(below);
        }
        final ConsensusModule.Context context = new ConsensusModule.Context();
        if (ingress != null) {
            context.authenticatorSupplier(() -> ingress.newAuthenticator(shardId));
        }
        return context.aeronDirectoryName(directories.aeronDir().toString())
                .aeron(aeron)
                .clusterId(shardId)
                .clusterMemberId(node.id())
                .clusterMembers(members(shardId))
                .clusterDir(directories.clusterDir(shardId).toFile())
                .markFileDir(directories.marksDir("shard-" + shardId).toFile())
                .archiveContext(archiveContext)
                .ingressChannel("aeron:udp?term-length=1m")
                .egressChannel("aeron:udp?term-length=" + EGRESS_TERM_LENGTH)
                .logChannel("aeron:udp?term-length=16m")
                .logStreamId(shardStream(shardId, 100))
                .consensusChannel("aeron:udp?term-length=128k")
                .replicationChannel(udp(node.host() + ANY_PORT))
                .serviceStreamId(shardStream(shardId, 104))
                .consensusModuleStreamId(shardStream(shardId, 105))
                .snapshotStreamId(shardStream(shardId, 107))
                .replayStreamId(shardStream(shardId, 103))
                .clusterClock(new SlewedClusterClock())
                .fileSyncLevel(config.durability() == Durability.FSYNC ? 1 : 0)
                .maxConcurrentSessions(MAX_SESSIONS)
                .ingressFragmentLimit(INGRESS_FRAGMENT_LIMIT)
                .leaderHeartbeatIntervalNs(tuning.heartbeatIntervalNs())
                .leaderHeartbeatTimeoutNs(tuning.heartbeatTimeoutNs())
                .electionTimeoutNs(tuning.electionTimeoutNs())
                .electionStatusIntervalNs(tuning.electionStatusNs())
                .startupCanvassTimeoutNs(tuning.startupCanvassNs())
                .terminationTimeoutNs(tuning.terminationNs())
                .sessionTimeoutNs(tuning.sessionTimeoutNs())
                .idleStrategySupplier(idleStrategy)
                .useAgentInvoker(true)
                .errorHandler(errorHandler)
                .terminationHook(terminationHook);
    }

    ClusteredServiceContainer.Context container(
            final int shardId,
            final ClusteredService service,
            final Supplier<IdleStrategy> idleStrategy,
            final Runnable terminationHook) {
        return new ClusteredServiceContainer.Context()
                .aeronDirectoryName(directories.aeronDir().toString())
                .clusterId(shardId)
                .serviceId(0)
                .serviceName("lockstep-engine-" + shardId)
                .clusterDir(directories.clusterDir(shardId).toFile())
                .markFileDir(directories.marksDir("shard-" + shardId).toFile())
                .archiveContext(raftArchiveClient(shardId * 2 + 1))
                .serviceStreamId(shardStream(shardId, 104))
                .consensusModuleStreamId(shardStream(shardId, 105))
                .snapshotStreamId(shardStream(shardId, 106))
                .replayStreamId(shardStream(shardId, 103))
                .clusteredService(service)
                .idleStrategySupplier(idleStrategy)
                .errorHandler(errorHandler)
                .terminationHook(terminationHook);
    }

    /**
     * What a shard's journal writer needs to know of the node's archive and of its peers.
     *
     * @param shardId from 0.
     * @return a context that still lacks the Aeron client, idle strategy and directories.
     */
    JournalWriterContext journalWriter(final int shardId) {
        return new JournalWriterContext()
                .shardId(shardId)
                .archiveId(journalArchiveId())
                .controlChannel(LOCAL_CONTROL_CHANNEL)
                .controlStreamId(JOURNAL_CONTROL_STREAM_ID)
                .controlResponseStreamId(RESPONSE_STREAM_ID_BASE + SHARD_STREAM_STRIDE + shardId)
                .credentialsSupplier(access.ownerCredentials())
                .segmentLength(config.segmentLength())
                .self(node)
                .peers(config.nodes().stream()
                        .filter(peer -> peer.id() != node.id())
                        .toList());
    }

    /**
     * A client of A1 that may do everything, over IPC.
     *
     * @param responseStream distinct for each client in the node; the journal writers take those of their shards.
     * @return a context without an Aeron client.
     */
    AeronArchive.Context journalArchiveClient(final int responseStream) {
        return new AeronArchive.Context()
                .credentialsSupplier(access.ownerCredentials())
                .controlRequestChannel(LOCAL_CONTROL_CHANNEL)
                .controlRequestStreamId(JOURNAL_CONTROL_STREAM_ID)
                .controlResponseChannel(LOCAL_CONTROL_CHANNEL)
                .controlResponseStreamId(RESPONSE_STREAM_ID_BASE + SHARD_STREAM_STRIDE + responseStream);
    }

    /**
     * An Aeron client for a consensus module that runs on the node's one thread.
     *
     * @param below drives driver and archives while the client waits.
     * @return a connected client; close it after the module.
     */
    Aeron invokerClient(final AgentInvoker below) {
        return Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(directories.aeronDir().toString())
                .useConductorAgentInvoker(true)
                .driverAgentInvoker(below)
                .clientLock(NoOpLock.INSTANCE)
                .errorHandler(errorHandler)
                .subscriberErrorHandler(RethrowingErrorHandler.INSTANCE));
    }

    /**
     * An Aeron client with a conductor thread of its own.
     *
     * @param name for counters.
     * @return a connected client.
     */
    Aeron client(final String name) {
        return Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(directories.aeronDir().toString())
                .clientName(name)
                .errorHandler(errorHandler));
    }

    /**
     * What this node shows when it opens a session with a shard.
     *
     * @return a supplier for Aeron's contexts.
     */
    CredentialsSupplier ingressCredentials() {
        return IngressAccess.credentialsOf(config, node.id());
    }

    /** Who was not let in to a shard by this node; nobody where nobody is asked. */
    RefusedLogins refusedLogins(final int shardId) {
        return ingress == null ? new RefusedLogins() : ingress.refused(shardId);
    }

    /**
     * Ingress endpoints of a shard.
     *
     * @param shardId from 0.
     * @return in Aeron's form {@code 0=host:port,1=host:port}.
     */
    String ingressEndpoints(final int shardId) {
        final StringBuilder endpoints = new StringBuilder();
        for (final NodeEndpoint member : config.nodes()) {
            if (!endpoints.isEmpty()) {
                endpoints.append(',');
            }
            endpoints.append(member.id()).append('=').append(member.endpoint(member.ingressPort(shardId)));
        }
        return endpoints.toString();
    }

    private Archive.Context archive(final AgentInvoker driverInvoker) {
        final Archive.Context context = new Archive.Context()
                .aeronDirectoryName(directories.aeronDir().toString())
                .threadingMode(tuning.archiveThreading())
                .idleStrategySupplier(tuning.idleStrategy())
                .recorderIdleStrategySupplier(tuning.idleStrategy())
                .replayerIdleStrategySupplier(tuning.idleStrategy())
                .localControlChannel(LOCAL_CONTROL_CHANNEL)
                .replicationChannel(udp(node.host() + ANY_PORT))
                .recordingEventsEnabled(false)
                .authorisationServiceSupplier(() -> access)
                .deleteArchiveOnStart(false)
                .maxConcurrentRecordings(16 + 8 * config.shardCount())
                .maxConcurrentReplays(256)
                .lowStorageSpaceThreshold(Math.min(ARCHIVE_LOW_STORAGE_BYTES, config.lowSpaceBytes()))
                .errorHandler(errorHandler);
        if (driverInvoker == null) {
            return context;
        }
        // Given the driver's invoker, an archive polls the driver twice in each of its turns, and with two archives the
        // sockets would be polled five times a turn. Its Aeron client drives the driver while it waits; that is enough.
        final Aeron aeron = invokerClient(driverInvoker);
        return context.aeron(aeron)
                .ownsAeronClient(true)
                .errorCounter(aeron.addCounter(AeronCounters.ARCHIVE_ERROR_COUNT_TYPE_ID, "Archive Errors"));
    }

    /**
     * A client of A0 that may do everything, over IPC.
     *
     * @param responseStream distinct for each client in the node; the shards take two each, from 0.
     * @return a context without an Aeron client.
     */
    AeronArchive.Context raftArchiveClient(final int responseStream) {
        return new AeronArchive.Context()
                .credentialsSupplier(access.ownerCredentials())
                .controlRequestChannel(LOCAL_CONTROL_CHANNEL)
                .controlRequestStreamId(RAFT_CONTROL_STREAM_ID)
                .controlResponseChannel(LOCAL_CONTROL_CHANNEL)
                .controlResponseStreamId(RESPONSE_STREAM_ID_BASE + responseStream);
    }

    private String members(final int shardId) {
        final StringBuilder members = new StringBuilder();
        for (final NodeEndpoint member : config.nodes()) {
            if (!members.isEmpty()) {
                members.append('|');
            }
            members.append(member.id())
                    .append(',')
                    .append(member.endpoint(member.ingressPort(shardId)))
                    .append(',')
                    .append(member.endpoint(member.consensusPort(shardId)))
                    .append(',')
                    .append(member.endpoint(member.logPort(shardId)))
                    .append(',')
                    .append(member.endpoint(member.catchupPort(shardId)))
                    .append(',')
                    .append(member.endpoint(member.raftArchivePort()));
        }
        return members.toString();
    }

    private static int shardStream(final int shardId, final int base) {
        return base + SHARD_STREAM_STRIDE * shardId;
    }

    private static String udp(final String endpoint) {
        return CommonContext.UDP_CHANNEL + "?endpoint=" + endpoint;
    }
}
