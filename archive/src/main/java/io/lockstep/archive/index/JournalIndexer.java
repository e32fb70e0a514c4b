package io.lockstep.archive.index;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.history.JournalMarks;
import io.lockstep.archive.replay.JournalReader;
import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.archive.replay.JournalRecordHandler;
import io.lockstep.archive.replay.ReaderState;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.RecordLayout;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.collections.LongArrayList;

/**
 * Follows a journal and keeps its index files: from a time, and from a topic, to positions. When it starts it compares
 * the last thing that it indexed with the journal; if they do not match, or the files are lost or torn, it makes the
 * index again from what the journal still has. Where retention has overtaken the index, it begins again as well.
 *
 * <p>Belongs to one thread, which drives {@link #doWork()} and does the look-ups. It owns its reader and its files.
 */
public final class JournalIndexer implements AutoCloseable {
    private static final int RECORD_LIMIT = 256;

    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final MessageRecordDecoder messageDecoder = new MessageRecordDecoder();
    private final JournalRecordHandler handler = this::onRecord;
    private final JournalIndex index;
    private final JournalReader reader;
    private long position;
    private boolean isResuming;
    private boolean isToBeRebuilt;
    private long rebuildCount;

    /**
     * Opens the index files, or makes them.
     *
     * @param context of the reader; where it starts is set here. It should name the local node only.
     * @param dir     of the index files, one directory for all shards of a node.
     */
    public JournalIndexer(final JournalReaderContext context, final Path dir) {
        index = new JournalIndex(dir, context.shardId());
        final long resumePosition = index.resumePosition();
        isResuming = resumePosition >= 0;
        position = resumePosition;
        reader = new JournalReader(
                context.start(isResuming ? StartPosition.position(resumePosition) : StartPosition.start()));
    }

    /**
     * Indexes what is new.
     *
     * @return the number of records.
     */
    public int doWork() {
        final int work = reader.poll(handler, RECORD_LIMIT);
        if (work > 0) {
            index.flush();
        }
        if (isToBeRebuilt || reader.state() == ReaderState.LOST) {
            rebuild();
        }
        return work;
    }

    /**
     * How far the journal is indexed.
     *
     * @return the position, or -1 before anything was read.
     */
    public long position() {
        return reader.position();
    }

    /**
     * How often the index did not match the journal and was made again.
     *
     * @return the count since this object was made.
     */
    public long rebuildCount() {
        return rebuildCount;
    }

    /**
     * Where to begin reading to find the first record at or after a time: no such record lies in front, and at most a
     * block of older ones behind it.
     *
     * @param timestampNs in nanoseconds.
     * @return a position where a record begins, or -1 if nothing is indexed.
     */
    public long positionAtOrAfter(final long timestampNs) {
        if (index.markCount() == 0) {
            return -1;
        }
        return index.markPosition(Math.max(0, index.lastOlderThan(timestampNs)));
    }

    /**
     * Where to begin reading to find the messages of a topic: each of its messages lies between one of these positions
     * and the next {@value JournalIndex#BLOCK_LENGTH} bytes or {@value JournalIndex#BLOCK_RECORDS} records.
     *
     * @param topicId      of the topic.
     * @param fromPosition only what reaches behind it.
     * @param limit        greatest number of positions.
     * @return rising positions where a record begins.
     */
    public LongArrayList positionsOf(final int topicId, final long fromPosition, final int limit) {
        final LongArrayList positions = new LongArrayList();
        index.positionsOf(topicId, fromPosition, limit, positions);
        return positions;
    }

    /**
     * Forgets what lies in front of the first readable position, now and then: when that is more than half of the index
     * and many blocks. It copies the rest, and takes as long as that takes.
     *
     * @param firstReadablePosition of the journal.
     * @return true if something was forgotten.
     * @throws UncheckedIOException if the files cannot be written; the index is as before, or is made again.
     */
    public boolean trimTo(final long firstReadablePosition) {
        try {
            return index.trimTo(firstReadablePosition);
        } catch (final UncheckedIOException ex) {
            if (index.markCount() == 0) {
                rebuild();
            }
            throw ex;
        }
    }

    /**
     * The marks of the journal, for a decision about retention.
     *
     * @return a view that follows the index; to be used by the indexer's thread.
     */
    public JournalMarks marks() {
        return index;
    }

    @Override
    public void close() {
        CloseHelper.closeAll(reader, index);
    }

    private void rebuild() {
        rebuildCount++;
        isToBeRebuilt = false;
        isResuming = false;
        position = -1;
        index.clear();
        reader.moveTo(StartPosition.start());
    }

    private Action onRecord(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        final long timestampNs = RecordLayout.timestampNs(buffer, offset);
        final long shardSequence = RecordLayout.shardSequence(buffer, offset);
        if (isResuming) {
            if (!index.isLastMark(timestampNs, shardSequence)) {
                isToBeRebuilt = true;
                return Action.ABORT;
            }
            isResuming = false;
            index.reopenLastBlock();
        }
        if (position < 0) {
            position = reader.position();
        }
        index.add(position, timestampNs, shardSequence, topicId(buffer, offset));
        position = endPosition;
        return Action.CONTINUE;
    }

    private int topicId(final DirectBuffer buffer, final int offset) {
        if (RecordLayout.kind(buffer, offset) != RecordKind.MESSAGE.value()) {
            return 0;
        }
        headerDecoder.wrap(buffer, offset);
        messageDecoder.wrap(
                buffer,
                offset + MessageHeaderDecoder.ENCODED_LENGTH,
                headerDecoder.blockLength(),
                headerDecoder.version());
        return messageDecoder.topicId();
    }
}
