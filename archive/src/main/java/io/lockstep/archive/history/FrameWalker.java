package io.lockstep.archive.history;

import io.lockstep.wire.JournalFormat;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Walks the frames of one segment of a journal, padding included, and checks that each header is one that a journal
 * can have at that position. It looks at the bytes in place and allocates nothing. An instance belongs to one thread
 * and does not own the buffer; the accessors speak of the frame that {@link #next()} found last.
 *
 * <p>The layout of the header is that of Aeron's data frames (protocol version 0, little endian).
 */
public final class FrameWalker {
    /** Flag of the first frame of a record. */
    public static final int BEGIN_FLAG = 0x80;

    /** Flag of the last frame of a record. */
    public static final int END_FLAG = 0x40;

    /** Offset of the frame length, which counts the header and not the alignment. */
    public static final int FRAME_LENGTH_OFFSET = 0;

    /** Offset of the protocol version, one byte. */
    public static final int VERSION_OFFSET = 4;

    /** Offset of the flags, one byte. */
    public static final int FLAGS_OFFSET = 5;

    /** Offset of the frame type, two bytes. */
    public static final int TYPE_OFFSET = 6;

    /** Offset of the term offset. */
    public static final int TERM_OFFSET_OFFSET = 8;

    /** Offset of the session id, the only field in which replicas differ. */
    public static final int SESSION_ID_OFFSET = 12;

    /** Offset of the stream id. */
    public static final int STREAM_ID_OFFSET = 16;

    /** Offset of the term id. */
    public static final int TERM_ID_OFFSET = 20;

    /** Offset of the reserved value. */
    public static final int RESERVED_VALUE_OFFSET = 24;

    /** Type of padding. */
    public static final int TYPE_PADDING = 0;

    /** Type of data. */
    public static final int TYPE_DATA = 1;

    private DirectBuffer buffer;
    private long segmentPosition;
    private long limit;
    private long nextPosition;
    private long position;
    private int frameLength;
    private WalkStatus status = WalkStatus.LIMIT;

    /**
     * Begins a walk.
     *
     * @param buffer          with the segment; index 0 is the first byte of the segment. It may be shorter than the
     *                        segment: the walk then ends where it ends.
     * @param segmentPosition journal position of the first byte of the segment, where a term begins.
     * @param beginPosition   journal position of the frame to begin with, inside the segment.
     * @param limitPosition   journal position where the walk ends at the latest; it may lie behind the segment.
     * @return this.
     * @throws IllegalArgumentException if the positions do not fit each other.
     */
    public FrameWalker wrap(
            final DirectBuffer buffer, final long segmentPosition, final long beginPosition, final long limitPosition) {
        if (segmentPosition < 0 || (segmentPosition & (JournalFormat.TERM_LENGTH - 1)) != 0) {
            throw new IllegalArgumentException("a segment begins where a term begins, but not at " + segmentPosition);
        }
        if (beginPosition < segmentPosition || (beginPosition & (JournalFormat.FRAME_ALIGNMENT - 1)) != 0) {
            throw new IllegalArgumentException(
                    "position " + beginPosition + " is no place for a frame in the segment at " + segmentPosition);
        }
        this.buffer = buffer;
        this.segmentPosition = segmentPosition;
        this.limit = Math.min(limitPosition, segmentPosition + buffer.capacity());
        this.nextPosition = beginPosition;
        this.position = beginPosition;
        this.frameLength = 0;
        this.status = WalkStatus.LIMIT;
        return this;
    }

    /**
     * Moves to the next frame.
     *
     * @return true if there is one; otherwise {@link #status()} says why not, and {@link #nextPosition()} where.
     */
    public boolean next() {
        status = inspect();
        if (status != WalkStatus.FOUND) {
            return false;
        }
        position = nextPosition;
        nextPosition = position + align(frameLength);
        return true;
    }

    /**
     * What the last {@link #next()} found.
     *
     * @return the status; never null.
     */
    public WalkStatus status() {
        return status;
    }

    /**
     * Journal position of the first byte of the frame's header.
     *
     * @return the position.
     */
    public long position() {
        return position;
    }

    /**
     * Journal position behind the last frame that was found, alignment included; where the walk goes on.
     *
     * @return the position.
     */
    public long nextPosition() {
        return nextPosition;
    }

    /**
     * Length of the frame with its header and without alignment.
     *
     * @return the length in bytes.
     */
    public int frameLength() {
        return frameLength;
    }

    /**
     * Index in the buffer of the first byte of the frame's header.
     *
     * @return the index.
     */
    public int frameOffset() {
        return (int) (position - segmentPosition);
    }

    /**
     * Index in the buffer of the first byte behind the frame's header.
     *
     * @return the index.
     */
    public int payloadOffset() {
        return frameOffset() + JournalFormat.FRAME_HEADER_LENGTH;
    }

    /**
     * Length of what the frame carries.
     *
     * @return the length in bytes; of padding there are none.
     */
    public int payloadLength() {
        return isPadding() ? 0 : frameLength - JournalFormat.FRAME_HEADER_LENGTH;
    }

    /**
     * Whether the frame only fills the rest of a term.
     *
     * @return true if it carries nothing.
     */
    public boolean isPadding() {
        return type(frameOffset()) == TYPE_PADDING;
    }

    /**
     * Whether a record begins with this frame.
     *
     * @return true for the first frame of a record, never for padding.
     */
    public boolean isBegin() {
        return !isPadding() && (flags(frameOffset()) & BEGIN_FLAG) != 0;
    }

    /**
     * Whether a record ends with this frame.
     *
     * @return true for the last frame of a record, never for padding.
     */
    public boolean isEnd() {
        return !isPadding() && (flags(frameOffset()) & END_FLAG) != 0;
    }

    /**
     * Session id of the publication that wrote the frame. It says nothing about the journal: it changes at each start.
     *
     * @return the session id.
     */
    public int sessionId() {
        return buffer.getInt(frameOffset() + SESSION_ID_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    /**
     * Stream id of the frame.
     *
     * @return the stream id.
     */
    public int streamId() {
        return buffer.getInt(frameOffset() + STREAM_ID_OFFSET, ByteOrder.LITTLE_ENDIAN);
    }

    private WalkStatus inspect() {
        if (nextPosition >= limit) {
            return WalkStatus.LIMIT;
        }
        if (nextPosition + JournalFormat.FRAME_HEADER_LENGTH > limit) {
            return WalkStatus.TORN;
        }
        final int offset = (int) (nextPosition - segmentPosition);
        final int length = buffer.getInt(offset + FRAME_LENGTH_OFFSET, ByteOrder.LITTLE_ENDIAN);
        if (length == 0) {
            return WalkStatus.BLANK;
        }
        if (!isHeaderSound(offset, length)) {
            return WalkStatus.DAMAGED;
        }
        if (nextPosition + align(length) > limit) {
            return WalkStatus.TORN;
        }
        frameLength = length;
        return WalkStatus.FOUND;
    }

    private boolean isHeaderSound(final int offset, final int length) {
        final int termOffset = (int) nextPosition & (JournalFormat.TERM_LENGTH - 1);
        final long termCount = nextPosition / JournalFormat.TERM_LENGTH;
        if (buffer.getInt(offset + TERM_OFFSET_OFFSET, ByteOrder.LITTLE_ENDIAN) != termOffset
                || buffer.getInt(offset + TERM_ID_OFFSET, ByteOrder.LITTLE_ENDIAN)
                        != (int) (JournalFormat.INITIAL_TERM_ID + termCount)
                || buffer.getByte(offset + VERSION_OFFSET) != 0) {
            return false;
        }
        return switch (type(offset)) {
            case TYPE_DATA ->
                length > JournalFormat.FRAME_HEADER_LENGTH
                        && length <= JournalFormat.MTU_LENGTH
                        && termOffset + align(length) <= JournalFormat.TERM_LENGTH;
            case TYPE_PADDING ->
                length >= JournalFormat.FRAME_HEADER_LENGTH && termOffset + length == JournalFormat.TERM_LENGTH;
            default -> false;
        };
    }

    private int type(final int offset) {
        return buffer.getShort(offset + TYPE_OFFSET, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }

    private int flags(final int offset) {
        return buffer.getByte(offset + FLAGS_OFFSET) & 0xFF;
    }

    private static int align(final int length) {
        return (length + (JournalFormat.FRAME_ALIGNMENT - 1)) & -JournalFormat.FRAME_ALIGNMENT;
    }
}
