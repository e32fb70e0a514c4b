package io.lockstep.archive;

import io.aeron.Aeron;
import io.aeron.ChannelUri;
import io.aeron.ChannelUriStringBuilder;
import io.aeron.CommonContext;
import io.aeron.ExclusivePublication;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.codecs.SourceLocation;
import io.aeron.archive.status.RecordingPos;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.aeron.logbuffer.BufferClaim;
import io.aeron.logbuffer.FrameDescriptor;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.agrona.CloseHelper;
import org.agrona.collections.MutableLong;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.concurrent.YieldingIdleStrategy;

/** A media driver and a journal archive in this JVM, and a plain publication that writes a journal into it. */
public final class TestNode implements AutoCloseable {
    public static final int SHARD_ID = 0;
    public static final int SEGMENT_LENGTH = JournalFormat.TERM_LENGTH;
    private static final int CONTROL_STREAM_ID = 11;

    private final NodeEndpoint endpoint;
    private final Path dir;
    private final List<Throwable> errors = new CopyOnWriteArrayList<>();
    private MediaDriver driver;
    private Archive archive;
    private Aeron aeron;
    private AeronArchive client;
    private ExclusivePublication publication;

    public TestNode(final int id, final int basePort, final Path baseDir) {
        this.endpoint = new NodeEndpoint(id, "localhost", basePort);
        this.dir = baseDir.resolve("node-" + id);
    }

    public TestNode start() {
        final String aeronDir = aeronDir();
        driver = MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(aeronDir)
                .threadingMode(ThreadingMode.SHARED)
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .termBufferSparseFile(true)
                .timerIntervalNs(100_000_000)
                .imageLivenessTimeoutNs(2_000_000_000L)
                .publicationLingerTimeoutNs(200_000_000)
                .errorHandler(errors::add));
        archive = Archive.launch(new Archive.Context()
                .aeronDirectoryName(aeronDir)
                .archiveDir(archiveDir().toFile())
                .archiveId(2000 + endpoint.id())
                .controlChannel("aeron:udp?endpoint=" + endpoint.endpoint(endpoint.journalArchivePort()))
                .controlStreamId(CONTROL_STREAM_ID)
                .localControlChannel("aeron:ipc?term-length=64k")
                .localControlStreamId(CONTROL_STREAM_ID)
                .replicationChannel("aeron:udp?endpoint=localhost:0")
                .recordingEventsEnabled(false)
                .segmentFileLength(SEGMENT_LENGTH)
                .threadingMode(ArchiveThreadingMode.SHARED)
                .errorHandler(errors::add));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(aeronDir).errorHandler(errors::add));
        client = AeronArchive.connect(new AeronArchive.Context()
                .aeron(aeron)
                .ownsAeronClient(false)
                .controlRequestChannel("aeron:ipc?term-length=64k")
                .controlRequestStreamId(CONTROL_STREAM_ID)
                .controlResponseChannel("aeron:ipc?term-length=64k")
                .controlResponseStreamId(4_000));
        return this;
    }

    /** Begins the journal, or extends it. */
    public TestNode openJournal() {
        final long recordingId = recordingId();
        final long position = recordingId < 0 ? 0 : client.getStopPosition(recordingId);
        final String channel = new ChannelUriStringBuilder()
                .media(CommonContext.IPC_MEDIA)
                .mtu(JournalFormat.MTU_LENGTH)
                .sparse(true)
                .linger(0L)
                .initialPosition(position, JournalFormat.INITIAL_TERM_ID, JournalFormat.TERM_LENGTH)
                .build();
        final int streamId = JournalFormat.streamId(SHARD_ID);
        publication = aeron.addExclusivePublication(channel, streamId);
        final String recorded = ChannelUri.addSessionId(CommonContext.IPC_CHANNEL, publication.sessionId());
        if (recordingId < 0) {
            client.startRecording(recorded, streamId, SourceLocation.LOCAL, true);
        } else {
            client.extendRecording(recordingId, recorded, streamId, SourceLocation.LOCAL, true);
        }
        Await.until(
                "the journal is recorded",
                () -> publication.isConnected()
                        && RecordingPos.findCounterIdBySession(
                                        aeron.countersReader(), publication.sessionId(), client.archiveId())
                                >= 0);
        return this;
    }

    /** Stops the recording, as the end of a service does. */
    public void closeJournal() {
        CloseHelper.close(publication);
        publication = null;
        Await.until("the recording stopped", () -> client.getStopPosition(recordingId()) >= 0);
    }

    public void append(final List<TestRecords.Entry> entries) {
        for (final TestRecords.Entry entry : entries) {
            append(entry.bytes());
        }
    }

    public long append(final byte[] bytes) {
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final long deadlineNs = System.nanoTime() + 20_000_000_000L;
        while (true) {
            final long result = publication.offer(buffer, 0, bytes.length);
            if (result > 0) {
                return result;
            }
            if (System.nanoTime() - deadlineNs > 0) {
                throw new IllegalStateException("no place in the journal: " + result);
            }
            YieldingIdleStrategy.INSTANCE.idle(0);
        }
    }

    /** Appends a part of a record, as a writer that stands still in the middle of one. */
    public void appendFragments(final byte[] bytes, final int fromFragment, final int toFragment) {
        final int last = (bytes.length - 1) / JournalFormat.MAX_FRAME_PAYLOAD_LENGTH;
        final BufferClaim claim = new BufferClaim();
        for (int i = fromFragment; i < toFragment; i++) {
            final int begin = i * JournalFormat.MAX_FRAME_PAYLOAD_LENGTH;
            final int length = Math.min(JournalFormat.MAX_FRAME_PAYLOAD_LENGTH, bytes.length - begin);
            Await.until("there is place in the journal", () -> publication.tryClaim(length, claim) > 0);
            claim.flags((byte)
                    ((i == 0 ? FrameDescriptor.BEGIN_FRAG_FLAG : 0) | (i == last ? FrameDescriptor.END_FRAG_FLAG : 0)));
            claim.buffer().putBytes(claim.offset(), bytes, begin, length);
            claim.commit();
        }
    }

    public void awaitRecorded() {
        final long recordingId = recordingId();
        Await.until("everything is recorded", () -> client.getRecordingPosition(recordingId) >= publication.position());
    }

    public long recordingId() {
        final MutableLong found = new MutableLong(-1);
        client.listRecordingsForUri(
                0,
                100,
                "",
                JournalFormat.streamId(SHARD_ID),
                (controlSessionId,
                        correlationId,
                        recordingId,
                        startTimestamp,
                        stopTimestamp,
                        startPosition,
                        stopPosition,
                        initialTermId,
                        segmentFileLength,
                        termBufferLength,
                        mtuLength,
                        sessionId,
                        streamId,
                        strippedChannel,
                        originalChannel,
                        sourceIdentity) -> found.set(recordingId));
        return found.get();
    }

    public NodeEndpoint endpoint() {
        return endpoint;
    }

    public AeronArchive client() {
        return client;
    }

    public Aeron aeron() {
        return aeron;
    }

    public String aeronDir() {
        return CommonContext.getAeronDirectoryName() + "-reader-test-" + endpoint.basePort();
    }

    public Path archiveDir() {
        return dir.resolve("archive");
    }

    public List<Throwable> errors() {
        return errors;
    }

    /** Stops the driver under everything else, so that nothing is said to anybody. */
    public void kill() {
        CloseHelper.quietClose(driver);
        CloseHelper.quietCloseAll(archive, aeron);
        driver = null;
        archive = null;
        aeron = null;
        client = null;
        publication = null;
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(publication, client, aeron, archive, driver);
        publication = null;
        client = null;
        aeron = null;
        archive = null;
        driver = null;
    }
}
