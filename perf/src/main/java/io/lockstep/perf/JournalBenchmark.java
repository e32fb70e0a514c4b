package io.lockstep.perf;

import io.aeron.Aeron;
import io.aeron.archive.Archive;
import io.aeron.archive.ArchiveThreadingMode;
import io.aeron.driver.MediaDriver;
import io.aeron.driver.ThreadingMode;
import io.lockstep.archive.journal.JournalWriter;
import io.lockstep.archive.journal.JournalWriterContext;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import org.agrona.concurrent.BackoffIdleStrategy;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Appends sealed records to a journal in the temporary directory; driver and archive have a thread each. What is
 * measured in the long run is how fast the archive records.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class JournalBenchmark {
    private static final int SEGMENT_LENGTH = 64 << 20;
    private static final int TERM_LENGTH = 128 << 10;
    private static final int CONTROL_STREAM_ID = 11;
    private static final int RESPONSE_STREAM_ID = 4000;
    private static final long ARCHIVE_ID = 200;
    private static final int FIRST_PORT = 26_900;

    /** Length of the payload. */
    @Param({"100", "1024"})
    public int payloadLength;

    private final UnsafeBuffer journalRecord = new UnsafeBuffer(RecordLayout.newRecordBuffer());
    private Path directory;
    private MediaDriver driver;
    private Archive archive;
    private Aeron aeron;
    private JournalWriter writer;
    private int length;
    private long position;

    /** For JMH. */
    public JournalBenchmark() {}

    /** Starts driver and archive and opens an empty journal. */
    @Setup
    public void setUp() {
        try {
            directory = Files.createTempDirectory("lockstep-journal-benchmark-");
        } catch (final IOException ex) {
            throw new UncheckedIOException("no temporary directory for the journal", ex);
        }
        final NodeEndpoint node = new NodeEndpoint(0, "localhost", FIRST_PORT);
        final String aeronDirectory = directory.resolve("driver").toString();
        driver = MediaDriver.launch(new MediaDriver.Context()
                .aeronDirectoryName(aeronDirectory)
                .threadingMode(ThreadingMode.SHARED)
                .sharedIdleStrategy(newIdleStrategy())
                .dirDeleteOnStart(true)
                .dirDeleteOnShutdown(true)
                .ipcTermBufferLength(TERM_LENGTH)
                .publicationTermBufferLength(TERM_LENGTH));
        archive = Archive.launch(new Archive.Context()
                .aeronDirectoryName(aeronDirectory)
                .archiveDir(directory.resolve("archive").toFile())
                .archiveId(ARCHIVE_ID)
                .threadingMode(ArchiveThreadingMode.SHARED)
                .idleStrategySupplier(JournalBenchmark::newIdleStrategy)
                .recordingEventsEnabled(false)
                .segmentFileLength(SEGMENT_LENGTH)
                .controlChannel("aeron:udp?endpoint=" + node.endpoint(node.journalArchivePort()))
                .controlStreamId(CONTROL_STREAM_ID)
                .localControlChannel("aeron:ipc?term-length=64k")
                .localControlStreamId(CONTROL_STREAM_ID)
                .replicationChannel("aeron:udp?endpoint=localhost:0"));
        aeron = Aeron.connect(new Aeron.Context().aeronDirectoryName(aeronDirectory));
        writer = JournalWriter.open(
                new JournalWriterContext()
                        .aeron(aeron)
                        .idleStrategy(newIdleStrategy())
                        .shardId(0)
                        .archiveId(ARCHIVE_ID)
                        .archiveDirectory(directory.resolve("archive"))
                        .forcedPositionFile(directory.resolve("forced"))
                        .keptAsideDirectory(directory.resolve("aside"))
                        .segmentLength(SEGMENT_LENGTH)
                        .controlResponseStreamId(RESPONSE_STREAM_ID)
                        .self(node),
                0,
                0);
        position = writer.position();
        encodeRecord();
    }

    /**
     * Appends one record.
     *
     * @return where the journal ends.
     */
    @Benchmark
    public long append() {
        position = JournalFormat.endPosition(position, length);
        writer.append(journalRecord, 0, length, position);
        return position;
    }

    /** Closes and deletes everything. */
    @TearDown
    public void tearDown() {
        CloseHelper.closeAll(writer, aeron, archive, driver);
        IoUtil.delete(directory.toFile(), true);
    }

    private void encodeRecord() {
        final PublishFixture fixture = new PublishFixture("plant/7/boiler/temp", payloadLength);
        final MessageRecordEncoder encoder = new MessageRecordEncoder();
        encoder.wrapAndApplyHeader(journalRecord, 0, new MessageHeaderEncoder());
        encoder.recordHeader().crc32c(0).kind(RecordKind.MESSAGE).flags().clear();
        encoder.recordHeader().reserved(0).shardSequence(1).raftLogPosition(256).timestampNs(1);
        encoder.topicSequence(1)
                .producerId(PublishFixture.PRODUCER_ID)
                .producerSequence(1)
                .topicId(1)
                .putTopicName(fixture.topic(), 0, fixture.topic().length)
                .putHeaders(new byte[0], 0, 0)
                .putPayload(fixture.payload(), 0, fixture.payload().length);
        length = MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength();
        new RecordLayout().seal(journalRecord, 0, length);
    }

    private static IdleStrategy newIdleStrategy() {
        return new BackoffIdleStrategy(10, 20, 1_000, 1_000_000);
    }
}
