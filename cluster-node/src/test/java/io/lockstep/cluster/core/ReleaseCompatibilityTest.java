package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.TopicsPageDecoder;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageDecoderFlyweight;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Nodes and clients of two releases side by side: the engine of today and the engine of a release with a longer block in
 * every message. {@code -Dlockstep.golden.write=DIRECTORY} records a new snapshot; existing ones are never rewritten.
 */
class ReleaseCompatibilityTest {
    private static final String SNAPSHOT = "/recorded/snapshot-1.gz";
    private static final Path GOLDEN = Path.of("../codecs/src/test/resources/golden/v1");
    private static final int FIRST_REPLY = 100;
    private static final int FIRST_RECORD = 200;
    private static final int FIRST_OF_SNAPSHOT = 300;
    // What native clients and gateways say to each other, which the engine never reads.
    private static final int FIRST_OF_GATEWAYS = 500;

    @TempDir
    private static Path directory;

    private static NextRelease next;

    @BeforeAll
    static void buildTheNextRelease() throws IOException {
        // Records wait for a feature level: until it rises, nodes of both releases write the same journal.
        next = NextRelease.build(directory.resolve("next"), id -> id < FIRST_RECORD || id >= FIRST_OF_SNAPSHOT);
    }

    @AfterAll
    static void closeTheNextRelease() throws IOException {
        if (next != null) {
            next.close();
        }
    }

    @Test
    void shouldKnowHowLongBlocksWereInVersion1() throws IOException {
        for (final byte[] golden : goldenMessages()) {
            final UnsafeBuffer buffer = new UnsafeBuffer(golden);
            final int templateId = WireShape.templateId(buffer, 0);
            final boolean isRead = templateId < FIRST_REPLY || templateId >= FIRST_OF_SNAPSHOT;
            if (isRead && templateId < FIRST_OF_GATEWAYS) {
                assertEquals(
                        WireShape.blockLength(buffer, 0),
                        BlockLengths.inVersion1(templateId, WireShape.MALFORMED),
                        "BlockLengths holds the length of template " + templateId);
            }
        }
    }

    @Test
    void shouldMakeTheSameHistoryWhenTheNextReleaseReplaysALogOfToday() {
        final List<byte[]> today = new ReleaseTasks.Replay().apply(List.of());

        final List<byte[]> later = next.run(ReleaseTasks.Replay.class, List.of());

        assertSameAnswers(today, later);
    }

    @Test
    void shouldAnswerGoldenCommandsAlikeWhenTheyAreOfVersion1() throws IOException {
        final List<byte[]> commands = new ArrayList<>();
        for (final byte[] golden : goldenMessages()) {
            if (WireShape.templateId(new UnsafeBuffer(golden), 0) < FIRST_REPLY) {
                commands.add(golden);
            }
        }

        final List<byte[]> today = new ReleaseTasks.ApplyCommands().apply(commands);
        final List<byte[]> later = next.run(ReleaseTasks.ApplyCommands.class, commands);

        assertEquals(commands.size() + 1, today.size());
        assertSameAnswers(today, later);
        later.subList(0, commands.size())
                .forEach(reply -> assertFalse(textOf(reply).contains("MALFORMED"), () -> textOf(reply)));
    }

    @Test
    void shouldAnswerCommandsOfTheNextRelease() {
        final List<byte[]> commands = next.run(ReleaseTasks.EncodeCommands.class, List.of());

        final List<byte[]> today = new ReleaseTasks.ApplyCommands().apply(commands);

        assertEquals(commands.size() + 1, today.size());
        assertSameAnswers(today, next.run(ReleaseTasks.ApplyCommands.class, commands));
        today.subList(0, commands.size())
                .forEach(reply -> assertFalse(textOf(reply).contains("MALFORMED"), () -> textOf(reply)));
    }

    @Test
    void shouldRefuseCommandsOfVersion1WhenTheyAreCutShort() {
        for (final byte[] command : new ReleaseTasks.EncodeCommands().apply(List.of())) {
            assertRefusedByNext(command, 1, WireShape.blockLength(new UnsafeBuffer(command), 0) - 1);
        }
    }

    @Test
    void shouldRefuseBlocksOfVersion1WhenTheySayThatTheyAreNewer() {
        for (final byte[] command : new ReleaseTasks.EncodeCommands().apply(List.of())) {
            assertRefusedByNext(
                    command,
                    MessageHeaderDecoder.SCHEMA_VERSION + 1,
                    WireShape.blockLength(new UnsafeBuffer(command), 0));
        }
    }

    @Test
    void shouldRestoreARecordedSnapshot() throws IOException {
        final List<byte[]> taken = new ReleaseTasks.TakeSnapshot().apply(List.of());
        final String golden = System.getProperty("lockstep.golden.write", "");
        if (!golden.isEmpty()) {
            write(taken, Path.of(golden, "new-snapshot.gz"));
        }
        final List<byte[]> recorded = read(SNAPSHOT);

        final Engine engine = EngineFixture.restore(recorded, new FakeOutbox());

        assertTrue(engine.isRestored());
        assertEquals(EngineFixture.restore(taken, new FakeOutbox()).stateHash(), engine.stateHash());
    }

    @Test
    void shouldRestoreARecordedSnapshotWhenTheReleaseIsTheNext() throws IOException {
        final List<byte[]> recorded = read(SNAPSHOT);

        assertSameAnswers(new ReleaseTasks.Restore().apply(recorded), next.run(ReleaseTasks.Restore.class, recorded));
    }

    @Test
    void shouldRestoreASnapshotOfTheNextRelease() {
        final List<byte[]> taken = next.run(ReleaseTasks.TakeSnapshot.class, List.of());

        assertSameAnswers(next.run(ReleaseTasks.Restore.class, taken), new ReleaseTasks.Restore().apply(taken));
    }

    @Test
    void shouldRefuseASnapshotOfVersion1WhenAnItemIsCutShort() throws IOException {
        final List<byte[]> recorded = read(SNAPSHOT);
        final byte[] begin = recorded.get(0);
        new UnsafeBuffer(begin).putShort(0, (short) (begin.length - 9), ByteOrder.LITTLE_ENDIAN);

        assertThrows(
                IllegalStateException.class,
                () -> next.run(ReleaseTasks.Restore.class, List.of(Arrays.copyOf(begin, begin.length - 1))));
    }

    @Test
    void shouldCheckTheChainOfAJournalOfTodayWhenCheckpointsAreLonger() throws IOException {
        final List<byte[]> journal = new ReleaseTasks.WriteJournal().apply(List.of());
        final String today = textOfLast(new ReleaseTasks.CheckJournal().apply(journal));
        try (NextRelease longer = NextRelease.build(directory.resolve("longer"), id -> true)) {
            assertEquals(
                    new ReleaseTasks.SizeCheckpoint().apply(List.of()).get(0).length + Long.BYTES,
                    longer.run(ReleaseTasks.SizeCheckpoint.class, List.of()).get(0).length,
                    "length of a checkpoint");

            assertEquals(today, textOfLast(longer.run(ReleaseTasks.CheckJournal.class, journal)));
        }
        assertTrue(today.startsWith("good true"), today);
        assertFalse(today.contains("hashes 0"), today);
    }

    private static void assertRefusedByNext(final byte[] command, final int version, final int blockLength) {
        final byte[] bent = command.clone();
        final UnsafeBuffer buffer = new UnsafeBuffer(bent);
        buffer.putShort(0, (short) blockLength, ByteOrder.LITTLE_ENDIAN);
        buffer.putShort(6, (short) version, ByteOrder.LITTLE_ENDIAN);

        final List<byte[]> answers = next.run(ReleaseTasks.ApplyCommands.class, List.of(bent));

        final String text = textOf(answers.get(0));
        assertTrue(
                text.contains("code=" + ResultCode.MALFORMED) || text.contains("ignored 1"),
                "template " + WireShape.templateId(buffer, 0) + ": " + text);
        assertTrue(textOfLast(answers).contains("records 0\n"));
    }

    /** Compares field by field, with the decoders of today, what two releases answered. */
    private static void assertSameAnswers(final List<byte[]> expected, final List<byte[]> actual) {
        assertEquals(textOfLast(expected), textOfLast(actual));
        assertEquals(expected.size(), actual.size());
        for (int i = 0; i < expected.size(); i++) {
            assertEquals(textOf(expected.get(i)), textOf(actual.get(i)), "answer " + i);
        }
    }

    private static String textOf(final byte[] answer) {
        final UnsafeBuffer buffer = new UnsafeBuffer(answer);
        final MessageDecoderFlyweight decoder = switch (WireShape.templateId(buffer, 0)) {
            case CommandReplyDecoder.TEMPLATE_ID -> new CommandReplyDecoder();
            case ProducerOpenedDecoder.TEMPLATE_ID -> new ProducerOpenedDecoder();
            case PublishReplyDecoder.TEMPLATE_ID -> new PublishReplyDecoder();
            case TopicsPageDecoder.TEMPLATE_ID -> new TopicsPageDecoder();
            default -> null;
        };
        if (WireShape.schemaId(buffer, 0) != MessageHeaderDecoder.SCHEMA_ID) {
            return new String(answer, StandardCharsets.UTF_8);
        }
        if (decoder == null) {
            // A description of the shard counts the bytes of the state, which differ by the longer blocks.
            return "template " + WireShape.templateId(buffer, 0);
        }
        decoder.wrap(buffer, WireShape.HEADER_LENGTH, WireShape.blockLength(buffer, 0), WireShape.version(buffer, 0));
        final String text = decoder.toString();
        return text.substring(text.indexOf(':') + 1);
    }

    private static String textOfLast(final List<byte[]> answers) {
        return new String(answers.get(answers.size() - 1), StandardCharsets.UTF_8);
    }

    private static List<byte[]> goldenMessages() throws IOException {
        final List<byte[]> messages = new ArrayList<>();
        try (Stream<Path> files = Files.list(GOLDEN)) {
            for (final Path file : files.sorted().toList()) {
                messages.add(HexFormat.of().parseHex(Files.readString(file).replaceAll("\\s", "")));
            }
        }
        return messages;
    }

    private static List<byte[]> read(final String resource) throws IOException {
        final List<byte[]> messages = new ArrayList<>();
        try (InputStream bytes = ReleaseCompatibilityTest.class.getResourceAsStream(resource);
                DataInputStream input = new DataInputStream(new GZIPInputStream(bytes))) {
            for (int count = input.readInt(); count > 0; count--) {
                messages.add(input.readNBytes(input.readInt()));
            }
        }
        return messages;
    }

    private static void write(final List<byte[]> messages, final Path file) throws IOException {
        try (DataOutputStream output = new DataOutputStream(new GZIPOutputStream(Files.newOutputStream(file)))) {
            output.writeInt(messages.size());
            for (final byte[] message : messages) {
                output.writeInt(message.length);
                output.write(message);
            }
        }
    }
}
