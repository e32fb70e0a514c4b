package io.lockstep.archive.verify;

import io.aeron.archive.client.AeronArchive;
import io.lockstep.archive.history.RecordWalker;
import io.lockstep.archive.history.WalkStatus;
import io.lockstep.wire.JournalFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.agrona.DirectBuffer;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** Walks the segment files of a folder, one mapped at a time. */
final class FolderCursor implements JournalCursor {
    private final JournalFolder folder;
    private final RecordWalker walker = new RecordWalker();
    private final UnsafeBuffer segment = new UnsafeBuffer(0, 0);
    private final long limit;
    private MappedByteBuffer mapped;
    private long segmentPosition;
    private long endPosition;
    private long fileLength;
    private boolean isOver;
    private String damage;

    FolderCursor(final JournalFolder folder, final long fromPosition) {
        this.folder = folder;
        this.limit = folder.stopPosition() == AeronArchive.NULL_POSITION ? Long.MAX_VALUE : folder.stopPosition();
        // A record begins where a term begins; from there the walk finds the first one that ends behind the position.
        final long termPosition = fromPosition & -JournalFormat.TERM_LENGTH;
        endPosition = Math.max(folder.startPosition(), termPosition);
        segmentPosition = folder.segmentPosition(endPosition);
        openSegment();
        if (fromPosition > endPosition) {
            skipTo(fromPosition);
        }
    }

    @Override
    public String name() {
        return folder.dir().toString();
    }

    @Override
    public long startPosition() {
        return folder.startPosition();
    }

    @Override
    public boolean next() {
        while (!isOver) {
            if (walker.next()) {
                endPosition = walker.endPosition();
                return true;
            }
            if (walker.status() == WalkStatus.LIMIT && isSegmentComplete()) {
                segmentPosition += folder.segmentLength();
                openSegment();
            } else {
                damage = explain();
                isOver = true;
            }
        }
        return false;
    }

    @Override
    public String damage() {
        return damage;
    }

    @Override
    public long beginPosition() {
        return walker.beginPosition();
    }

    @Override
    public long endPosition() {
        return endPosition;
    }

    @Override
    public DirectBuffer buffer() {
        return walker.buffer();
    }

    @Override
    public int offset() {
        return walker.offset();
    }

    @Override
    public int length() {
        return walker.length();
    }

    @Override
    public void close() {
        isOver = true;
        unmap();
    }

    private void skipTo(final long fromPosition) {
        while (next()) {
            if (endPosition >= fromPosition) {
                if (endPosition > fromPosition) {
                    // This record is the first one that is wanted: step back in front of it.
                    endPosition = walker.beginPosition();
                    walker.wrap(segment, segmentPosition, endPosition, limit);
                }
                return;
            }
        }
    }

    private boolean isSegmentComplete() {
        final long segmentEnd = segmentPosition + folder.segmentLength();
        return walker.reachedPosition() >= segmentEnd && segmentEnd < limit;
    }

    // Why the walk ended, or null if that is how a journal ends: also in a record that was being written. What the
    // recorder and the node have noted about the end tells a copy that has lost its tail from one that never had more.
    private String explain() {
        final long reached = walker.reachedPosition();
        if (walker.status() == WalkStatus.DAMAGED) {
            return "the bytes at " + reached + " are not the frames of a record";
        }
        if (fileLength < folder.segmentLength() && segmentPosition + fileLength < limit) {
            return "the file " + folder.segmentFile(segmentPosition).getFileName() + " has only " + fileLength
                    + " of its " + folder.segmentLength() + " bytes";
        }
        final boolean isShort = limit != Long.MAX_VALUE && reached < limit;
        final boolean hasMore = Files.exists(folder.segmentFile(segmentPosition + folder.segmentLength()));
        if (isShort || (hasMore && reached < segmentPosition + folder.segmentLength())) {
            final String what =
                    walker.status() == WalkStatus.TORN ? "a record has no end at " : "nothing is written at ";
            return what + reached + " although the journal goes on behind it"
                    + (isShort ? ": its recording was stopped at " + limit : "");
        }
        return endBeforeForced();
    }

    private String endBeforeForced() {
        return endPosition < folder.forcedPosition()
                ? "it ends although it was forced to the disk up to " + folder.forcedPosition()
                : null;
    }

    private void openSegment() {
        unmap();
        final Path file = folder.segmentFile(segmentPosition);
        if (!Files.exists(file)) {
            isOver = true;
            damage = limit != Long.MAX_VALUE && limit > endPosition
                    ? "the segment file " + file.getFileName() + " is missing"
                    : endBeforeForced();
            return;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            fileLength = Math.min(channel.size(), folder.segmentLength());
            mapped = channel.map(FileChannel.MapMode.READ_ONLY, 0, fileLength);
            segment.wrap(mapped);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read " + file, ex);
        }
        walker.wrap(segment, segmentPosition, Math.max(endPosition, segmentPosition), limit);
    }

    private void unmap() {
        if (mapped != null) {
            segment.wrap(0, 0);
            IoUtil.unmap(mapped);
            mapped = null;
        }
    }
}
