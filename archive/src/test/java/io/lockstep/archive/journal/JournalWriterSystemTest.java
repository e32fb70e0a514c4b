package io.lockstep.archive.journal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.Subscription;
import io.aeron.archive.client.AeronArchive;
import io.aeron.archive.client.ReplayParams;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import java.io.File;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.IoUtil;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class JournalWriterSystemTest {
    private static final long RECORD_COUNT = 1_500;

    private final long seed = Long.getLong("lockstep.seed", 7L);
    private final TestRecords records = new TestRecords(seed);
    private final File base = JournalNode.base("journal");
    private final NodeEndpoint firstEndpoint = JournalNode.endpoint(0, 0);
    private final NodeEndpoint secondEndpoint = JournalNode.endpoint(1, 0);
    private final NodeEndpoint thirdEndpoint = JournalNode.endpoint(2, 0);
    private final List<JournalNode> nodes = new ArrayList<>();
    private JournalNode node;
    private JournalNode peer;

    @BeforeEach
    void startNodes() {
        System.out.println("lockstep.seed=" + seed);
        IoUtil.delete(base, true);
        node = newNode(firstEndpoint);
        peer = newNode(secondEndpoint);
        node.peers = List.of(secondEndpoint);
        peer.open(0);
        records.append(peer.writer(), 1, RECORD_COUNT);
        peer.writer().force();
        node.open(0);
    }

    @AfterEach
    void stopNodes() {
        CloseHelper.closeAll(nodes);
        IoUtil.delete(base, true);
    }

    @Test
    void shouldHoldTheSameBytesWhenTwoNodesAppendTheSameRecords() {
        // when
        records.append(node.writer(), 1, RECORD_COUNT);
        node.writer().force();

        // then
        final long end = records.positionAfter(RECORD_COUNT);
        assertTrue(end > JournalFormat.TERM_LENGTH, "the journal should span two terms, but ends at " + end);
        assertEquals(end, node.writer().position());
        TestFiles.assertSameJournal(node, peer, end);
    }

    @Test
    void shouldCompareWhenRestartedAfterACleanStop() {
        // given
        records.append(node.writer(), 1, 1_200);
        node.writer().force();
        node.stop();

        // when
        final JournalWriter writer = node.start().open(0);
        assertTrue(writer.isComparing());
        assertEquals(records.positionAfter(1_200), writer.storedEndPosition());
        records.append(writer, 1, 1_200);
        assertFalse(writer.isComparing());

        // then
        finishAndCompare(1_201);
        assertEquals(-1, node.truncatedTo);
    }

    @Test
    void shouldGoOnWhenReopenedInsideTheSameProcess() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long snapshot = node.writer().position();

        // when
        node.writer().close();
        node.open(snapshot);

        // then
        finishAndCompare(1_201);
        assertEquals(-1, node.truncatedTo);
    }

    @Test
    void shouldCompareWhenKilledWithoutDamage() {
        // given
        final long snapshot = records.positionAfter(200);
        records.append(node.writer(), 1, 1_200);
        node.kill();

        // when
        node.start().open(snapshot);

        // then
        assertTrue(node.writer().isComparing());
        finishAndCompare(201);
        assertEquals(-1, node.truncatedTo);
    }

    @Test
    void shouldCutTheTailWhenTheLastSegmentIsZeroedBetweenTwoFragments() {
        // given
        final Fragmented damaged = appendFragmentedAndKill();
        TestFiles.zero(damaged.file(), damaged.offset() + 2L * JournalFormat.MTU_LENGTH);

        // when
        node.start().open(0);

        // then
        assertEquals(damaged.begin(), node.writer().storedEndPosition(), () -> String.join("\n", node.steps));
        finishAndCompare(1);
    }

    @Test
    void shouldCutTheTailWhenTheFileIsCutInTheMiddleOfAFragment() {
        // given
        final Fragmented damaged = appendFragmentedAndKill();
        final long cut = damaged.offset() + JournalFormat.MTU_LENGTH + 3_001L;
        TestFiles.cut(damaged.file(), cut, cut);

        // when
        node.start().open(0);

        // then
        assertEquals(damaged.begin(), node.writer().storedEndPosition(), () -> String.join("\n", node.steps));
        finishAndCompare(1);
    }

    @Test
    void shouldCutTheTailWhenItEndsInsideAFrameAcrossAPage() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long end = appendUntilAFrameStraddlesAPage(1_201);
        node.kill();
        final Path file = node.lastSegmentFile(straddlingBegin);
        final long offset = straddlingBegin & (JournalNode.SEGMENT_LENGTH - 1);
        TestFiles.zero(file, (offset + 4096) & -4096L);

        // when
        node.start().open(0);

        // then
        assertFalse(node.repairs.isEmpty(), "the archive should have needed its tool");
        assertTrue(node.writer().storedEndPosition() < end);
        finishAndCompare(1);
    }

    @Test
    void shouldStartWhenTheLastFrameLiesAcrossABlockInWhichTheArchiveReads() {
        // given
        final int blockLength = 1 << 20;
        long sequence = 1;
        while (node.writer().position() + JournalFormat.MTU_LENGTH < blockLength) {
            appendOfLength(sequence++, 8_000);
        }
        final long end = node.writer().position();
        appendOfLength(sequence, 20_000);
        node.kill();
        TestFiles.zero(node.segmentFile(0), end + JournalFormat.MTU_LENGTH);
        assertTrue(end + JournalFormat.MTU_LENGTH > blockLength);

        // when
        node.start().open(0);

        // then
        assertTrue(node.repairs.toString().contains("cannot find the end"), () -> node.repairs.toString());
        assertEquals(end, node.writer().storedEndPosition());
    }

    @Test
    void shouldCutAndKeepACopyWhenARecordHasGarbageInside() {
        // given
        records.append(node.writer(), 1, RECORD_COUNT);
        final long end = node.writer().position();
        node.kill();
        final long damaged = records.positionAfter(RECORD_COUNT - 20);
        TestFiles.write(node.lastSegmentFile(damaged), inSegment(damaged) + 64, TestFiles.random(8, seed));

        // when
        node.start().open(0);

        // then
        assertEquals(damaged, node.writer().storedEndPosition());
        assertEquals(1, node.keptAsideCount);
        assertTrue(end > damaged);
        finishAndCompare(1);
    }

    @Test
    void shouldCutWhileComparingWhenGarbageIsOlderThanTheCheckedPart() {
        // given
        records.append(node.writer(), 1, RECORD_COUNT);
        final long end = node.writer().position();
        node.writer().force();
        node.stop();
        final long damaged = records.positionAfter(50);
        TestFiles.write(node.segmentFile(0), damaged + 64, TestFiles.random(8, seed));

        // when
        final JournalWriter writer = node.start().open(0);
        assertEquals(end, writer.storedEndPosition());
        records.append(writer, 1, 51);

        // then
        assertEquals(damaged, node.truncatedTo);
        assertEquals(damaged, writer.storedEndPosition());
        assertFalse(writer.isComparing());
        assertEquals(1, node.keptAsideCount);
        finishAndCompare(52);
    }

    @Test
    void shouldCutWhileComparingWhenAFrameHeaderIsGarbage() {
        // given
        records.append(node.writer(), 1, RECORD_COUNT);
        node.writer().force();
        node.stop();
        final long damaged = records.positionAfter(50);
        TestFiles.write(node.segmentFile(0), damaged, TestFiles.random(32, seed));

        // when
        final JournalWriter writer = node.start().open(0);
        records.append(writer, 1, 51);

        // then
        assertEquals(damaged, node.truncatedTo);
        finishAndCompare(52);
    }

    @Test
    void shouldCutWhenTheGarbageIsInTheHeaderOfTheFirstBadFrame() {
        // given
        records.append(node.writer(), 1, 1_200);
        node.writer().force();
        node.stop();
        final long damaged = records.positionAfter(1_199);
        TestFiles.write(node.lastSegmentFile(damaged), inSegment(damaged), TestFiles.random(32, seed));

        // when
        node.start().open(0);

        // then
        assertEquals(damaged, node.writer().storedEndPosition());
        finishAndCompare(1);
    }

    @Test
    void shouldClearTheRestWhenRandomBytesLieBehindTheEnd() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long end = node.writer().position();
        node.writer().force();
        node.stop();
        TestFiles.write(node.lastSegmentFile(end), inSegment(end), TestFiles.random(3_000, seed));

        // when
        node.start().open(0);

        // then
        assertEquals(end, node.writer().storedEndPosition());
        finishAndCompare(1);
    }

    @Test
    void shouldFindTheEndWhenKilledAndRandomBytesLieBehindIt() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long end = node.writer().position();
        node.kill();
        TestFiles.write(node.lastSegmentFile(end), inSegment(end), TestFiles.random(3_000, seed));

        // when
        node.start().open(0);

        // then
        assertEquals(end, node.writer().storedEndPosition(), () -> String.join("\n", node.steps));
        finishAndCompare(1);
    }

    @Test
    void shouldFetchTheRestWhenTheTailIsLostBelowTheSnapshot() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long snapshot = node.writer().position();
        node.kill();
        final long torn = records.positionAfter(1_180);
        TestFiles.zero(node.lastSegmentFile(torn), inSegment(torn) + 64);

        // when
        node.start().open(snapshot);

        // then
        assertEquals(torn, node.copiedFrom, () -> String.join("\n", node.steps));
        assertEquals(snapshot, node.copiedTo);
        assertEquals(snapshot, node.writer().storedEndPosition());
        finishAndCompare(1_201);
    }

    @Test
    void shouldFetchTheRestWhenARecordBelowTheSnapshotIsDamaged() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long snapshot = records.positionAfter(1_195);
        node.kill();
        final long damaged = records.positionAfter(1_190);
        TestFiles.write(node.lastSegmentFile(damaged), inSegment(damaged) + 70, TestFiles.random(4, seed));

        // when
        node.start().open(snapshot);

        // then
        assertEquals(damaged, node.truncatedTo);
        assertEquals(damaged, node.copiedFrom);
        finishAndCompare(1_196);
    }

    @Test
    void shouldFetchEverythingWhenTheArchiveWasDeleted() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long snapshot = node.writer().position();
        node.writer().force();
        node.stop();
        node.deleteArchive();

        // when
        node.start().open(snapshot);

        // then
        assertEquals(0, node.copiedFrom);
        assertEquals(snapshot, node.copiedTo);
        finishAndCompare(1_201);
    }

    @Test
    void shouldMakeEverythingAgainWhenTheArchiveWasDeletedAndThereIsNoSnapshot() {
        // given
        records.append(node.writer(), 1, 1_200);
        node.writer().force();
        node.stop();
        node.deleteArchive();

        // when
        node.start().open(0);

        // then
        assertEquals(0, node.writer().storedEndPosition());
        finishAndCompare(1);
    }

    @Test
    void shouldRefuseAndChangeNothingWhenNoPeerDeliversWhatIsMissing() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long snapshot = node.writer().position();
        node.kill();
        final long damaged = records.positionAfter(1_180);
        TestFiles.write(node.lastSegmentFile(damaged), inSegment(damaged) + 64, TestFiles.random(8, seed));
        final byte[] before = TestFiles.read(node.lastSegmentFile(damaged));
        peer.stop();
        node.copyTimeoutNs = TimeUnit.SECONDS.toNanos(1);
        node.start();

        // when
        final JournalException failure = assertThrows(JournalException.class, () -> node.open(snapshot));

        // then
        assertTrue(failure.getMessage().contains("no peer delivers it"), failure.getMessage());
        assertArrayEquals(before, TestFiles.read(node.lastSegmentFile(damaged)));

        // and when the peer is back, nothing is lost
        peer.start().open(records.positionAfter(RECORD_COUNT));
        node.copyTimeoutNs = TimeUnit.SECONDS.toNanos(20);
        node.open(snapshot);
        finishAndCompare(1_201);
    }

    @Test
    void shouldRefuseAndChangeNothingWhenTheStoredRecordIsIntactButDifferent() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long diverged = node.writer().position();
        final int length = records.make(1_201, 3_000, 1);
        node.writer().append(records.buffer, 0, length, JournalFormat.endPosition(diverged, length));
        node.writer().force();
        final long end = node.writer().position();
        node.stop();
        final byte[] before = TestFiles.read(node.lastSegmentFile(diverged));
        node.start().open(0);
        records.append(node.writer(), 1, 1_200);

        // when
        final JournalDivergedException failure =
                assertThrows(JournalDivergedException.class, () -> records.append(node.writer(), 1_201, 1_201));

        // then
        assertEquals(diverged, failure.position());
        assertEquals(diverged, node.divergedAt);
        node.stop();
        assertArrayEquals(before, TestFiles.read(node.lastSegmentFile(diverged)));
        assertEquals(end, node.start().open(0).storedEndPosition());
    }

    @Test
    void shouldTakeTheNewRecordWhenBothPeersHoldIt() {
        // given
        final JournalNode third = newNode(thirdEndpoint);
        third.open(0);
        records.append(third.writer(), 1, RECORD_COUNT);
        third.writer().force();
        records.append(node.writer(), 1, 1_200);
        final long diverged = node.writer().position();
        final int length = records.make(1_201, 3_000, 1);
        node.writer().append(records.buffer, 0, length, JournalFormat.endPosition(diverged, length));
        node.writer().force();
        node.stop();

        // when
        node.peers = List.of(secondEndpoint, thirdEndpoint);
        // Both are alive and must be heard, however slow the machine is.
        node.peerTimeoutNs = TimeUnit.SECONDS.toNanos(60);
        node.start().open(0);
        records.append(node.writer(), 1, 1_201);

        // then
        assertEquals(diverged, node.truncatedTo);
        assertEquals(1, node.keptAsideCount);
        finishAndCompare(1_202);
    }

    @Test
    void shouldOpenWhenTheCopyHasTheRollingHashOfTheSnapshot() {
        // given
        final long snapshot = records.positionAfter(1_200);
        node.stop();
        node.deleteArchive();

        // when
        node.start().open(snapshot, records.hashAfter(1_200));

        // then
        assertTrue(
                node.steps.stream().anyMatch(step -> step.contains("checked 1200 records and 1 hashes")),
                () -> String.join("\n", node.steps));
        finishAndCompare(1_201);
    }

    @Test
    void shouldCopyFromTheNextPeerWhenTheFirstHasAnotherHistory() {
        // given
        newNodeWithAnotherHistory();
        node.peers = List.of(thirdEndpoint, secondEndpoint);
        final long snapshot = records.positionAfter(1_200);
        node.stop();
        node.deleteArchive();

        // when
        node.start().open(snapshot, records.hashAfter(1_200));

        // then
        final List<String> copies =
                node.steps.stream().filter(step -> step.startsWith("copied")).toList();
        assertEquals(
                List.of("copied 0 to " + snapshot + " from node 2", "copied 0 to " + snapshot + " from node 1"),
                copies,
                () -> String.join("\n", node.steps));
        finishAndCompare(1_201);
    }

    @Test
    void shouldRefuseWhenEveryPeerHasAnotherHistory() {
        // given
        newNodeWithAnotherHistory();
        node.peers = List.of(thirdEndpoint);
        final long snapshot = records.positionAfter(1_200);
        final long hash = records.hashAfter(1_200);
        node.stop();
        node.deleteArchive();
        node.start();

        // when
        final JournalDivergedException failure =
                assertThrows(JournalDivergedException.class, () -> node.open(snapshot, hash));

        // then
        assertTrue(failure.getMessage().contains("does not belong to the snapshot"), failure.getMessage());
    }

    @Test
    void shouldRefuseAndChangeNothingWhenTheRollingHashIsNotThatOfTheSnapshot() {
        // given
        records.append(node.writer(), 1, 10);
        node.stop();
        final byte[] before = TestFiles.read(node.segmentFile(0));
        final long snapshot = records.positionAfter(5);
        final long wrongHash = records.hashAfter(6);
        node.start();

        // when
        final JournalDivergedException failure =
                assertThrows(JournalDivergedException.class, () -> node.open(snapshot, wrongHash));

        // then
        assertTrue(failure.getMessage().contains("does not belong to the snapshot"));
        node.stop();
        assertArrayEquals(before, TestFiles.read(node.segmentFile(0)));
    }

    @Test
    void shouldRefuseWhenNoRecordEndsAtTheSnapshot() {
        // given
        records.append(node.writer(), 1, 10);
        final long inside = records.positionAfter(5) + 32;
        node.stop();
        node.start();

        // when
        assertThrows(JournalDivergedException.class, () -> node.open(inside));
    }

    @Test
    void shouldCutAlthoughAReaderReplaysWhenARecordIsDamaged() {
        // given
        records.append(node.writer(), 1, 1_200);
        node.writer().force();
        node.stop();
        final long damaged = records.positionAfter(50);
        TestFiles.write(node.segmentFile(0), damaged + 64, TestFiles.random(8, seed));
        node.start().open(0);

        // when
        try (AeronArchive reader = node.connectReader();
                Subscription subscription = node.aeron().addSubscription("aeron:ipc", 4_002)) {
            reader.startReplay(
                    node.writer().recordingId(),
                    "aeron:ipc",
                    4_002,
                    new ReplayParams().position(0).length(Long.MAX_VALUE));
            records.append(node.writer(), 1, 51);
            assertTrue(subscription.channelStatus() > 0);
        }

        // then
        assertEquals(damaged, node.truncatedTo);
        finishAndCompare(52);
    }

    @Test
    void shouldRepairTheArchiveOnOneThreadWhenAFrameLiesAcrossAPage() {
        // given
        records.append(node.writer(), 1, 1_200);
        appendUntilAFrameStraddlesAPage(1_201);
        node.kill();
        final long offset = inSegment(straddlingBegin);
        TestFiles.zero(node.lastSegmentFile(straddlingBegin), (offset + 4096) & -4096L);

        // when
        node.startInvoked().open(0);

        // then
        assertFalse(node.repairs.isEmpty(), "the archive should have needed its tool");
        finishAndCompare(1);
    }

    @Test
    void shouldWorkOnOneThreadWhenDriverArchiveAndClientAreInvoked() {
        // given
        records.append(node.writer(), 1, 1_200);
        final long snapshot = node.writer().position();
        node.kill();
        final long damaged = records.positionAfter(1_190);
        TestFiles.write(node.lastSegmentFile(damaged), inSegment(damaged) + 70, TestFiles.random(4, seed));

        // when
        node.startInvoked().open(snapshot);

        // then
        assertEquals(damaged, node.copiedFrom);
        finishAndCompare(1_201);
    }

    @Test
    void shouldForceAndCompareWhenTheFirstSegmentWasPurged() {
        // given
        records.append(node.writer(), 1, 1_200);
        awaitRecorded(node);
        try (AeronArchive steward = node.connectReader()) {
            steward.purgeSegments(node.writer().recordingId(), JournalNode.SEGMENT_LENGTH);
        }
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (node.segmentFile(0).toFile().exists() && System.nanoTime() < deadlineNs) {
            JournalNode.idleStrategy().idle();
        }
        assertFalse(node.segmentFile(0).toFile().exists());

        // when
        node.writer().force();
        node.kill();
        node.start().open(0);

        // then
        records.append(node.writer(), 1, RECORD_COUNT);
        node.writer().force();
        assertEquals(-1, node.truncatedTo);
        assertEquals(records.positionAfter(RECORD_COUNT), node.writer().position());
        TestFiles.assertSameJournal(node, peer, JournalNode.SEGMENT_LENGTH, records.positionAfter(RECORD_COUNT));
    }

    @Test
    void shouldKeepShardsApartWhenOneOfTwoInAnArchiveIsDamaged() {
        // given
        final TestRecords otherRecords = new TestRecords(seed + 1);
        records.append(node.writer(), 1, 1_200);
        final long otherSnapshot;
        try (JournalWriter other = node.openShard(1, 0)) {
            otherRecords.append(other, 1, 300);
            other.force();
            otherSnapshot = other.position();
            assertEquals(1, other.recordingId());
        }
        node.writer().force();
        node.stop();
        final long damaged = records.positionAfter(1_190);
        TestFiles.write(node.lastSegmentFile(damaged), inSegment(damaged) + 70, TestFiles.random(4, seed));

        // when
        node.start().open(0);
        try (JournalWriter other = node.openShard(1, otherSnapshot)) {
            otherRecords.append(other, 301, 600);
            finishAndCompare(1);

            // then
            assertEquals(otherSnapshot, other.storedEndPosition());
            assertEquals(otherRecords.positionAfter(600), other.position());
            other.force();
        }
        assertEquals(damaged, node.truncatedTo);
    }

    @Test
    void shouldFailWhenTheEngineReckonsAnotherPosition() {
        final int length = records.make(1);
        assertThrows(
                JournalException.class,
                () -> node.writer().append(records.buffer, 0, length, JournalFormat.endPosition(0, length) + 32));
    }

    @Test
    void shouldTellWhenTheRecordingStopped() {
        // given
        records.append(node.writer(), 1, 10);
        node.writer().doWork();

        // when
        node.stopArchive();

        // then
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        assertThrows(JournalException.class, () -> {
            while (System.nanoTime() < deadlineNs) {
                node.writer().doWork();
                JournalNode.idleStrategy().idle();
            }
        });
    }

    @Test
    void shouldCheckOnlyWhatIsBehindTheForcedPositionWhenItIsKnown() {
        // given
        final long forced = records.positionAfter(100);
        records.append(node.writer(), 1, 100);
        node.writer().force();
        records.append(node.writer(), 101, RECORD_COUNT);
        assertTrue(node.writer().position() > JournalNode.SEGMENT_LENGTH, "the last file would be checked in any case");
        awaitRecorded(node);
        node.stop();
        final long before = records.positionAfter(50);
        final long behind = records.positionAfter(150);
        TestFiles.write(node.segmentFile(0), before + 64, TestFiles.random(8, seed));
        TestFiles.write(node.segmentFile(0), behind + 64, TestFiles.random(8, seed));

        // when
        node.start();
        assertEquals(forced, new ForcedPosition(node.forcedPositionFile()).read());
        node.open(0);

        // then
        assertEquals(behind, node.writer().storedEndPosition(), () -> String.join("\n", node.steps));
        finishAndCompare(1);
    }

    private void finishAndCompare(final long nextSequence) {
        records.append(node.writer(), nextSequence, RECORD_COUNT);
        node.writer().force();
        final long end = records.positionAfter(RECORD_COUNT);
        assertEquals(end, node.writer().position());
        TestFiles.assertSameJournal(node, peer, end);
    }

    // Its records have the same lengths, and one of them another content.
    private void newNodeWithAnotherHistory() {
        final JournalNode other = newNode(thirdEndpoint);
        final JournalWriter writer = other.open(0);
        records.append(writer, 1, 1_099);
        final int length = records.make(1_100);
        records.make(1_100, length, 1);
        writer.append(records.buffer, 0, length, JournalFormat.endPosition(writer.position(), length));
        records.append(writer, 1_101, RECORD_COUNT);
        writer.force();
    }

    private static void awaitRecorded(final JournalNode node) {
        final long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        try (AeronArchive client = node.connectReader()) {
            while (client.getRecordingPosition(node.writer().recordingId())
                    < node.writer().position()) {
                assertTrue(System.nanoTime() < deadlineNs, "the recorder does not catch up");
                JournalNode.idleStrategy().idle();
            }
        }
    }

    private void appendOfLength(final long sequence, final int length) {
        final JournalWriter writer = node.writer();
        records.make(sequence, length, sequence);
        writer.append(records.buffer, 0, length, JournalFormat.endPosition(writer.position(), length));
    }

    private record Fragmented(Path file, long begin, long offset) {}

    /** Appends up to the first record behind 1,200 that has five frames or more, and kills the node. */
    private Fragmented appendFragmentedAndKill() {
        long sequence = 1_201;
        while (records.make(sequence) < 4 * JournalFormat.MTU_LENGTH) {
            sequence++;
        }
        records.append(node.writer(), 1, sequence - 1);
        final long before = node.writer().position();
        records.append(node.writer(), sequence, sequence);
        final int length = records.make(sequence);
        final long begin = JournalFormat.beginPosition(before, length);
        assertEquals(before, begin, "choose another seed: the record follows padding");
        node.kill();
        return new Fragmented(node.lastSegmentFile(begin), begin, inSegment(begin));
    }

    private long straddlingBegin;

    private long appendUntilAFrameStraddlesAPage(final long firstSequence) {
        long sequence = firstSequence;
        while (true) {
            final int length = records.make(sequence);
            final long begin = JournalFormat.beginPosition(node.writer().position(), length);
            final long end = begin + JournalFormat.framedLength(length);
            records.append(node.writer(), sequence, sequence);
            sequence++;
            if (length <= JournalFormat.MAX_FRAME_PAYLOAD_LENGTH && (begin & -4096L) != ((end - 1) & -4096L)) {
                straddlingBegin = begin;
                return end;
            }
        }
    }

    private static long inSegment(final long position) {
        return position & (JournalNode.SEGMENT_LENGTH - 1);
    }

    private JournalNode newNode(final NodeEndpoint endpoint) {
        final JournalNode result = new JournalNode(base.toPath(), endpoint);
        nodes.add(result);
        return result.start();
    }
}
