package io.lockstep.wire;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Fixed offsets at the head of every journal record, and its checksum. A record is an SBE message header (8 bytes) and
 * the composite {@code recordHeader} (32 bytes), then what its template adds. Offsets count from the first byte of the
 * message header. Instances belong to one thread.
 */
public final class RecordLayout {
    /** Offset of the CRC32C. */
    public static final int CRC_OFFSET = 8;

    /** Offset of the first byte that the CRC32C covers. */
    public static final int CRC_COVERED_OFFSET = 12;

    /** Offset of the kind, one byte. */
    public static final int KIND_OFFSET = 12;

    /** Offset of the flags, one byte. */
    public static final int FLAGS_OFFSET = 13;

    /** Offset of the shard sequence. */
    public static final int SHARD_SEQUENCE_OFFSET = 16;

    /** Offset of the Raft log position. */
    public static final int RAFT_LOG_POSITION_OFFSET = 24;

    /** Offset of the timestamp in nanoseconds. */
    public static final int TIMESTAMP_OFFSET = 32;

    /** Length of message header and record header: no record is shorter. */
    public static final int MIN_RECORD_LENGTH = 40;

    private static final int COPY_LENGTH = 8192;

    private final CRC32C crc32c = new CRC32C();
    private final byte[] copy = new byte[COPY_LENGTH];

    /**
     * Computes the checksum of a record.
     *
     * @param buffer that holds the record.
     * @param offset of its first byte.
     * @param length of the record in bytes, at least {@link #MIN_RECORD_LENGTH}.
     * @return the CRC32C of everything after the checksum field.
     */
    public int computeCrc(final DirectBuffer buffer, final int offset, final int length) {
        crc32c.reset();
        final byte[] array = buffer.byteArray();
        if (array != null) {
            crc32c.update(array, buffer.wrapAdjustment() + offset + CRC_COVERED_OFFSET, length - CRC_COVERED_OFFSET);
        } else {
            updateByCopy(buffer, offset + CRC_COVERED_OFFSET, length - CRC_COVERED_OFFSET);
        }
        return (int) crc32c.getValue();
    }

    /**
     * Writes the checksum into an otherwise complete record.
     *
     * @param buffer that holds the record.
     * @param offset of its first byte.
     * @param length in bytes.
     */
    public void seal(final MutableDirectBuffer buffer, final int offset, final int length) {
        buffer.putInt(offset + CRC_OFFSET, computeCrc(buffer, offset, length), ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Whether a record's checksum is right.
     *
     * @param buffer that holds the record.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return false also for a record that is too short to have a checksum.
     */
    public boolean isIntact(final DirectBuffer buffer, final int offset, final int length) {
        return length >= MIN_RECORD_LENGTH
                && buffer.getInt(offset + CRC_OFFSET, ByteOrder.LITTLE_ENDIAN) == computeCrc(buffer, offset, length);
    }

    /**
     * The shard sequence of a record.
     *
     * @param buffer that holds the record.
     * @param offset of its first byte.
     * @return the sequence.
     */
    public static long shardSequence(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + SHARD_SEQUENCE_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The Raft log position of a record.
     *
     * @param buffer that holds the record.
     * @param offset of its first byte.
     * @return the position of the command that caused the record.
     */
    public static long raftLogPosition(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + RAFT_LOG_POSITION_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The timestamp of a record.
     *
     * @param buffer that holds the record.
     * @param offset of its first byte.
     * @return cluster time in nanoseconds.
     */
    public static long timestampNs(final DirectBuffer buffer, final int offset) {
        return buffer.getLong(offset + TIMESTAMP_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * The kind of a record as a raw value of {@code RecordKind}.
     *
     * @param buffer that holds the record.
     * @param offset of its first byte.
     * @return the kind.
     */
    public static int kind(final DirectBuffer buffer, final int offset) {
        return buffer.getByte(offset + KIND_OFFSET) & 0xFF;
    }

    // A mapped or direct buffer is copied in pieces: handing out a view of it for CRC32C would allocate one each time.
    private void updateByCopy(final DirectBuffer buffer, final int offset, final int length) {
        int done = 0;
        while (done < length) {
            final int step = Math.min(COPY_LENGTH, length - done);
            buffer.getBytes(offset + done, copy, 0, step);
            crc32c.update(copy, 0, step);
            done += step;
        }
    }

    /**
     * A heap buffer for encoding records, whose array the checksum can read without a copy.
     *
     * @return a buffer for the greatest record.
     */
    public static ByteBuffer newRecordBuffer() {
        return ByteBuffer.wrap(new byte[JournalFormat.MAX_RECORD_LENGTH]);
    }
}
