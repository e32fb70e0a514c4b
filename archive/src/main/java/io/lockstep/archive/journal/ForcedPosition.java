package io.lockstep.archive.journal;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32C;

/**
 * A small file that remembers up to where a journal was forced to the disk, so that only what is behind it has to be
 * checked at the next start. It is only a hint: what it says is lowered when the journal was cut or copied, and where
 * it is missing or damaged more is checked. Used by one thread at a time.
 */
public final class ForcedPosition {
    /** Name of the file in the directory of a node's shard. */
    public static final String FILE_NAME = "journal-forced.dat";

    /** There is no file, or not a good one. */
    public static final long UNKNOWN = -1;

    private static final int MAGIC = 0x4C534650;
    private static final int POSITION_OFFSET = 8;
    private static final int CRC_OFFSET = 16;
    private static final int LENGTH = 20;

    private final Path file;

    /**
     * Names the file; it is not touched yet.
     *
     * @param file that need not exist.
     */
    public ForcedPosition(final Path file) {
        this.file = file;
    }

    /**
     * Reads the file.
     *
     * @return the journal position, or {@link #UNKNOWN}.
     */
    public long read() {
        final byte[] bytes;
        try {
            if (!Files.isRegularFile(file) || Files.size(file) != LENGTH) {
                return UNKNOWN;
            }
            bytes = Files.readAllBytes(file);
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot read " + file, ex);
        }
        final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        if (buffer.getInt(0) != MAGIC || buffer.getInt(CRC_OFFSET) != crc(bytes)) {
            return UNKNOWN;
        }
        return buffer.getLong(POSITION_OFFSET);
    }

    /**
     * Replaces the file and forces it to the disk.
     *
     * @param position up to which the journal was forced.
     */
    public void write(final long position) {
        final byte[] bytes = new byte[LENGTH];
        final ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(0, MAGIC).putLong(POSITION_OFFSET, position);
        buffer.putInt(CRC_OFFSET, crc(bytes));
        final Path next = file.resolveSibling(file.getFileName() + ".next");
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            try (FileChannel channel = FileChannel.open(
                    next, StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.TRUNCATE_EXISTING)) {
                while (buffer.hasRemaining()) {
                    channel.write(buffer);
                }
                channel.force(true);
            }
            Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            SegmentFiles.forceDirectory(file.toAbsolutePath().getParent());
        } catch (final IOException ex) {
            throw new UncheckedIOException("cannot write " + file, ex);
        }
    }

    /** Takes back what is no longer true; a lower or unknown position stays. */
    void lower(final long position) {
        if (read() > position) {
            write(position);
        }
    }

    private static int crc(final byte[] bytes) {
        final CRC32C crc = new CRC32C();
        crc.update(bytes, 0, CRC_OFFSET);
        return (int) crc.getValue();
    }
}
