package io.lockstep.archive.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.aeron.archive.client.AeronArchive;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.Await;
import io.lockstep.archive.TestNode;
import io.lockstep.archive.TestRecords;
import io.lockstep.archive.history.RetentionDecision;
import io.lockstep.archive.replay.JournalReader;
import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.archive.replay.ReaderState;
import io.lockstep.archive.replay.StartPosition;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.agrona.CloseHelper;
import org.agrona.collections.LongArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(90)
class JournalIndexerSystemTest {
    private static final long SEED = Long.getLong("lockstep.seed", 44);
    private static final int BASE_PORT = 22_600;

    @TempDir
    private Path dir;

    private final TestRecords records = new TestRecords(SEED);
    private TestNode node;
    private JournalIndexer indexer;

    @BeforeEach
    void startNode() {
        node = new TestNode(0, BASE_PORT, dir).start().openJournal();
        records.add(3_000, 20_000);
        node.append(records.entries());
        node.awaitRecorded();
    }

    @AfterEach
    void closeAll() {
        CloseHelper.quietCloseAll(indexer, node);
    }

    @Test
    void shouldIndexAJournalResumeAndRebuildWhatIsLost() throws IOException {
        // given
        indexer = open();

        // when
        indexAll();

        // then
        assertIndexed(0);
        assertEquals(0, indexer.rebuildCount());

        // when it is opened again and the journal goes on
        indexer.close();
        indexer = open();
        final int before = records.entries().size();
        records.add(500, 2_000);
        node.append(records.entries().subList(before, before + 500));
        indexAll();

        // then
        assertIndexed(0);
        assertEquals(0, indexer.rebuildCount());

        // when its files are gone
        indexer.close();
        deleteIndex();
        indexer = open();
        indexAll();

        // then
        assertIndexed(0);
    }

    @Test
    void shouldRebuildWhenTheIndexIsOfAnotherJournalOrHistoryIsGone() throws IOException {
        // given
        try (JournalIndex other = new JournalIndex(indexDir(), TestNode.SHARD_ID)) {
            for (int i = 0; i < 500; i++) {
                final long begin = i == 0 ? 0 : records.entries().get(i - 1).endPosition();
                other.add(begin, 5, i + 1, 77);
            }
        }

        // when
        indexer = open();
        indexAll();

        // then
        assertEquals(1, indexer.rebuildCount());
        assertIndexed(0);
        assertTrue(indexer.positionsOf(77, 0, 10).isEmpty());

        // when the index ends below what is left
        indexer.close();
        deleteIndex();
        try (JournalIndex old = new JournalIndex(indexDir(), TestNode.SHARD_ID)) {
            for (int i = 0; i < 500; i++) {
                final TestRecords.Entry entry = records.entries().get(i);
                final long begin = i == 0 ? 0 : records.entries().get(i - 1).endPosition();
                old.add(begin, entry.timestampNs(), entry.sequence(), entry.topicId());
            }
        }
        Await.until("the segment is purged", this::isPurged);
        indexer = open();
        indexAll();

        // then
        assertEquals(1, indexer.rebuildCount());
        assertIndexed(TestNode.SEGMENT_LENGTH);
    }

    @Test
    void shouldDecideAtMarksAndPurgeOnlyWhenNoReaderIsThere() {
        // given
        indexer = open();
        indexAll();
        final long first = new RetentionDecision(TestNode.SEGMENT_LENGTH + 1_000_000, 0)
                .firstReadablePosition(indexer.marks(), 0, records.position(), 0, Long.MAX_VALUE);
        assertTrue(records.entries().stream().anyMatch(entry -> entry.endPosition() == first), "a record boundary");
        assertTrue(first > TestNode.SEGMENT_LENGTH || records.position() < 2L * TestNode.SEGMENT_LENGTH);
        final long target = Math.max(first, TestNode.SEGMENT_LENGTH + 32);
        try (AeronArchive archive = AeronArchive.connect(new AeronArchive.Context()
                        .aeron(node.aeron())
                        .ownsAeronClient(false)
                        .recordingSignalConsumer((sessionId, correlationId, recordingId, subId, position, signal) -> {
                            if (retention != null) {
                                retention.onSignal(sessionId, correlationId, recordingId, subId, position, signal);
                            }
                        })
                        .controlRequestChannel("aeron:ipc?term-length=64k")
                        .controlRequestStreamId(11)
                        .controlResponseChannel("aeron:ipc?term-length=64k")
                        .controlResponseStreamId(4_900));
                JournalReader slow = new JournalReader(context().start(StartPosition.start()))) {
            retention = new JournalRetention(archive, node.recordingId(), TestNode.SEGMENT_LENGTH, 0);
            Await.until("a reader stands at the start", () -> {
                slow.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
                return slow.state() == ReaderState.FOLLOWING;
            });

            // when
            retention.firstReadablePosition(target);
            long nowNs = 0;
            final int done = retention.doWork(nowNs);

            // then
            assertEquals(1, done);
            assertTrue(retention.lastRefusal().contains("replay in progress"), retention.lastRefusal());
            assertTrue(Files.exists(node.archiveDir().resolve("0-0.rec")));
            assertEquals(0, retention.doWork(nowNs + 1));

            // when the reader has gone on
            Await.until("the reader is at the end", () -> {
                slow.poll((buffer, offset, length, endPosition) -> Action.CONTINUE, 100);
                return slow.position() == records.position();
            });
            nowNs += JournalRetention.RETRY_NS;
            final long retryNs = nowNs;
            Await.until("the segments are deleted", () -> {
                retention.doWork(retryNs);
                return retention.deletedSegments() > 0 && !retention.isDeleting();
            });

            // then
            assertFalse(Files.exists(node.archiveDir().resolve("0-0.rec")));
            final long start = archive.getStartPosition(node.recordingId());
            assertTrue(start > 0 && start <= target && start % TestNode.SEGMENT_LENGTH == 0, "start " + start);
            assertEquals("", retention.lastRefusal());
            assertEquals(0, retention.stoppedReplays());
        }
    }

    @Test
    void shouldStopReplaysWhenTheyHoldBackMoreThanTheHardLimit() {
        // given
        retention = new JournalRetention(node.client(), node.recordingId(), TestNode.SEGMENT_LENGTH, 1);
        try (JournalReader slow = new JournalReader(context().start(StartPosition.start()))) {
            Await.until("a reader stands at the start", () -> {
                slow.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
                return slow.state() == ReaderState.FOLLOWING;
            });
            retention.firstReadablePosition(records.position());

            // when the reader is driven too, and so comes back as soon as it was stopped
            final long[] nowNs = new long[1];
            Await.until("the segments are given to deletion", () -> {
                slow.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
                retention.doWork(nowNs[0] += 5_000_000L);
                return retention.deletedSegments() > 0;
            });

            // then
            assertTrue(retention.stoppedReplays() > 0);
            Await.until("the reader is told", () -> {
                slow.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
                return slow.state() == ReaderState.LOST;
            });
        }
    }

    @Test
    void shouldDeleteWhatAReaderWithinTheHardLimitDoesNotHoldBack() {
        // given
        final int before = records.entries().size();
        records.add(3_500, 20_000);
        node.append(records.entries().subList(before, records.entries().size()));
        node.awaitRecorded();
        final long readerPosition = records.entries().stream()
                .mapToLong(TestRecords.Entry::beginPosition)
                .filter(position -> position > 2L * TestNode.SEGMENT_LENGTH)
                .findFirst()
                .orElseThrow();
        assertTrue(records.position() > 3L * TestNode.SEGMENT_LENGTH, "too little was written");
        retention = new JournalRetention(
                node.client(), node.recordingId(), TestNode.SEGMENT_LENGTH, TestNode.SEGMENT_LENGTH);
        try (JournalReader reader = new JournalReader(context().start(StartPosition.position(readerPosition)))) {
            Await.until("a reader stands in the third segment", () -> {
                reader.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
                return reader.state() == ReaderState.FOLLOWING;
            });

            // when
            retention.firstReadablePosition(3L * TestNode.SEGMENT_LENGTH);
            retention.doWork(0);

            // then
            assertEquals(2, retention.deletedSegments());
            assertEquals(0, retention.stoppedReplays());
            reader.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
            assertEquals(ReaderState.FOLLOWING, reader.state());
        }
    }

    @Test
    void shouldNotLoseARecordOfAHealthyReaderWhenReplaysAreStoppedForASlowOne() {
        // given
        retention = new JournalRetention(node.client(), node.recordingId(), TestNode.SEGMENT_LENGTH, 1);
        final List<Long> delivered = new ArrayList<>();
        try (JournalReader slow = new JournalReader(context().start(StartPosition.start()));
                JournalReader healthy = new JournalReader(context().start(StartPosition.start()))) {
            Await.until("one reader stands at the start, the other has read everything", () -> {
                slow.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
                healthy.poll((buffer, offset, length, endPosition) -> add(delivered, endPosition), 100);
                return slow.state() == ReaderState.FOLLOWING && healthy.position() == records.position();
            });

            // when
            retention.firstReadablePosition(records.position());
            final int before = records.entries().size();
            records.add(500, 2_000);
            final long[] nowNs = new long[1];
            Await.until("the slow reader was stopped", () -> {
                retention.doWork(nowNs[0] += 1_000_000_000L);
                healthy.poll((buffer, offset, length, endPosition) -> add(delivered, endPosition), 100);
                return retention.deletedSegments() > 0;
            });
            node.append(records.entries().subList(before, before + 500));
            Await.until("the healthy reader has read everything, and the slow one is told", () -> {
                slow.poll((buffer, offset, length, endPosition) -> Action.ABORT, 1);
                healthy.poll((buffer, offset, length, endPosition) -> add(delivered, endPosition), 100);
                return healthy.position() == records.position() && slow.state() == ReaderState.LOST;
            });
        }

        // then
        assertTrue(retention.stoppedReplays() > 0);
        assertEquals(
                records.entries().stream().map(TestRecords.Entry::endPosition).toList(), delivered);
    }

    private static Action add(final List<Long> delivered, final long endPosition) {
        delivered.add(endPosition);
        return Action.CONTINUE;
    }

    private JournalRetention retention;

    private boolean isPurged() {
        if (Files.exists(node.archiveDir().resolve("0-0.rec"))
                && node.client().getStartPosition(node.recordingId()) == 0) {
            node.client().purgeSegments(node.recordingId(), TestNode.SEGMENT_LENGTH);
        }
        return !Files.exists(node.archiveDir().resolve("0-0.rec"));
    }

    private void indexAll() {
        Await.until("everything is indexed", () -> {
            indexer.doWork();
            return indexer.position() == records.position();
        });
    }

    private void assertIndexed(final long startPosition) {
        final List<TestRecords.Entry> entries = records.entries();
        for (int i = 0; i < entries.size(); i += 29) {
            final TestRecords.Entry entry = entries.get(i);
            if (entry.beginPosition() >= startPosition) {
                final long position = indexer.positionAtOrAfter(entry.timestampNs());
                assertTrue(position <= entry.beginPosition(), "too late");
                assertTrue(
                        entry.beginPosition() - position <= JournalIndex.BLOCK_LENGTH + 21_000L,
                        "too early: " + position + " for " + entry.beginPosition());
            }
        }
        for (int topicId = 1; topicId <= 5; topicId++) {
            final LongArrayList positions = indexer.positionsOf(topicId, 0, Integer.MAX_VALUE);
            for (final TestRecords.Entry entry : entries) {
                if (entry.topicId() == topicId && entry.beginPosition() >= startPosition) {
                    assertTrue(isCovered(positions, entry.beginPosition()), "topic " + topicId + " at " + entry);
                }
            }
        }
    }

    private static boolean isCovered(final LongArrayList positions, final long beginPosition) {
        for (int i = 0; i < positions.size(); i++) {
            final long position = positions.getLong(i);
            if (position <= beginPosition && beginPosition - position <= JournalIndex.BLOCK_LENGTH + 21_000L) {
                return true;
            }
        }
        return false;
    }

    private JournalReaderContext context() {
        return new JournalReaderContext()
                .aeron(node.aeron())
                .nodes(List.of(node.endpoint()))
                .localNodeId(0)
                .shardId(TestNode.SHARD_ID);
    }

    private JournalIndexer open() {
        return new JournalIndexer(context(), indexDir());
    }

    private Path indexDir() {
        return dir.resolve("index");
    }

    private void deleteIndex() throws IOException {
        Files.delete(indexDir().resolve("shard-0-time.idx"));
        Files.delete(indexDir().resolve("shard-0-topic.idx"));
    }
}
