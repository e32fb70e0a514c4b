package io.lockstep.archive.history;

import io.lockstep.wire.JournalFormat;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Tells whether a segment holds exactly the frames that a record makes, byte by byte but for the session id, which is
 * no part of the journal. Nothing is copied and nothing is allocated.
 */
public final class RecordComparer {
    private static final int DATA_TYPE_SHIFTED = FrameWalker.TYPE_DATA << 16;

    private RecordComparer() {}

    /**
     * Whether the record is stored where it belongs.
     *
     * @param segment         buffer with the segment; index 0 is its first byte.
     * @param segmentPosition journal position of its first byte.
     * @param streamId        of the journal.
     * @param beginPosition   where the record begins, padding before it left out.
     * @param record          buffer with the record.
     * @param offset          of its first byte.
     * @param length          of the record in bytes.
     * @return false also if the buffer ends before the record does.
     */
    public static boolean isRecordStored(
            final DirectBuffer segment,
            final long segmentPosition,
            final int streamId,
            final long beginPosition,
            final DirectBuffer record,
            final int offset,
            final int length) {
        int segmentOffset = (int) (beginPosition - segmentPosition);
        if (segmentOffset + (long) JournalFormat.framedLength(length) > segment.capacity()) {
            return false;
        }
        final int termId = termId(beginPosition);
        int termOffset = termOffset(beginPosition);
        int done = 0;
        int flags = FrameWalker.BEGIN_FLAG;
        do {
            final int step = Math.min(JournalFormat.MAX_FRAME_PAYLOAD_LENGTH, length - done);
            if (done + step == length) {
                flags |= FrameWalker.END_FLAG;
            }
            final int frameLength = step + JournalFormat.FRAME_HEADER_LENGTH;
            if (!isDataHeader(segment, segmentOffset, frameLength, flags, streamId, termId, termOffset)
                    || !isEqual(
                            segment, segmentOffset + JournalFormat.FRAME_HEADER_LENGTH, record, offset + done, step)) {
                return false;
            }
            done += step;
            flags = 0;
            segmentOffset += JournalFormat.MTU_LENGTH;
            termOffset += JournalFormat.MTU_LENGTH;
        } while (done < length);
        return true;
    }

    /**
     * Whether the rest of a term is stored as padding.
     *
     * @param segment         buffer with the segment; index 0 is its first byte.
     * @param segmentPosition journal position of its first byte.
     * @param streamId        of the journal.
     * @param position        where the padding begins.
     * @return true if padding to the end of the term begins there.
     */
    public static boolean isPaddingStored(
            final DirectBuffer segment, final long segmentPosition, final int streamId, final long position) {
        final int offset = (int) (position - segmentPosition);
        final int termOffset = termOffset(position);
        return offset + JournalFormat.FRAME_HEADER_LENGTH <= segment.capacity()
                && intAt(segment, offset + FrameWalker.FRAME_LENGTH_OFFSET) == JournalFormat.TERM_LENGTH - termOffset
                && segment.getShort(offset + FrameWalker.TYPE_OFFSET, ByteOrder.LITTLE_ENDIAN)
                        == FrameWalker.TYPE_PADDING
                && isPlace(segment, offset, streamId, termId(position), termOffset);
    }

    private static boolean isDataHeader(
            final DirectBuffer segment,
            final int offset,
            final int frameLength,
            final int flags,
            final int streamId,
            final int termId,
            final int termOffset) {
        return intAt(segment, offset + FrameWalker.FRAME_LENGTH_OFFSET) == frameLength
                && intAt(segment, offset + FrameWalker.VERSION_OFFSET) == (DATA_TYPE_SHIFTED | flags << 8)
                && isPlace(segment, offset, streamId, termId, termOffset)
                && segment.getLong(offset + FrameWalker.RESERVED_VALUE_OFFSET, ByteOrder.LITTLE_ENDIAN) == 0;
    }

    private static boolean isPlace(
            final DirectBuffer segment, final int offset, final int streamId, final int termId, final int termOffset) {
        return intAt(segment, offset + FrameWalker.TERM_OFFSET_OFFSET) == termOffset
                && intAt(segment, offset + FrameWalker.STREAM_ID_OFFSET) == streamId
                && intAt(segment, offset + FrameWalker.TERM_ID_OFFSET) == termId;
    }

    /**
     * Whether two stretches of bytes are equal.
     *
     * @param left        one buffer.
     * @param leftOffset  of its first byte.
     * @param right       the other buffer.
     * @param rightOffset of its first byte.
     * @param length      in bytes.
     * @return true if they are.
     */
    public static boolean isEqual(
            final DirectBuffer left,
            final int leftOffset,
            final DirectBuffer right,
            final int rightOffset,
            final int length) {
        final int wide = length & ~(Long.BYTES - 1);
        for (int i = 0; i < wide; i += Long.BYTES) {
            if (left.getLong(leftOffset + i) != right.getLong(rightOffset + i)) {
                return false;
            }
        }
        for (int i = wide; i < length; i++) {
            if (left.getByte(leftOffset + i) != right.getByte(rightOffset + i)) {
                return false;
            }
        }
        return true;
    }

    private static int intAt(final DirectBuffer buffer, final int index) {
        return buffer.getInt(index, ByteOrder.LITTLE_ENDIAN);
    }

    private static int termId(final long position) {
        return (int) (JournalFormat.INITIAL_TERM_ID + position / JournalFormat.TERM_LENGTH);
    }

    private static int termOffset(final long position) {
        return (int) position & (JournalFormat.TERM_LENGTH - 1);
    }
}
