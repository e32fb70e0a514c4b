package io.lockstep.archive.journal;

import io.lockstep.archive.history.FrameWalker;
import io.lockstep.wire.JournalFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ObjLongConsumer;
import org.agrona.IoUtil;
import org.agrona.concurrent.UnsafeBuffer;

/** The segment files of one journal in the directory of its archive. Used by one thread. */
final class SegmentFiles implements AutoCloseable {
    /** More damaged files than these are not kept: something is wrong with the machine, and the disk is finite. */
    private static final int KEPT_ASIDE_LIMIT = 16;

    private static final int BLANK_STEP_LENGTH = 1 << 16;
    private static final String SUFFIX = ".rec";

    private final Path directory;
    private final Recording recording;
    private final int streamId;
    private final UnsafeBuffer buffer = new UnsafeBuffer(0, 0);
    private MappedByteBuffer mapped;
    private long mappedPosition = -1;

    SegmentFiles(final Path directory, final Recording recording, final int streamId) {
        this.directory = directory;
        this.recording = recording;
        this.streamId = streamId;
    }

    Path file(final long segmentPosition) {
        return directory.resolve(recording.id() + "-" + segmentPosition + SUFFIX);
    }

    /**
     * Maps a segment for reading; the mapping stays until another one is asked for.
     *
     * @return an empty buffer if there is no such file. It is shorter than the segment if the file is.
     */
    UnsafeBuffer map(final long segmentPosition) {
        if (segmentPosition == mappedPosition) {
            return buffer;
        }
        close();
        final Path file = file(segmentPosition);
        try {
            if (Files.exists(file)) {
                try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
                    mapped = channel.map(
                            FileChannel.MapMode.READ_ONLY, 0, Math.min(channel.size(), recording.segmentLength()));
                }
                buffer.wrap(mapped);
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot map " + file, ex);
        }
        mappedPosition = segmentPosition;
        return buffer;
    }

    /** Copies a segment file to a place where nobody repairs it; null if enough are there already. */
    Path keepAside(final Path asideDirectory, final int shardId, final long segmentPosition) {
        final Path file = file(segmentPosition);
        try {
            Files.createDirectories(asideDirectory);
            for (int i = 0; i < KEPT_ASIDE_LIMIT; i++) {
                final Path copy = asideDirectory.resolve("shard-" + shardId + "-" + segmentPosition + "-" + i + SUFFIX);
                if (!Files.exists(copy)) {
                    Files.copy(file, copy);
                    return copy;
                }
            }
            return null;
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot keep " + file + " aside in " + asideDirectory, ex);
        }
    }

    /**
     * Makes sure that the archive accepts a cut at a position: it wants a frame header there, and where the damage is
     * in that header it would refuse after it had changed its catalog.
     */
    void prepareCut(final long position) {
        final long segmentPosition = recording.segmentPosition(position);
        if (position == segmentPosition) {
            return;
        }
        close();
        final ByteBuffer header =
                ByteBuffer.allocate(JournalFormat.FRAME_HEADER_LENGTH).order(ByteOrder.LITTLE_ENDIAN);
        header.putInt(FrameWalker.FRAME_LENGTH_OFFSET, JournalFormat.FRAME_HEADER_LENGTH);
        header.putShort(FrameWalker.TYPE_OFFSET, (short) FrameWalker.TYPE_DATA);
        header.putInt(FrameWalker.TERM_OFFSET_OFFSET, (int) position & (JournalFormat.TERM_LENGTH - 1));
        header.putInt(FrameWalker.STREAM_ID_OFFSET, streamId);
        header.putInt(FrameWalker.TERM_ID_OFFSET, (int)
                (JournalFormat.INITIAL_TERM_ID + position / JournalFormat.TERM_LENGTH));
        final Path file = file(segmentPosition);
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.READ)) {
            writeFully(channel, header, position - segmentPosition);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot prepare " + file + " for a cut", ex);
        }
    }

    /**
     * Clears what lies behind the end of the journal in its last file. Otherwise a start after the next kill could
     * take old bytes behind the new end for records.
     *
     * @return the number of bytes that were not zero, in steps of a block.
     */
    long clearBehind(final long endPosition) {
        close();
        final long segmentPosition = recording.segmentPosition(endPosition);
        final Path file = file(segmentPosition);
        long cleared = 0;
        if (!Files.exists(file)) {
            return cleared;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            final ByteBuffer block = ByteBuffer.allocateDirect(BLANK_STEP_LENGTH);
            final ByteBuffer zeros = ByteBuffer.allocateDirect(BLANK_STEP_LENGTH);
            long offset = endPosition - segmentPosition;
            final long length = channel.size();
            while (offset < length) {
                block.clear().limit((int) Math.min(BLANK_STEP_LENGTH, length - offset));
                final int read = channel.read(block, offset);
                if (read <= 0) {
                    break;
                }
                if (!isBlank(block.flip())) {
                    writeFully(channel, zeros.clear().limit(read), offset);
                    cleared += read;
                }
                offset += read;
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot clear the end of " + file, ex);
        }
        return cleared;
    }

    /** Tells the files that lie wholly behind the end of the journal; the archive would stop at them later. */
    void strayFiles(final long endPosition, final ObjLongConsumer<Path> consumer) {
        final List<Path> found = new ArrayList<>();
        final String prefix = recording.id() + "-";
        try (DirectoryStream<Path> files = Files.newDirectoryStream(directory, prefix + "*" + SUFFIX)) {
            files.forEach(found::add);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot list " + directory, ex);
        }
        for (final Path path : found) {
            final String name = path.getFileName().toString();
            final long position = Long.parseLong(name.substring(prefix.length(), name.length() - SUFFIX.length()));
            if (position > endPosition) {
                consumer.accept(path, position);
            }
        }
    }

    /**
     * Forces the files that hold a stretch of the journal to the disk. Files at the beginning of the stretch may be
     * gone: retention has purged them since they were written.
     */
    void force(final long fromPosition, final long toPosition) {
        final long first = recording.segmentPosition(Math.max(fromPosition, recording.startPosition()));
        boolean hasForced = false;
        try {
            for (long position = first; position < toPosition; position += recording.segmentLength()) {
                final boolean isThere = forceFile(file(position));
                if (!isThere && (hasForced || position + recording.segmentLength() >= toPosition)) {
                    throw new JournalException(
                            "The journal of stream " + streamId + " has lost its file " + file(position) + ".");
                }
                hasForced |= isThere;
            }
            forceDirectory(directory);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot force the journal in " + directory, ex);
        }
    }

    private static boolean forceFile(final Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.force(false);
            return true;
        } catch (final NoSuchFileException ex) {
            return false;
        }
    }

    static void forceDirectory(final Path directory) throws IOException {
        try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /** Gives the mapping back. */
    @Override
    public void close() {
        mappedPosition = -1;
        buffer.wrap(0, 0);
        if (mapped != null) {
            IoUtil.unmap(mapped);
            mapped = null;
        }
    }

    private static boolean isBlank(final ByteBuffer block) {
        while (block.remaining() >= Long.BYTES) {
            if (block.getLong() != 0) {
                return false;
            }
        }
        while (block.hasRemaining()) {
            if (block.get() != 0) {
                return false;
            }
        }
        return true;
    }

    private static void writeFully(final FileChannel channel, final ByteBuffer source, final long offset)
            throws IOException {
        long position = offset;
        while (source.hasRemaining()) {
            position += channel.write(source, position);
        }
    }
}
