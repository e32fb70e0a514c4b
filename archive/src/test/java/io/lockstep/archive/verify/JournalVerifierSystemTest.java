package io.lockstep.archive.verify;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.TestNode;
import io.lockstep.archive.TestRecords;
import io.lockstep.archive.journal.ForcedPosition;
import io.lockstep.archive.replay.ReaderClient;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.agrona.CloseHelper;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class JournalVerifierSystemTest {
    private static final long SEED = Long.getLong("lockstep.seed", 43);
    private static final int BASE_PORT = 22_300;
    private static final int SHARD_ID = TestNode.SHARD_ID;
    private static final int RECORD_COUNT = 2_500;

    @TempDir
    private Path dir;

    private final List<TestNode> nodes = new ArrayList<>();
    private final TestRecords records = new TestRecords(SEED);

    @AfterEach
    void closeNodes() {
        nodes.forEach(CloseHelper::quietClose);
    }

    @Test
    void shouldAgreeWhenFoldersAreEqual() throws IOException {
        // given
        final Path first = writeFolder();
        final Path second = copy(first, "second");

        // when
        final VerifyResult equal = JournalVerifier.verifyFolders(List.of(first, second), SHARD_ID);

        // then
        assertNull(equal.firstDifference());
        assertTrue(equal.isIdentical());
        assertEquals(RECORD_COUNT, equal.records());
        assertEquals(
                records.entries().stream()
                        .mapToLong(entry -> entry.bytes().length)
                        .sum(),
                equal.bytes());
        assertEquals(
                records.entries().stream().filter(entry -> entry.topicId() == 0).count(), equal.checkpoints());
        assertEquals(records.position(), equal.toPosition());
        assertTrue(equal.hasEqualEnds());
        assertNull(equal.shortCopies());
    }

    @Test
    void shouldTellHowMuchEarlierANodeEndsWhenItWasKilledBeforeTheOther() throws IOException {
        // given
        final TestNode node = startNode(0);
        records.add(RECORD_COUNT, 20_000);
        node.append(records.entries().subList(0, RECORD_COUNT - 10));
        node.awaitRecorded();
        final Path early = copy(node.archiveDir(), "early");
        node.append(records.entries().subList(RECORD_COUNT - 10, RECORD_COUNT));
        node.awaitRecorded();
        final Path late = copy(node.archiveDir(), "late");
        final Path torn = copy(late, "torn");
        final TestRecords.Entry last = records.entries().get(RECORD_COUNT - 1);
        write(torn, last.endPosition() - 64, new byte[64]);
        write(torn, last.beginPosition(), new byte[64]);

        // when
        final VerifyResult result = JournalVerifier.verifyFolders(List.of(late, early, torn), SHARD_ID);

        // then
        assertTrue(result.isIdentical(), result.firstDifference());
        assertFalse(result.hasEqualEnds());
        assertEquals(RECORD_COUNT - 10, result.records());
        assertEquals(late.toString(), result.longest().name());
        final VerifyResult.Copy shorter = result.copies().get(1);
        assertEquals(RECORD_COUNT - 10, shorter.records());
        assertEquals(10, result.recordsBehind(shorter));
        assertEquals(1, result.recordsBehind(result.copies().get(2)));
        assertEquals(records.entries().get(RECORD_COUNT - 11).endPosition(), shorter.endPosition());
        assertTrue(
                result.shortCopies().startsWith(early + " ends 10 records earlier, at position "), result::shortCopies);
    }

    @Test
    void shouldNameTheCopyThatHasLostItsEndWhenSomethingTellsThatItHadMore() throws IOException {
        // given
        final TestNode node = startNode(0);
        records.add(RECORD_COUNT, 20_000).addMessage(1, new byte[200_000]);
        node.append(records.entries());
        node.awaitRecorded();
        final Path killed = copy(node.archiveDir(), "killed");
        node.closeJournal();
        node.close();
        final Path stopped = node.archiveDir();
        final TestRecords.Entry last = records.entries().get(records.entries().size() - 1);
        final TestRecords.Entry middle = records.entries().get(RECORD_COUNT / 2);

        // Cut files, of a node that was stopped and of one that was killed.
        final Path cut = copy(stopped, "cut");
        cut(cut, last.endPosition() - 1);
        assertDifference(List.of(stopped, cut), cut, "of its " + TestNode.SEGMENT_LENGTH + " bytes");
        final Path half = copy(killed, "half");
        cut(half, middle.endPosition());
        assertDifference(List.of(killed, half), half, "of its " + TestNode.SEGMENT_LENGTH + " bytes");

        // The last record has lost its end, or all that is behind a record is blank.
        final Path torn = copy(stopped, "torn");
        write(torn, last.beginPosition() + JournalFormat.MTU_LENGTH, new byte[100_000]);
        assertDifference(List.of(stopped, torn), torn, "has no end at");
        final Path blank = copy(stopped, "blank");
        write(blank, last.beginPosition(), new byte[(int) (last.endPosition() - last.beginPosition())]);
        assertDifference(List.of(stopped, blank), blank, "nothing is written at " + last.beginPosition());

        // A killed node's catalog knows no end, but the node has noted what was on its disk.
        final Path forced = copy(killed, "node-7/journal-archive");
        Files.delete(forced.resolve(
                "0-" + (last.endPosition() - 1) / TestNode.SEGMENT_LENGTH * TestNode.SEGMENT_LENGTH + ".rec"));
        assertTrue(
                JournalVerifier.verifyFolders(List.of(killed, forced), SHARD_ID).isIdentical());
        new ForcedPosition(dir.resolve("node-7/shard-0").resolve(ForcedPosition.FILE_NAME)).write(last.endPosition());
        assertDifference(List.of(killed, forced), forced, "forced to the disk up to " + last.endPosition());
    }

    @Test
    void shouldNameTheFirstDifferenceOfEachKind() throws IOException {
        // given
        final Path good = writeFolder();
        final Path alsoGood = copy(good, "also-good");
        final TestRecords.Entry entry = records.entries().get(1_234);
        assertTrue(entry.topicId() > 0);
        final int payloadAt = entry.bytes().length - 1;

        // A flipped byte: the checksum tells.
        final Path flipped = copy(good, "flipped");
        patch(flipped, entry, payloadAt, false);
        assertNamed(List.of(good, flipped, alsoGood), flipped, entry, "checksum");
        assertNamed(List.of(flipped), flipped, entry, "checksum");

        // A flipped byte and a checksum to match: two others tell, and alone the next checkpoint does.
        final Path forged = copy(good, "forged");
        patch(forged, entry, payloadAt, true);
        assertNamed(List.of(forged, good, alsoGood), forged, entry, "byte " + payloadAt);
        final VerifyResult alone = JournalVerifier.verifyFolders(List.of(forged), SHARD_ID);
        assertTrue(alone.firstDifference().contains("checkpoint's hash"), alone.firstDifference());

        // A wrong Raft position and a wrong timestamp.
        final Path raft = copy(good, "raft");
        patch(raft, entry, RecordLayout.RAFT_LOG_POSITION_OFFSET, true, 1L);
        assertNamed(List.of(good, raft), raft, entry, "Raft log position falls");
        final Path time = copy(good, "time");
        patch(time, entry, RecordLayout.TIMESTAMP_OFFSET, true, 1L);
        assertNamed(List.of(good, time), time, entry, "timestamp falls");
        final Path sequence = copy(good, "sequence");
        patch(sequence, entry, RecordLayout.SHARD_SEQUENCE_OFFSET, true, entry.sequence() + 1);
        assertNamed(List.of(good, sequence), sequence, entry, "shard sequence");

        // Zeros and garbage where frames should be.
        final Path zeroed = copy(good, "zeroed");
        write(zeroed, entry.beginPosition(), new byte[256]);
        assertDifference(List.of(good, zeroed), zeroed, "nothing is written at " + entry.beginPosition());
        final Path garbage = copy(good, "garbage");
        write(garbage, entry.beginPosition(), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
        assertDifference(List.of(good, garbage), garbage, "not the frames of a record");

        // A file that is gone.
        final Path missing = copy(good, "missing");
        Files.delete(missing.resolve("0-" + TestNode.SEGMENT_LENGTH + ".rec"));
        assertDifference(List.of(good, missing), missing, "missing");
    }

    @Test
    void shouldChainFromTheFirstCheckpointWhenTheBeginningIsGone() throws IOException {
        // given
        final Path whole = writeFolder();
        final TestNode node = nodes.get(0).start();
        node.client().purgeSegments(node.recordingId(), TestNode.SEGMENT_LENGTH);
        io.lockstep.archive.Await.until("the segment is gone", () -> !Files.exists(whole.resolve("0-0.rec")));
        node.close();
        final Path trimmed = copy(whole, "trimmed");
        final TestRecords.Entry entry = firstBehind(TestNode.SEGMENT_LENGTH, 400);
        final Path forged = copy(trimmed, "forged");
        patch(forged, entry, entry.bytes().length - 1, true);

        // when
        final VerifyResult good = JournalVerifier.verifyFolders(List.of(trimmed), SHARD_ID);
        final VerifyResult bad = JournalVerifier.verifyFolders(List.of(forged), SHARD_ID);

        // then
        assertTrue(good.isIdentical(), good.firstDifference());
        assertEquals(TestNode.SEGMENT_LENGTH, good.fromPosition());
        assertTrue(good.checkpoints() > 3);
        assertTrue(bad.firstDifference().contains("checkpoint's hash"), bad.firstDifference());
    }

    @Test
    void shouldVerifySumUpAndDumpRunningNodes() throws IOException {
        // given
        final TestNode first = startNode(0);
        final TestNode second = startNode(1);
        records.add(RECORD_COUNT, 9_000);
        first.append(records.entries());
        second.append(records.entries().subList(0, RECORD_COUNT - 10));
        first.awaitRecorded();
        second.awaitRecorded();

        try (ReaderClient client = ReaderClient.launch(Throwable::printStackTrace)) {
            // when
            final VerifyResult result =
                    JournalVerifier.verifyNodes(client.aeron(), List.of(first.endpoint(), second.endpoint()), SHARD_ID);
            final JournalInfo info = JournalInfo.ofNode(client.aeron(), second.endpoint(), SHARD_ID);
            final List<JournalEntry> dumped = new ArrayList<>();
            final TestRecords.Entry from = records.entries().get(1_000);
            final TestRecords.Entry to = records.entries().get(1_019);
            JournalDump.dumpNode(
                    client.aeron(),
                    first.endpoint(),
                    SHARD_ID,
                    from.endPosition() - 1,
                    to.endPosition(),
                    100,
                    dumped::add);

            // then
            assertTrue(result.isIdentical(), result.firstDifference());
            assertEquals(RECORD_COUNT - 10, result.records());
            assertEquals(records.position(), result.copies().get(0).endPosition());
            assertNull(info.damage());
            assertEquals(RECORD_COUNT - 10, info.records());
            assertEquals(1, info.firstSequence());
            assertEquals(RECORD_COUNT - 10, info.lastSequence());
            assertDumped(dumped, 1_000, 20);

            // when
            patch(second.archiveDir(), from, from.bytes().length - 1, false);
            final VerifyResult damaged =
                    JournalVerifier.verifyNodes(client.aeron(), List.of(first.endpoint(), second.endpoint()), SHARD_ID);

            // then
            assertTrue(damaged.firstDifference().startsWith("node 1 at position " + from.beginPosition()));
        }
    }

    @Test
    void shouldSumUpAndDumpAFolder() throws IOException {
        // given
        final Path folder = writeFolder();
        final List<JournalEntry> dumped = new ArrayList<>();

        // when
        final JournalInfo info = JournalInfo.ofFolder(folder, SHARD_ID);
        final String damage = JournalDump.dumpFolder(
                folder, SHARD_ID, records.entries().get(1_999).endPosition(), Long.MAX_VALUE, 7, dumped::add);

        // then
        assertEquals(RECORD_COUNT, info.records());
        assertEquals(records.position(), info.endPosition());
        assertEquals(records.entries().get(RECORD_COUNT - 1).timestampNs(), info.lastTimestampNs());
        assertEquals(
                records.entries().stream().filter(entry -> entry.topicId() > 0).count(), info.messages());
        assertNull(damage);
        assertDumped(dumped, 2_000, 7);
        assertThrows(IllegalArgumentException.class, () -> JournalFolder.open(folder, 3));
        assertThrows(IllegalArgumentException.class, () -> JournalFolder.open(dir.resolve("nowhere"), 0));
    }

    private void assertDumped(final List<JournalEntry> dumped, final int firstIndex, final int count) {
        assertEquals(count, dumped.size());
        for (int i = 0; i < count; i++) {
            final TestRecords.Entry expected = records.entries().get(firstIndex + i);
            final JournalEntry entry = dumped.get(i);
            assertTrue(entry.isIntact());
            assertEquals(expected.sequence(), entry.shardSequence());
            assertEquals(expected.beginPosition(), entry.beginPosition());
            assertEquals(expected.endPosition(), entry.endPosition());
            assertEquals(expected.topicId(), entry.topicId());
            assertEquals(expected.topicId() > 0 ? "MESSAGE" : "CHECKPOINT", entry.kind());
            if (expected.topicId() > 0) {
                assertEquals("plant/" + expected.topicId(), entry.topicName());
                final byte[] payload = new byte[entry.payload().length];
                System.arraycopy(
                        expected.bytes(), expected.bytes().length - payload.length, payload, 0, payload.length);
                assertArrayEquals(payload, entry.payload());
            }
        }
    }

    private void assertNamed(
            final List<Path> folders, final Path culprit, final TestRecords.Entry entry, final String what) {
        final VerifyResult result = assertDifference(folders, culprit, what);
        assertTrue(result.firstDifference().contains("position " + entry.beginPosition()), result.firstDifference());
        assertTrue(result.toPosition() <= entry.beginPosition());
    }

    private VerifyResult assertDifference(final List<Path> folders, final Path culprit, final String what) {
        final VerifyResult result = JournalVerifier.verifyFolders(folders, SHARD_ID);
        assertFalse(result.isIdentical());
        assertNotNull(result.firstDifference());
        assertTrue(result.firstDifference().startsWith(culprit.toString() + " at"), result.firstDifference());
        assertTrue(result.firstDifference().contains(what), result.firstDifference());
        return result;
    }

    private TestRecords.Entry firstBehind(final long position, final int skip) {
        return records.entries().stream()
                .filter(entry -> entry.beginPosition() >= position && entry.topicId() > 0)
                .skip(skip)
                .findFirst()
                .orElseThrow();
    }

    private Path writeFolder() {
        final TestNode node = startNode(0);
        records.add(RECORD_COUNT, 20_000);
        node.append(records.entries());
        node.awaitRecorded();
        node.closeJournal();
        node.close();
        return node.archiveDir();
    }

    private TestNode startNode(final int id) {
        final TestNode node =
                new TestNode(id, BASE_PORT + 100 * id, dir).start().openJournal();
        nodes.add(node);
        return node;
    }

    private Path copy(final Path folder, final String name) throws IOException {
        final Path target = dir.resolve(name);
        Files.createDirectories(target);
        try (Stream<Path> files = Files.list(folder)) {
            for (final Path file : (Iterable<Path>) files::iterator) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
        return target;
    }

    private static void cut(final Path folder, final long position) throws IOException {
        try (RandomAccessFile file = open(folder, position)) {
            file.seek(position % TestNode.SEGMENT_LENGTH);
            file.setLength(position % TestNode.SEGMENT_LENGTH);
        }
    }

    private static void write(final Path folder, final long position, final byte[] bytes) throws IOException {
        try (RandomAccessFile file = open(folder, position)) {
            file.seek(position % TestNode.SEGMENT_LENGTH);
            file.write(bytes);
        }
    }

    private static void patch(final Path folder, final TestRecords.Entry entry, final int index, final boolean isSealed)
            throws IOException {
        final byte[] bytes = entry.bytes().clone();
        bytes[index] ^= 1;
        rewrite(folder, entry, bytes, isSealed);
    }

    private static void patch(
            final Path folder, final TestRecords.Entry entry, final int index, final boolean isSealed, final long value)
            throws IOException {
        final byte[] bytes = entry.bytes().clone();
        new UnsafeBuffer(bytes).putLong(index, value);
        rewrite(folder, entry, bytes, isSealed);
    }

    private static void rewrite(
            final Path folder, final TestRecords.Entry entry, final byte[] bytes, final boolean isSealed)
            throws IOException {
        if (isSealed) {
            new RecordLayout().seal(new UnsafeBuffer(bytes), 0, bytes.length);
        }
        long at = entry.beginPosition();
        for (int done = 0; done < bytes.length; done += JournalFormat.MAX_FRAME_PAYLOAD_LENGTH) {
            final int length = Math.min(JournalFormat.MAX_FRAME_PAYLOAD_LENGTH, bytes.length - done);
            final byte[] part = new byte[length];
            System.arraycopy(bytes, done, part, 0, length);
            write(folder, at + JournalFormat.FRAME_HEADER_LENGTH, part);
            at += JournalFormat.MTU_LENGTH;
        }
    }

    private static RandomAccessFile open(final Path folder, final long position) throws IOException {
        final long segment = position / TestNode.SEGMENT_LENGTH * TestNode.SEGMENT_LENGTH;
        return new RandomAccessFile(folder.resolve("0-" + segment + ".rec").toFile(), "rw");
    }
}
