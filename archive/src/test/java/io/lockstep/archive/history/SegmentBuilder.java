package io.lockstep.archive.history;

import io.lockstep.wire.JournalFormat;
import java.nio.ByteOrder;
import org.agrona.concurrent.UnsafeBuffer;

/** Writes records into a buffer the way a recording of a journal holds them. */
final class SegmentBuilder {
    private static final int STREAM_ID = JournalFormat.streamId(0);

    final UnsafeBuffer buffer;
    final long segmentPosition;
    private long position;

    SegmentBuilder(final int length, final long segmentPosition) {
        this(length, segmentPosition, segmentPosition);
    }

    SegmentBuilder(final int length, final long segmentPosition, final long position) {
        this.buffer = new UnsafeBuffer(new byte[length]);
        this.segmentPosition = segmentPosition;
        this.position = position;
    }

    long position() {
        return position;
    }

    SegmentBuilder append(final byte[] record) {
        final long begin = JournalFormat.beginPosition(position, record.length);
        if (begin > position) {
            header(position, (int) (begin - position), FrameWalker.TYPE_PADDING, 0);
        }
        int done = 0;
        long framePosition = begin;
        while (done < record.length) {
            final int length = Math.min(JournalFormat.MAX_FRAME_PAYLOAD_LENGTH, record.length - done);
            final int flags = (done == 0 ? FrameWalker.BEGIN_FLAG : 0)
                    | (done + length == record.length ? FrameWalker.END_FLAG : 0);
            header(framePosition, length + JournalFormat.FRAME_HEADER_LENGTH, FrameWalker.TYPE_DATA, flags);
            buffer.putBytes(index(framePosition) + JournalFormat.FRAME_HEADER_LENGTH, record, done, length);
            done += length;
            framePosition += (length + JournalFormat.FRAME_HEADER_LENGTH + 31) & ~31;
        }
        position = framePosition;
        return this;
    }

    int index(final long journalPosition) {
        return (int) (journalPosition - segmentPosition);
    }

    private void header(final long at, final int frameLength, final int type, final int flags) {
        final int offset = index(at);
        buffer.putInt(offset + FrameWalker.FRAME_LENGTH_OFFSET, frameLength, ByteOrder.LITTLE_ENDIAN);
        buffer.putByte(offset + FrameWalker.VERSION_OFFSET, (byte) 0);
        buffer.putByte(offset + FrameWalker.FLAGS_OFFSET, (byte) flags);
        buffer.putShort(offset + FrameWalker.TYPE_OFFSET, (short) type, ByteOrder.LITTLE_ENDIAN);
        final int termOffset = (int) at & (JournalFormat.TERM_LENGTH - 1);
        buffer.putInt(offset + FrameWalker.TERM_OFFSET_OFFSET, termOffset, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(offset + FrameWalker.SESSION_ID_OFFSET, 77, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(offset + FrameWalker.STREAM_ID_OFFSET, STREAM_ID, ByteOrder.LITTLE_ENDIAN);
        buffer.putInt(
                offset + FrameWalker.TERM_ID_OFFSET, (int) (at / JournalFormat.TERM_LENGTH), ByteOrder.LITTLE_ENDIAN);
    }
}
