package io.lockstep.archive.index;

import io.lockstep.archive.history.JournalMarks;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.agrona.CloseHelper;
import org.agrona.collections.IntHashSet;
import org.agrona.collections.LongArrayList;

/**
 * The index files of one journal. The journal is cut into blocks of {@value #BLOCK_LENGTH} bytes or {@value
 * #BLOCK_RECORDS} records, whichever is reached first; each block has a mark (where it begins, the timestamp and the
 * sequence of its first record), and each topic an entry for each block that it occurs in. Memory is bounded: what is
 * not on the disk is the set of topics of one block. Belongs to one thread.
 */
final class JournalIndex implements JournalMarks, AutoCloseable {
    /** Bytes of journal in a block. */
    static final int BLOCK_LENGTH = 64 * 1024;

    /** Greatest number of records in a block. */
    static final int BLOCK_RECORDS = 1_000;

    // Some 16 GiB of journal: below it the copying is not worth while.
    private static final int MIN_TRIMMED_MARKS = 1 << 18;

    private static final int TIME_CONTENT = 1;
    private static final int TOPIC_CONTENT = 2;
    private static final int MARK_LENGTH = 4 * Long.BYTES;
    private static final int TOPIC_LENGTH = Long.BYTES + Integer.BYTES;

    private final Path timePath;
    private final Path topicPath;
    private final int minTrimmedMarks;
    private EntryFile marks;
    private EntryFile topics;
    private final IntHashSet blockTopics = new IntHashSet(BLOCK_RECORDS * 2);
    private boolean isBlockOpen;
    private long blockPosition;
    private int blockRecords;

    JournalIndex(final Path dir, final int shardId) {
        this(dir, shardId, MIN_TRIMMED_MARKS);
    }

    JournalIndex(final Path dir, final int shardId, final int minTrimmedMarks) {
        this.timePath = dir.resolve("shard-" + shardId + "-time.idx");
        this.topicPath = dir.resolve("shard-" + shardId + "-topic.idx");
        this.minTrimmedMarks = minTrimmedMarks;
        open();
        // A mark knows how many topic entries were there before it: one that knows of lost ones is not to be trusted.
        long count = marks.count();
        while (count > 0 && topicEntriesBefore(count - 1) > topics.count()) {
            count--;
        }
        marks.truncate(count);
    }

    /**
     * Forgets what lies in front of a position, once that is more than half of the index and worth copying the rest.
     *
     * @param position first readable position of the journal.
     * @return true if something was forgotten.
     * @throws UncheckedIOException if the files cannot be written; the index is as before, or empty.
     */
    boolean trimTo(final long position) {
        final long first = lastAtOrBelow(position);
        if (first < minTrimmedMarks || first * 2 < markCount()) {
            return false;
        }
        final long firstTopic = topicEntriesBefore(first);
        final long generation = marks.generation() + 1;
        final Path newTimePath = newPath(timePath);
        final Path newTopicPath = newPath(topicPath);
        try (EntryFile newMarks = new EntryFile(newTimePath, TIME_CONTENT, MARK_LENGTH);
                EntryFile newTopics = new EntryFile(newTopicPath, TOPIC_CONTENT, TOPIC_LENGTH)) {
            newMarks.clear(generation);
            newTopics.clear(generation);
            for (long i = first; i < marks.count(); i++) {
                newMarks.beginEntry()
                        .putLong(markPosition(i))
                        .putLong(markTimestampNs(i))
                        .putLong(markSequence(i))
                        .putLong(topicEntriesBefore(i) - firstTopic);
                newMarks.endEntry();
            }
            for (long i = firstTopic; i < topics.count(); i++) {
                final ByteBuffer entry = topics.read(i);
                newTopics
                        .beginEntry()
                        .putLong(entry.getLong(entry.position()))
                        .putInt(entry.getInt(entry.position() + Long.BYTES));
                newTopics.endEntry();
            }
        }
        CloseHelper.closeAll(topics, marks);
        try {
            Files.move(newTopicPath, topicPath, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            Files.move(newTimePath, timePath, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot replace the index file " + timePath, ex);
        } finally {
            open();
        }
        return true;
    }

    /**
     * Where to begin to read the journal to complete the index: at the last block, which may not be complete.
     *
     * @return the position, or -1 if nothing is indexed.
     */
    long resumePosition() {
        return markCount() == 0 ? -1 : markPosition(markCount() - 1);
    }

    /**
     * Whether the record at {@link #resumePosition()} is the one that was indexed.
     *
     * @param timestampNs   of the record that is there.
     * @param shardSequence of it.
     * @return false if the index was made from something else.
     */
    boolean isLastMark(final long timestampNs, final long shardSequence) {
        final long last = markCount() - 1;
        return markTimestampNs(last) == timestampNs && markSequence(last) == shardSequence;
    }

    /** Forgets the last block, which is then indexed again. */
    void reopenLastBlock() {
        final long last = markCount() - 1;
        topics.truncate(topicEntriesBefore(last));
        marks.truncate(last);
        isBlockOpen = false;
    }

    /** Forgets everything. */
    void clear() {
        final long generation = Math.max(marks.generation(), topics.generation()) + 1;
        topics.clear(generation);
        marks.clear(generation);
        isBlockOpen = false;
    }

    /**
     * Adds a record.
     *
     * @param beginPosition where reading has to begin to get it: the end of the record before it.
     * @param timestampNs   of it.
     * @param shardSequence of it.
     * @param topicId       of a message, or 0.
     */
    void add(final long beginPosition, final long timestampNs, final long shardSequence, final int topicId) {
        if (!isBlockOpen || beginPosition - blockPosition >= BLOCK_LENGTH || blockRecords >= BLOCK_RECORDS) {
            marks.beginEntry()
                    .putLong(beginPosition)
                    .putLong(timestampNs)
                    .putLong(shardSequence)
                    .putLong(topics.count());
            marks.endEntry();
            blockPosition = beginPosition;
            blockRecords = 0;
            blockTopics.clear();
            isBlockOpen = true;
        }
        blockRecords++;
        if (topicId != 0 && blockTopics.add(topicId)) {
            topics.beginEntry().putLong(blockPosition).putInt(topicId);
            topics.endEntry();
        }
    }

    /** Hands what was added to the operating system, topics first. */
    void flush() {
        topics.flush();
        marks.flush();
    }

    @Override
    public long markCount() {
        return marks.count();
    }

    @Override
    public long markPosition(final long index) {
        final ByteBuffer entry = marks.read(index);
        return entry.getLong(entry.position());
    }

    @Override
    public long markTimestampNs(final long index) {
        final ByteBuffer entry = marks.read(index);
        return entry.getLong(entry.position() + Long.BYTES);
    }

    long markSequence(final long index) {
        final ByteBuffer entry = marks.read(index);
        return entry.getLong(entry.position() + 2 * Long.BYTES);
    }

    /**
     * Blocks in which a topic occurs.
     *
     * @param topicId      of the topic.
     * @param fromPosition only blocks that reach behind it.
     * @param limit        greatest number of blocks.
     * @param positions    is cleared and gets where the blocks begin.
     */
    void positionsOf(final int topicId, final long fromPosition, final int limit, final LongArrayList positions) {
        positions.clear();
        final long first = lastAtOrBelow(fromPosition);
        final long lowest = first < 0 ? 0 : markPosition(first);
        for (long i = first < 0 ? 0 : topicEntriesBefore(first); i < topics.count() && positions.size() < limit; i++) {
            final ByteBuffer entry = topics.read(i);
            if (entry.getInt(entry.position() + Long.BYTES) == topicId && entry.getLong(entry.position()) >= lowest) {
                positions.addLong(entry.getLong(entry.position()));
            }
        }
    }

    @Override
    public void close() {
        CloseHelper.closeAll(topics, marks);
    }

    private void open() {
        marks = new EntryFile(timePath, TIME_CONTENT, MARK_LENGTH);
        topics = new EntryFile(topicPath, TOPIC_CONTENT, TOPIC_LENGTH);
        if (marks.generation() != topics.generation()) {
            // A trim was interrupted between its two files.
            clear();
        }
    }

    private static Path newPath(final Path path) {
        return path.resolveSibling(path.getFileName() + ".new");
    }

    private long topicEntriesBefore(final long index) {
        final ByteBuffer entry = marks.read(index);
        return entry.getLong(entry.position() + 3 * Long.BYTES);
    }
}
