package io.lockstep.archive.journal;

import io.lockstep.archive.history.RecordComparer;
import io.lockstep.archive.history.RecordWalker;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import org.agrona.DirectBuffer;

/**
 * The stored part of the journal while the log is replayed over it: tells whether a record is there already. Nothing
 * is allocated but the mapping of the next segment. Used by the service thread.
 */
final class StoredJournal implements AutoCloseable {
    private final SegmentFiles files;
    private final Recording recording;
    private final int streamId;
    private final long endPosition;

    /** What is stored where a record should be. */
    enum Finding {
        /** The record, byte by byte. */
        EQUAL,
        /** Something that no journal holds. */
        DAMAGED,
        /** Another sound record. */
        DIFFERENT
    }

    StoredJournal(final SegmentFiles files, final Recording recording, final int streamId) {
        this.files = files;
        this.recording = recording;
        this.streamId = streamId;
        this.endPosition = recording.stopPosition();
    }

    boolean isStored(final long position, final DirectBuffer buffer, final int offset, final int length) {
        final long begin = JournalFormat.beginPosition(position, length);
        if (begin < recording.startPosition()) {
            // Below the first stored position the history was purged; there is nothing left to compare.
            return true;
        }
        if (begin + JournalFormat.framedLength(length) > endPosition) {
            return false;
        }
        if (begin > position && position >= recording.startPosition()) {
            final long paddingSegment = recording.segmentPosition(position);
            if (!RecordComparer.isPaddingStored(files.map(paddingSegment), paddingSegment, streamId, position)) {
                return false;
            }
        }
        final long segmentPosition = recording.segmentPosition(begin);
        return RecordComparer.isRecordStored(
                files.map(segmentPosition), segmentPosition, streamId, begin, buffer, offset, length);
    }

    /** Looks closer at a record that is not stored as it should be. */
    Finding inspect(final long position, final DirectBuffer buffer, final int offset, final int length) {
        final long end = JournalFormat.endPosition(position, length);
        final RecordWalker walker = new RecordWalker();
        final long from = Math.max(position, recording.startPosition());
        long segmentPosition = recording.segmentPosition(from);
        walker.wrap(files.map(segmentPosition), segmentPosition, from, endPosition);
        if (!walker.next()) {
            if (walker.reachedPosition() < segmentPosition + recording.segmentLength()
                    || walker.reachedPosition() >= endPosition) {
                return Finding.DAMAGED;
            }
            segmentPosition = walker.reachedPosition();
            walker.wrap(files.map(segmentPosition), segmentPosition, segmentPosition, endPosition);
            if (!walker.next()) {
                return Finding.DAMAGED;
            }
        }
        if (!new RecordLayout().isIntact(walker.buffer(), walker.offset(), walker.length())) {
            return Finding.DAMAGED;
        }
        // The record itself is right, so it is a header or the padding that is not.
        final boolean isSame = walker.endPosition() == end
                && walker.length() == length
                && RecordComparer.isEqual(walker.buffer(), walker.offset(), buffer, offset, length);
        return isSame ? Finding.DAMAGED : Finding.DIFFERENT;
    }

    SegmentFiles files() {
        return files;
    }

    @Override
    public void close() {
        files.close();
    }
}
