package io.lockstep.archive.journal;

import io.aeron.Aeron;
import io.aeron.security.CredentialsSupplier;
import io.aeron.security.NullCredentialsSupplier;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.AgentInvoker;
import org.agrona.concurrent.IdleStrategy;

/**
 * What a {@link JournalWriter} needs. Filled by the thread that opens the writer and not changed afterwards; used for
 * one writer only. Nothing in it is owned by the writer.
 */
public final class JournalWriterContext {
    private Aeron aeron;
    private AgentInvoker agentInvoker;
    private IdleStrategy idleStrategy;
    private CredentialsSupplier credentialsSupplier = new NullCredentialsSupplier();
    private JournalListener listener = JournalListener.NONE;
    private String controlChannel = "aeron:ipc?term-length=64k";
    private int controlStreamId = 11;
    private int controlResponseStreamId = -1;
    private int shardId = -1;
    private long archiveId = Aeron.NULL_VALUE;
    private Path archiveDirectory;
    private Path keptAsideDirectory;
    private Path forcedPositionFile;
    private int segmentLength;
    private NodeEndpoint self;
    private List<NodeEndpoint> peers = List.of();
    private long archiveTimeoutNs = TimeUnit.SECONDS.toNanos(10);
    private long appendTimeoutNs = TimeUnit.SECONDS.toNanos(10);
    private long peerTimeoutNs = TimeUnit.SECONDS.toNanos(2);
    private long copyTimeoutNs = TimeUnit.SECONDS.toNanos(60);

    JournalWriterContext conclude() {
        Objects.requireNonNull(aeron, "a journal writer needs an Aeron client");
        Objects.requireNonNull(idleStrategy, "a journal writer needs an idle strategy");
        Objects.requireNonNull(archiveDirectory, "a journal writer needs the directory of its archive");
        Objects.requireNonNull(self, "a journal writer needs the endpoint of its own node");
        require(shardId >= 0 && shardId < NodeEndpoint.MAX_SHARDS, "a journal writer needs a shard id", shardId);
        require(archiveId != Aeron.NULL_VALUE, "a journal writer needs the id of its archive", archiveId);
        require(controlResponseStreamId >= 0, "a journal writer needs a response stream", controlResponseStreamId);
        require(
                segmentLength >= JournalFormat.TERM_LENGTH && Integer.bitCount(segmentLength) == 1,
                "a segment is a power of two and no shorter than a term of " + JournalFormat.TERM_LENGTH,
                segmentLength);
        final Path parent = archiveDirectory.toAbsolutePath().getParent();
        if (keptAsideDirectory == null) {
            keptAsideDirectory = parent.resolve("kept-aside");
        }
        if (forcedPositionFile == null) {
            forcedPositionFile = parent.resolve("journal-" + shardId + ".forced");
        }
        return this;
    }

    private static void require(final boolean condition, final String sentence, final long value) {
        if (!condition) {
            throw new IllegalArgumentException(sentence + ", but it is " + value);
        }
    }

    /**
     * The Aeron client, which may be in invoker mode.
     *
     * @param value used on the service thread only.
     * @return this.
     */
    public JournalWriterContext aeron(final Aeron value) {
        this.aeron = value;
        return this;
    }

    Aeron aeron() {
        return aeron;
    }

    /**
     * What has to run for the archive to make progress, where driver and archives share the service's thread and the
     * idle strategy does not drive them.
     *
     * @param value null if they have their own threads or the idle strategy drives them.
     * @return this.
     */
    public JournalWriterContext agentInvoker(final AgentInvoker value) {
        this.agentInvoker = value;
        return this;
    }

    AgentInvoker agentInvoker() {
        return agentInvoker;
    }

    /**
     * How to wait; inside a cluster the cluster's own, because it keeps the service alive.
     *
     * @param value used by every wait.
     * @return this.
     */
    public JournalWriterContext idleStrategy(final IdleStrategy value) {
        this.idleStrategy = value;
        return this;
    }

    IdleStrategy idleStrategy() {
        return idleStrategy;
    }

    /**
     * Credentials for the node's own archive, which must allow this writer to record, truncate and replicate.
     *
     * @param value none by default.
     * @return this.
     */
    public JournalWriterContext credentialsSupplier(final CredentialsSupplier value) {
        this.credentialsSupplier = value;
        return this;
    }

    CredentialsSupplier credentialsSupplier() {
        return credentialsSupplier;
    }

    /**
     * Who is told what happens.
     *
     * @param value called on the service thread.
     * @return this.
     */
    public JournalWriterContext listener(final JournalListener value) {
        this.listener = value;
        return this;
    }

    JournalListener listener() {
        return listener;
    }

    /**
     * Local control channel of the journal's archive.
     *
     * @param value an IPC channel.
     * @return this.
     */
    public JournalWriterContext controlChannel(final String value) {
        this.controlChannel = value;
        return this;
    }

    String controlChannel() {
        return controlChannel;
    }

    /**
     * Control stream of the journal's archive, here and at the peers.
     *
     * @param value 11 by default.
     * @return this.
     */
    public JournalWriterContext controlStreamId(final int value) {
        this.controlStreamId = value;
        return this;
    }

    int controlStreamId() {
        return controlStreamId;
    }

    /**
     * Stream for the archive's answers; no other client of the same driver may use it.
     *
     * @param value different for each shard.
     * @return this.
     */
    public JournalWriterContext controlResponseStreamId(final int value) {
        this.controlResponseStreamId = value;
        return this;
    }

    int controlResponseStreamId() {
        return controlResponseStreamId;
    }

    /**
     * The shard whose journal this is.
     *
     * @param value from 0.
     * @return this.
     */
    public JournalWriterContext shardId(final int value) {
        this.shardId = value;
        return this;
    }

    int shardId() {
        return shardId;
    }

    int streamId() {
        return JournalFormat.streamId(shardId);
    }

    /**
     * Id of the journal's archive: recording ids are the same in all archives of a driver.
     *
     * @param value of the archive's context.
     * @return this.
     */
    public JournalWriterContext archiveId(final long value) {
        this.archiveId = value;
        return this;
    }

    long archiveId() {
        return archiveId;
    }

    /**
     * Directory of the journal's archive, whose segment files are read here.
     *
     * @param value of the archive's context.
     * @return this.
     */
    public JournalWriterContext archiveDirectory(final Path value) {
        this.archiveDirectory = value;
        return this;
    }

    Path archiveDirectory() {
        return archiveDirectory;
    }

    /**
     * Where damaged files are kept before they are repaired.
     *
     * @param value by default {@code kept-aside} beside the archive.
     * @return this.
     */
    public JournalWriterContext keptAsideDirectory(final Path value) {
        this.keptAsideDirectory = value;
        return this;
    }

    Path keptAsideDirectory() {
        return keptAsideDirectory;
    }

    /**
     * Where the position is kept up to which the journal was forced to the disk.
     *
     * @param value by default a file beside the archive.
     * @return this.
     */
    public JournalWriterContext forcedPositionFile(final Path value) {
        this.forcedPositionFile = value;
        return this;
    }

    Path forcedPositionFile() {
        return forcedPositionFile;
    }

    /**
     * Segment length of new recordings in the archive.
     *
     * @param value of the archive's context, in bytes.
     * @return this.
     */
    public JournalWriterContext segmentLength(final int value) {
        this.segmentLength = value;
        return this;
    }

    int segmentLength() {
        return segmentLength;
    }

    /**
     * The node itself.
     *
     * @param value whose host is used for answers from peers.
     * @return this.
     */
    public JournalWriterContext self(final NodeEndpoint value) {
        this.self = value;
        return this;
    }

    NodeEndpoint self() {
        return self;
    }

    /**
     * The other nodes that hold this shard.
     *
     * @param value may be empty.
     * @return this.
     */
    public JournalWriterContext peers(final List<NodeEndpoint> value) {
        this.peers = List.copyOf(value);
        return this;
    }

    List<NodeEndpoint> peers() {
        return peers;
    }

    /**
     * How long an answer of the node's own archive may take.
     *
     * @param value 10 s by default.
     * @return this.
     */
    public JournalWriterContext archiveTimeoutNs(final long value) {
        this.archiveTimeoutNs = value;
        return this;
    }

    long archiveTimeoutNs() {
        return archiveTimeoutNs;
    }

    /**
     * How long the archive may refuse a record before the journal counts as broken.
     *
     * @param value 10 s by default.
     * @return this.
     */
    public JournalWriterContext appendTimeoutNs(final long value) {
        this.appendTimeoutNs = value;
        return this;
    }

    long appendTimeoutNs() {
        return appendTimeoutNs;
    }

    /**
     * How long an answer of a peer's archive may take.
     *
     * @param value 2 s by default.
     * @return this.
     */
    public JournalWriterContext peerTimeoutNs(final long value) {
        this.peerTimeoutNs = value;
        return this;
    }

    long peerTimeoutNs() {
        return peerTimeoutNs;
    }

    /**
     * How long to look for a peer that can deliver, and how long a copy may stand still.
     *
     * @param value 60 s by default.
     * @return this.
     */
    public JournalWriterContext copyTimeoutNs(final long value) {
        this.copyTimeoutNs = value;
        return this;
    }

    long copyTimeoutNs() {
        return copyTimeoutNs;
    }
}
