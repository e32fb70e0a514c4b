package io.lockstep.archive.index;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A file of entries of one length, appended to, cut at its end, and read anywhere. Each entry ends with a checksum, and
 * the file begins with a header that says what it is. Opening it keeps the entries up to the first that is not sound.
 * Appended entries are buffered until {@link #flush()} or a read. Nothing is forced to the disk: what a loss of power
 * takes is made again from the journal. Belongs to one thread.
 */
final class EntryFile implements AutoCloseable {
    private static final long MAGIC = 0x31584449_4B434F4CL;
    private static final int HEADER_LENGTH = 64;
    private static final int CONTENT_OFFSET = 8;
    private static final int LENGTH_OFFSET = 12;
    private static final int GENERATION_OFFSET = 16;
    private static final int CHECKSUM_LENGTH = Integer.BYTES;
    private static final int BUFFER_LENGTH = 64 * 1024;

    private final FileChannel channel;
    private final Path path;
    private final int contentId;
    private final int entryLength;
    private final int bufferedEntries;
    private final ByteBuffer out;
    private final ByteBuffer in;
    private final ByteBuffer summed;
    private final CRC32C crc32c = new CRC32C();
    private long generation;
    private long count;
    private long flushedCount;
    private long readFrom;
    private int readCount;

    /**
     * Opens a file or makes it.
     *
     * @param path          of the file; its directory is made.
     * @param contentId     what the file holds; a file that holds something else is emptied.
     * @param contentLength of an entry without its checksum, in bytes, a multiple of 4.
     */
    EntryFile(final Path path, final int contentId, final int contentLength) {
        this.path = path;
        this.contentId = contentId;
        this.entryLength = contentLength + CHECKSUM_LENGTH;
        this.bufferedEntries = BUFFER_LENGTH / entryLength;
        this.out = buffer();
        this.in = buffer();
        this.summed = out.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        try {
            Files.createDirectories(path.getParent());
            this.channel = FileChannel.open(
                    path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (!isHeaderRight()) {
                writeHeader(0);
            }
            count = soundEntries();
            flushedCount = count;
            channel.truncate(offset(count));
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot open the index file " + path, ex);
        }
    }

    long count() {
        return count;
    }

    /** Number of the file's making; files that belong together have the same. */
    long generation() {
        return generation;
    }

    /**
     * Forgets all entries.
     *
     * @param newGeneration of what will be appended.
     */
    void clear(final long newGeneration) {
        truncate(0);
        try {
            writeHeader(newGeneration);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot empty the index file " + path, ex);
        }
    }

    /**
     * Begins an entry: put its content into the buffer and call {@link #endEntry()}.
     *
     * @return the buffer, at the place of the entry.
     */
    ByteBuffer beginEntry() {
        if (out.remaining() < entryLength) {
            flush();
        }
        return out;
    }

    /** Ends the entry that was begun. */
    void endEntry() {
        out.putInt(checksum(summed, out.position() - (entryLength - CHECKSUM_LENGTH)));
        count++;
    }

    /**
     * Reads an entry.
     *
     * @param index from 0.
     * @return a buffer at the place of the entry, to be read with absolute gets from its position; good until the next
     *     call.
     */
    ByteBuffer read(final long index) {
        if (index < 0 || index >= count) {
            throw new IndexOutOfBoundsException("entry " + index + " of " + count + " in " + path);
        }
        flush();
        if (index < readFrom || index >= readFrom + readCount) {
            fill(index);
        }
        in.position((int) (index - readFrom) * entryLength);
        return in;
    }

    /**
     * Cuts entries off the end.
     *
     * @param newCount how many to keep.
     */
    void truncate(final long newCount) {
        flush();
        if (newCount < count) {
            try {
                channel.truncate(offset(newCount));
            } catch (final IOException ex) {
                throw new UncheckedIOException("cannot cut the index file " + path, ex);
            }
            count = newCount;
            flushedCount = newCount;
        }
        readCount = 0;
    }

    /** Hands what was appended to the operating system. */
    void flush() {
        if (out.position() > 0) {
            out.flip();
            try {
                long at = offset(flushedCount);
                while (out.hasRemaining()) {
                    at += channel.write(out, at);
                }
            } catch (final IOException ex) {
                throw new UncheckedIOException("cannot write the index file " + path, ex);
            }
            out.clear();
            flushedCount = count;
        }
    }

    @Override
    public void close() {
        try {
            if (channel.isOpen()) {
                flush();
                channel.close();
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot close the index file " + path, ex);
        }
    }

    private void fill(final long index) {
        // Bisections jump, scans go on: begin at the entry that is asked for.
        readFrom = index;
        readCount = (int) Math.min(bufferedEntries, flushedCount - index);
        readFully(offset(index), readCount * entryLength);
    }

    private long soundEntries() throws IOException {
        final long stored = (channel.size() - HEADER_LENGTH) / entryLength;
        final ByteBuffer view = in.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        long sound = 0;
        while (sound < stored) {
            final int step = (int) Math.min(bufferedEntries, stored - sound);
            readFully(offset(sound), step * entryLength);
            for (int i = 0; i < step; i++) {
                final int at = i * entryLength;
                if (in.getInt(at + entryLength - CHECKSUM_LENGTH) != checksum(view, at)) {
                    return sound + i;
                }
            }
            sound += step;
        }
        return sound;
    }

    private void readFully(final long fileOffset, final int length) {
        in.clear().limit(length);
        try {
            long at = fileOffset;
            while (in.hasRemaining()) {
                final int read = channel.read(in, at);
                if (read < 0) {
                    throw new IOException("the file ends at " + at);
                }
                at += read;
            }
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read the index file " + path, ex);
        }
        in.clear();
    }

    private boolean isHeaderRight() throws IOException {
        if (channel.size() < HEADER_LENGTH) {
            return false;
        }
        readFully(0, HEADER_LENGTH);
        generation = in.getLong(GENERATION_OFFSET);
        return in.getLong(0) == MAGIC
                && in.getInt(CONTENT_OFFSET) == contentId
                && in.getInt(LENGTH_OFFSET) == entryLength;
    }

    private void writeHeader(final long newGeneration) throws IOException {
        channel.truncate(0);
        generation = newGeneration;
        in.clear();
        for (int i = 0; i < HEADER_LENGTH; i += Long.BYTES) {
            in.putLong(i, 0);
        }
        in.putLong(0, MAGIC)
                .putInt(CONTENT_OFFSET, contentId)
                .putInt(LENGTH_OFFSET, entryLength)
                .putLong(GENERATION_OFFSET, newGeneration)
                .limit(HEADER_LENGTH);
        long at = 0;
        while (in.hasRemaining()) {
            at += channel.write(in, at);
        }
        in.clear();
    }

    private int checksum(final ByteBuffer view, final int at) {
        view.limit(at + entryLength - CHECKSUM_LENGTH).position(at);
        crc32c.reset();
        crc32c.update(view);
        view.clear();
        return (int) crc32c.getValue();
    }

    private long offset(final long index) {
        return HEADER_LENGTH + index * entryLength;
    }

    private ByteBuffer buffer() {
        return ByteBuffer.allocateDirect(bufferedEntries * entryLength).order(ByteOrder.LITTLE_ENDIAN);
    }
}
