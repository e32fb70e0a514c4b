package io.lockstep.archive.journal;

import io.aeron.Aeron;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.client.AeronArchive;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.lockstep.archive.replay.ReaderDriver;
import io.lockstep.config.NodeEndpoint;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import org.agrona.concurrent.Agent;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpLock;

/** Driver and journal archive of one node inside the test's process. */
final class JournalNode implements AutoCloseable, JournalListener {
    static final int SEGMENT_LENGTH = 16 * 1024 * 1024;
    static final int SHARD_ID = 0;

    final NodeEndpoint endpoint;
    final List<String> steps = new ArrayList<>();
    final List<String> repairs = new ArrayList<>();
    long truncatedTo = -1;
    long copiedFrom = -1;
    long copiedTo = -1;
    long divergedAt = -1;
    int keptAsideCount;
    long copyTimeoutNs = TimeUnit.SECONDS.toNanos(20);
    long peerTimeoutNs = TimeUnit.SECONDS.toNanos(2);
    List<NodeEndpoint> peers = List.of();

    private final Path base;
    private int life;
    private long recordingId;
    private MediaDriver driver;
    private Archive archive;
    private Aeron aeron;
    private AgentInvoker below;
    private JournalWriter writer;

    JournalNode(final Path base, final NodeEndpoint endpoint) {
        this.base = base.resolve("node-" + endpoint.id());
        this.endpoint = endpoint;
    }

    JournalNode start() {
        return start(false);
    }

    /** One thread for everything: whoever waits drives driver, archive and client. */
    JournalNode startInvoked() {
        return start(true);
    }

    private JournalNode start(final boolean isInvoked) {
        final String aeronDirectory = base.resolve("driver").toString();
        driver = MediaDriver.launch(ReaderDriver.configureNode(new MediaDriver.Context())
                .aeronDirectoryName(aeronDirectory)
                .threadingMode(isInvoked ? ThreadingMode.INVOKER : ThreadingMode.SHARED)
                .sharedIdleStrategy(idleStrategy())
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .ipcTermBufferLength(128 * 1024)
                .publicationTermBufferLength(128 * 1024));
        archive = ArchiveRepair.launch(
                () -> new Archive.Context()
                        .aeronDirectoryName(aeronDirectory)
                        .archiveDir(archiveDirectory().toFile())
                        .archiveId(200 + endpoint.id())
                        .mediaDriverAgentInvoker(driver.sharedAgentInvoker())
                        .threadingMode(isInvoked ? ArchiveThreadingMode.INVOKER : ArchiveThreadingMode.SHARED)
                        .idleStrategySupplier(JournalNode::idleStrategy)
                        .recordingEventsEnabled(false)
                        .segmentFileLength(SEGMENT_LENGTH)
                        .controlChannel("aeron:udp?endpoint=" + endpoint.endpoint(endpoint.journalArchivePort()))
                        .controlStreamId(11)
                        .localControlChannel("aeron:ipc?term-length=64k")
                        .localControlStreamId(11)
                        .replicationChannel("aeron:udp?endpoint=localhost:0"),
                TimeUnit.SECONDS.toNanos(20),
                repairs::add);
        below = null;
        if (isInvoked) {
            final Archive invokedArchive = archive;
            final MediaDriver invokedDriver = driver;
            below = new AgentInvoker(Throwable::printStackTrace, null, new Agent() {
                @Override
                public int doWork() {
                    return invokedDriver.sharedAgentInvoker().invoke()
                            + invokedArchive.invoker().invoke();
                }

                @Override
                public String roleName() {
                    return "below";
                }
            });
            below.start();
        }
        aeron = Aeron.connect(new Aeron.Context()
                .aeronDirectoryName(aeronDirectory)
                .useConductorAgentInvoker(isInvoked)
                .clientLock(isInvoked ? NoOpLock.INSTANCE : new ReentrantLock())
                .driverAgentInvoker(below));
        return this;
    }

    AeronArchive connectReader() {
        return AeronArchive.connect(new AeronArchive.Context()
                .aeron(aeron)
                .ownsAeronClient(false)
                .controlRequestChannel("aeron:ipc?term-length=64k")
                .controlRequestStreamId(11)
                .controlResponseChannel("aeron:ipc?term-length=64k")
                .controlResponseStreamId(4_001));
    }

    JournalWriterContext context() {
        return new JournalWriterContext()
                .aeron(aeron)
                .idleStrategy(idleStrategy())
                .agentInvoker(below)
                .shardId(SHARD_ID)
                .archiveId(200 + endpoint.id())
                .archiveDirectory(archiveDirectory())
                .forcedPositionFile(base.resolve("forced"))
                .keptAsideDirectory(base.resolve("aside"))
                .segmentLength(SEGMENT_LENGTH)
                .controlResponseStreamId(4000)
                .self(endpoint)
                .peers(peers)
                .copyTimeoutNs(copyTimeoutNs)
                .peerTimeoutNs(peerTimeoutNs)
                .listener(this);
    }

    JournalWriter open(final long snapshotPosition) {
        return open(snapshotPosition, 0);
    }

    JournalWriter open(final long snapshotPosition, final long snapshotRollingHash) {
        writer = JournalWriter.open(context(), snapshotPosition, snapshotRollingHash);
        recordingId = writer.recordingId();
        return writer;
    }

    /** A second shard in the same archive; the test closes its writer. */
    JournalWriter openShard(final int shardId, final long snapshotPosition) {
        final JournalWriterContext context = context()
                .shardId(shardId)
                .controlResponseStreamId(4_000 + 10 * shardId)
                .forcedPositionFile(base.resolve("forced-" + shardId));
        return JournalWriter.open(context, snapshotPosition, 0);
    }

    JournalWriter writer() {
        return writer;
    }

    Aeron aeron() {
        return aeron;
    }

    Path archiveDirectory() {
        return base.resolve("archive-" + life);
    }

    Path forcedPositionFile() {
        return base.resolve("forced");
    }

    Path segmentFile(final long segmentPosition) {
        return archiveDirectory().resolve(recordingId + "-" + segmentPosition + ".rec");
    }

    Path lastSegmentFile(final long endPosition) {
        return segmentFile(endPosition & -SEGMENT_LENGTH);
    }

    /** Ends the life of the node as kill -9 would: the files are as they are at this moment, and nothing is closed. */
    void kill() {
        writer.force();
        TestFiles.deleteIfExists(base.resolve("forced"));
        final Path from = archiveDirectory();
        life++;
        final Path to = archiveDirectory();
        try (Stream<Path> files = Files.list(from)) {
            Files.createDirectories(to);
            for (final Path file : files.toList()) {
                if (!file.getFileName().toString().startsWith("archive-mark")) {
                    Files.copy(file, to.resolve(file.getFileName()));
                }
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
        stop();
        IoUtil.delete(from.toFile(), true);
    }

    void stop() {
        CloseHelper.closeAll(writer, aeron, archive, driver);
        writer = null;
        aeron = null;
        archive = null;
        driver = null;
    }

    void stopArchive() {
        CloseHelper.close(archive);
    }

    void deleteArchive() {
        IoUtil.delete(archiveDirectory().toFile(), false);
    }

    @Override
    public void close() {
        stop();
        IoUtil.delete(base.toFile(), true);
    }

    /** An endpoint of which only the archive's port is used; two builds on one machine should not meet. */
    static NodeEndpoint endpoint(final int id, final int testIndex) {
        final int process = (int) (ProcessHandle.current().pid() % 80);
        return new NodeEndpoint(id, "localhost", 21_000 + process * 12 + testIndex * 4 + id);
    }

    static IdleStrategy idleStrategy() {
        return new BackoffIdleStrategy(10, 20, 1_000, 1_000_000);
    }

    static File base(final String name) {
        final File shm = new File("/dev/shm");
        final File parent = shm.isDirectory() ? shm : new File("target");
        return new File(parent, "lockstep-test-" + ProcessHandle.current().pid() + "-" + name);
    }

    @Override
    public void onRecoveryStep(final int shardId, final String step) {
        steps.add(step);
    }

    @Override
    public void onTruncated(final int shardId, final long fromPosition, final long toPosition, final String reason) {
        truncatedTo = toPosition;
        steps.add("truncated from " + fromPosition + " to " + toPosition + ": " + reason);
    }

    @Override
    public void onCopied(
            final int shardId,
            final int peerNodeId,
            final long fromPosition,
            final long toPosition,
            final long durationNs) {
        copiedFrom = fromPosition;
        copiedTo = toPosition;
        steps.add("copied " + fromPosition + " to " + toPosition + " from node " + peerNodeId);
    }

    @Override
    public void onKeptAside(final int shardId, final Path copy) {
        keptAsideCount++;
        steps.add("kept " + copy);
    }

    @Override
    public void onDiverged(final int shardId, final long position, final String detail) {
        divergedAt = position;
        steps.add(detail);
    }
}
