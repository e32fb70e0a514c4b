package io.lockstep.archive.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.archive.TestRecords;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.agrona.collections.LongArrayList;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalIndexTest {
    private static final long SEED = Long.getLong("lockstep.seed", 17);

    @TempDir
    private Path dir;

    private List<TestRecords.Entry> entries;

    @BeforeEach
    void makeRecords() {
        final TestRecords records = new TestRecords(SEED).add(4_000, 100).add(2_000, 5_000);
        // A topic that is rare.
        records.addMessage(9, new byte[10]);
        entries = records.add(1_000, 5_000).entries();
    }

    @Test
    void shouldAnswerLikeAScan() {
        try (JournalIndex index = new JournalIndex(dir, 0)) {
            add(index, 0, entries.size());
            assertLikeScan(index);
        }
        try (JournalIndex index = new JournalIndex(dir, 0)) {
            assertLikeScan(index);
        }
    }

    @Test
    void shouldGoOnWithTheLastBlockWhenItIsOpenedAgain() {
        try (JournalIndex index = new JournalIndex(dir, 0)) {
            add(index, 0, 3_333);
        }
        try (JournalIndex index = new JournalIndex(dir, 0)) {
            int from = 0;
            while (begin(from) != index.resumePosition()) {
                from++;
            }
            assertTrue(from > 2_000);
            assertTrue(index.isLastMark(
                    entries.get(from).timestampNs(), entries.get(from).sequence()));
            assertFalse(index.isLastMark(
                    entries.get(from).timestampNs(), entries.get(from).sequence() + 1));
            index.reopenLastBlock();
            add(index, from, entries.size());
            assertLikeScan(index);
        }
    }

    @Test
    void shouldNotTrustMarksWhoseTopicEntriesAreLost() throws IOException {
        try (JournalIndex index = new JournalIndex(dir, 0)) {
            add(index, 0, entries.size());
        }
        final Path topics = dir.resolve("shard-0-topic.idx");
        try (RandomAccessFile file = new RandomAccessFile(topics.toFile(), "rw")) {
            file.setLength(64 + 16 * 40);
        }
        try (JournalIndex index = new JournalIndex(dir, 0)) {
            int from = 0;
            while (begin(from) != index.resumePosition()) {
                from++;
            }
            assertTrue(from > 100 && from < 4_500, "resumes at " + from);
            index.reopenLastBlock();
            add(index, from, entries.size());
            assertLikeScan(index);
        }
        Files.delete(topics);
        try (JournalIndex index = new JournalIndex(dir, 0)) {
            assertEquals(0, index.resumePosition());
        }
        Files.delete(dir.resolve("shard-0-time.idx"));
        try (JournalIndex index = new JournalIndex(dir, 0)) {
            assertEquals(-1, index.resumePosition());
        }
    }

    @Test
    void shouldForgetWhatIsTrimmedAndKeepTheRest() throws IOException {
        final long first = begin(5_500);
        long kept;
        try (JournalIndex index = new JournalIndex(dir, 0, 10)) {
            add(index, 0, 6_500);
            final long marksBefore = index.markCount();
            assertFalse(index.trimTo(begin(100)));

            assertTrue(index.trimTo(first));

            kept = index.markPosition(0);
            assertTrue(kept <= first && index.markPosition(1) > first);
            assertTrue(index.markCount() < marksBefore / 2 + 1);
            add(index, 6_500, entries.size());
            assertSuffix(index, kept);
        }
        try (JournalIndex index = new JournalIndex(dir, 0, 10)) {
            assertSuffix(index, kept);
        }
        // An interrupted trim leaves files of two generations.
        final Path time = dir.resolve("shard-0-time.idx");
        final Path old = dir.resolve("old");
        Files.copy(time, old);
        try (JournalIndex index = new JournalIndex(dir, 0, 2)) {
            assertTrue(index.trimTo(begin(entries.size() - 1)));
        }
        Files.move(old, time, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        try (JournalIndex index = new JournalIndex(dir, 0, 10)) {
            assertEquals(0, index.markCount());
            add(index, 0, entries.size());
            assertLikeScan(index);
        }
        try (JournalIndex index = new JournalIndex(dir, 0, 10)) {
            assertLikeScan(index);
        }
    }

    private void assertSuffix(final JournalIndex index, final long fromPosition) {
        final List<TestRecords.Entry> all = entries;
        int firstIndex = 0;
        while (begin(firstIndex) < fromPosition) {
            firstIndex++;
        }
        for (int i = firstIndex; i < all.size(); i++) {
            final long mark = index.lastAtOrBelow(begin(i));
            assertTrue(begin(i) - index.markPosition(mark) <= JournalIndex.BLOCK_LENGTH + 5_200);
        }
        final LongArrayList positions = new LongArrayList();
        for (int topicId = 1; topicId <= 9; topicId++) {
            index.positionsOf(topicId, 0, Integer.MAX_VALUE, positions);
            final LongArrayList expected = new LongArrayList();
            for (int i = firstIndex; i < all.size(); i++) {
                if (all.get(i).topicId() == topicId) {
                    final long block = index.markPosition(index.lastAtOrBelow(begin(i)));
                    if (expected.isEmpty() || expected.getLong(expected.size() - 1) != block) {
                        expected.addLong(block);
                    }
                }
            }
            assertEquals(expected, positions, "topic " + topicId);
        }
    }

    private void assertLikeScan(final JournalIndex index) {
        assertMarks(index);
        for (int i = 0; i < entries.size(); i += 37) {
            final long timestampNs = entries.get(i).timestampNs();
            final long markPosition = index.markPosition(Math.max(0, index.lastOlderThan(timestampNs)));
            assertTrue(markPosition <= begin(i));
            assertTrue(
                    begin(i) - markPosition <= JournalIndex.BLOCK_LENGTH + 5_200,
                    "too far in front: " + (begin(i) - markPosition));
        }
        final LongArrayList positions = new LongArrayList();
        for (int topicId = 1; topicId <= 10; topicId++) {
            for (final long from : new long[] {0, begin(1_000), begin(6_500)}) {
                index.positionsOf(topicId, from, Integer.MAX_VALUE, positions);
                assertTopic(index, topicId, from, positions);
            }
        }
        index.positionsOf(1, 0, 3, positions);
        assertEquals(3, positions.size());
    }

    private void assertMarks(final JournalIndex index) {
        int records = 0;
        long mark = 0;
        for (int i = 0; i < entries.size(); i++) {
            final boolean isMark = mark < index.markCount() && index.markPosition(mark) == begin(i);
            if (isMark) {
                assertEquals(entries.get(i).timestampNs(), index.markTimestampNs(mark));
                assertEquals(entries.get(i).sequence(), index.markSequence(mark));
                mark++;
                records = 0;
            }
            records++;
            assertTrue(records <= JournalIndex.BLOCK_RECORDS);
        }
        assertEquals(index.markCount(), mark);
    }

    private void assertTopic(
            final JournalIndex index, final int topicId, final long from, final LongArrayList positions) {
        final LongArrayList expected = new LongArrayList();
        final long firstMark = index.lastAtOrBelow(from);
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).topicId() == topicId) {
                final long markIndex = index.lastAtOrBelow(begin(i));
                final long block = index.markPosition(markIndex);
                if (markIndex >= firstMark && (expected.isEmpty() || expected.getLong(expected.size() - 1) != block)) {
                    expected.addLong(block);
                }
            }
        }
        assertEquals(expected, positions, "topic " + topicId + " from " + from);
    }

    private void add(final JournalIndex index, final int from, final int to) {
        for (int i = from; i < to; i++) {
            final TestRecords.Entry entry = entries.get(i);
            index.add(begin(i), entry.timestampNs(), entry.sequence(), entry.topicId());
        }
    }

    private long begin(final int i) {
        return i == 0 ? 0 : entries.get(i - 1).endPosition();
    }
}
