package io.lockstep.cluster.core;

import io.lockstep.archive.history.FrameWalker;
import io.lockstep.archive.history.RecordChecker;
import io.lockstep.codecs.CheckpointRecordEncoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.JournalFormat;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import org.agrona.concurrent.UnsafeBuffer;

/** What today's release and the next one are asked to do, so that their answers can be compared. */
final class ReleaseTasks {
    private static final String LOG = "/recorded/log-1.gz";

    private ReleaseTasks() {}

    /** Replays the recorded log and gives the replies, and at last the summary of the state. */
    public static final class Replay implements Function<List<byte[]>, List<byte[]>> {
        /** {@inheritDoc} */
        @Override
        public List<byte[]> apply(final List<byte[]> nothing) {
            final FakeOutbox outbox = new FakeOutbox();
            return answersAndSummary(replayed(outbox), outbox);
        }
    }

    /** Gives the snapshot that is taken after the recorded log. */
    public static final class TakeSnapshot implements Function<List<byte[]>, List<byte[]>> {
        /** {@inheritDoc} */
        @Override
        public List<byte[]> apply(final List<byte[]> nothing) {
            return EngineFixture.snapshotOf(replayed(new FakeOutbox()), 0);
        }
    }

    /** Restores a snapshot and gives the summary of the state. */
    public static final class Restore implements Function<List<byte[]>, List<byte[]>> {
        /** {@inheritDoc} */
        @Override
        public List<byte[]> apply(final List<byte[]> snapshot) {
            final FakeOutbox outbox = new FakeOutbox();
            final Engine engine = EngineFixture.restore(snapshot, outbox);
            if (!engine.isRestored()) {
                throw new IllegalStateException("the snapshot was not read to its end");
            }
            return answersAndSummary(engine, outbox);
        }
    }

    /** Applies commands to a fresh engine and gives the replies, and at last the summary of the state. */
    public static final class ApplyCommands implements Function<List<byte[]>, List<byte[]>> {
        /** {@inheritDoc} */
        @Override
        public List<byte[]> apply(final List<byte[]> commands) {
            final EngineFixture fixture = new EngineFixture();
            commands.forEach(fixture::apply);
            return answersAndSummary(fixture.engine, fixture.outbox);
        }
    }

    /** Encodes a command of each kind. */
    public static final class EncodeCommands implements Function<List<byte[]>, List<byte[]>> {
        /** {@inheritDoc} */
        @Override
        public List<byte[]> apply(final List<byte[]> nothing) {
            return List.of(
                    Commands.seed(0, 1, Map.of()),
                    Commands.openProducer(77, 1024, true),
                    Commands.createTopic("plant/7"),
                    new PublishBuilder(77, 1, 1)
                            .atomic()
                            .entry("plant/7", "one")
                            .entry("plant/8", "two")
                            .build(),
                    Commands.listTopics(0, 10, "plant/+"),
                    Commands.describeShard(),
                    Commands.change(EngineSetting.MAX_TOPICS, 50),
                    Commands.trimJournal(0),
                    Commands.setReadOnly(1, true),
                    Commands.setFeatureLevel(1),
                    Commands.closeProducer(77, 1));
        }
    }

    /** Checks records that lie in frames of a journal from its start, and gives what the checker found. */
    public static final class CheckJournal implements Function<List<byte[]>, List<byte[]>> {
        /** {@inheritDoc} */
        @Override
        public List<byte[]> apply(final List<byte[]> segment) {
            final byte[] bytes = segment.get(0);
            final RecordChecker checker = new RecordChecker().reset(0);
            final boolean isGood = checker.check(new UnsafeBuffer(bytes), 0, bytes.length, 0, bytes.length);
            return List.of(("good " + isGood + ", records " + checker.recordCount() + ", hashes "
                            + checker.checkedHashCount() + " " + checker.finding())
                    .getBytes(StandardCharsets.UTF_8));
        }
    }

    /** Gives the segment of the journal that the recorded log makes. */
    public static final class WriteJournal implements Function<List<byte[]>, List<byte[]>> {
        /** {@inheritDoc} */
        @Override
        public List<byte[]> apply(final List<byte[]> nothing) {
            final FakeOutbox outbox = new FakeOutbox();
            replayed(outbox);
            return List.of(framed(outbox.journal));
        }
    }

    /** Gives as many bytes as the block of a checkpoint record has. */
    public static final class SizeCheckpoint implements Function<List<byte[]>, List<byte[]>> {
        /** {@inheritDoc} */
        @Override
        public List<byte[]> apply(final List<byte[]> nothing) {
            // Asked of the flyweight, for the constant was copied into this class.
            return List.of(new byte[new CheckpointRecordEncoder().sbeBlockLength()]);
        }
    }

    private static byte[] framed(final List<FakeOutbox.JournalRecord> records) {
        final UnsafeBuffer segment =
                new UnsafeBuffer(new byte[(int) records.get(records.size() - 1).endPosition()]);
        int offset = 0;
        for (final FakeOutbox.JournalRecord record : records) {
            final int length = record.bytes().length;
            if (length > JournalFormat.MAX_FRAME_PAYLOAD_LENGTH) {
                throw new IllegalStateException("records of one frame were expected, but one has " + length + " bytes");
            }
            segment.putInt(
                    offset + FrameWalker.FRAME_LENGTH_OFFSET,
                    JournalFormat.FRAME_HEADER_LENGTH + length,
                    ByteOrder.LITTLE_ENDIAN);
            segment.putByte(offset + FrameWalker.FLAGS_OFFSET, (byte) (FrameWalker.BEGIN_FLAG | FrameWalker.END_FLAG));
            segment.putShort(offset + FrameWalker.TYPE_OFFSET, (short) FrameWalker.TYPE_DATA, ByteOrder.LITTLE_ENDIAN);
            segment.putInt(offset + FrameWalker.TERM_OFFSET_OFFSET, offset, ByteOrder.LITTLE_ENDIAN);
            segment.putInt(offset + FrameWalker.STREAM_ID_OFFSET, JournalFormat.streamId(0), ByteOrder.LITTLE_ENDIAN);
            segment.putBytes(offset + JournalFormat.FRAME_HEADER_LENGTH, record.bytes());
            offset = (int) record.endPosition();
        }
        return segment.byteArray();
    }

    private static Engine replayed(final FakeOutbox outbox) {
        final Engine engine = new Engine(outbox);
        try (InputStream bytes = ReleaseTasks.class.getResourceAsStream(LOG)) {
            final SimulatedLog log = SimulatedLog.read(new DataInputStream(new GZIPInputStream(bytes)));
            for (int i = 0; i < log.length(); i++) {
                log.apply(i, engine);
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
        return engine;
    }

    private static List<byte[]> answersAndSummary(final Engine engine, final FakeOutbox outbox) {
        final List<byte[]> answers = new ArrayList<>();
        outbox.replies.forEach(reply -> answers.add(reply.bytes()));
        answers.add("""
                journal position %d
                first readable %d
                records %d
                messages %d
                rolling hash %016x
                checkpoint %d %016x
                topics %d
                producers %d
                seeded %s
                read-only %s
                ignored %d
                """.formatted(
                        engine.journalPosition(),
                        engine.firstReadablePosition(),
                        engine.shardSequence(),
                        engine.messageCount(),
                        engine.rollingHash(),
                        engine.checkpointPosition(),
                        engine.checkpointHash(),
                        engine.topicCount(),
                        engine.producerCount(),
                        engine.isSeeded(),
                        engine.isReadOnly(),
                        engine.ignoredCommandCount())
                .getBytes(StandardCharsets.UTF_8));
        return answers;
    }
}
