package io.lockstep.archive.history;

import io.lockstep.wire.JournalFormat;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Walks the records of one segment of a journal: puts the frames of a record together and knows where the last whole
 * record ends. A record never crosses a term, so it never crosses a segment either. Checksums are not looked at here.
 *
 * <p>An instance belongs to one thread and does not own the segment's buffer. A record in one frame is shown in place,
 * a longer one is copied together; {@link #buffer()} is good until the next call of {@link #next()}.
 */
public final class RecordWalker {
    private final FrameWalker frames = new FrameWalker();
    private MutableDirectBuffer assembly;
    private DirectBuffer segment;
    private DirectBuffer recordBuffer;
    private int recordOffset;
    private int recordLength;
    private long beginPosition;
    private long endPosition;
    private int frameCount;
    private WalkStatus status = WalkStatus.LIMIT;

    /**
     * Begins a walk.
     *
     * @param buffer          with the segment, see {@link FrameWalker#wrap}.
     * @param segmentPosition journal position of its first byte.
     * @param beginPosition   where a record (or the padding before it) begins.
     * @param limitPosition   where the walk ends at the latest.
     * @return this.
     */
    public RecordWalker wrap(
            final DirectBuffer buffer, final long segmentPosition, final long beginPosition, final long limitPosition) {
        frames.wrap(buffer, segmentPosition, beginPosition, limitPosition);
        this.segment = buffer;
        this.beginPosition = beginPosition;
        this.endPosition = beginPosition;
        this.recordLength = 0;
        this.frameCount = 0;
        this.status = WalkStatus.LIMIT;
        return this;
    }

    /**
     * Moves to the next whole record, over padding.
     *
     * @return true if there is one; otherwise {@link #status()} says why not. After a false answer the walk is over.
     */
    public boolean next() {
        status = walkRecord();
        return status == WalkStatus.FOUND;
    }

    /**
     * What the last {@link #next()} found. {@link WalkStatus#TORN} is a record without its end, {@link
     * WalkStatus#DAMAGED} a frame that cannot be there; both lie behind {@link #endPosition()}.
     *
     * @return the status; never null.
     */
    public WalkStatus status() {
        return status;
    }

    /**
     * Where the record begins, behind padding.
     *
     * @return the journal position of its first frame.
     */
    public long beginPosition() {
        return beginPosition;
    }

    /**
     * Where the last whole record that was found ends, or where the walk began: the last record boundary so far.
     *
     * @return the journal position.
     */
    public long endPosition() {
        return endPosition;
    }

    /**
     * How far the walk has come, padding and unfinished records included.
     *
     * @return the journal position behind the last sound frame.
     */
    public long reachedPosition() {
        return frames.nextPosition();
    }

    /**
     * The buffer that holds the record.
     *
     * @return the segment's buffer or this walker's own.
     */
    public DirectBuffer buffer() {
        return recordBuffer;
    }

    /**
     * Index of the record's first byte in {@link #buffer()}.
     *
     * @return the index.
     */
    public int offset() {
        return recordOffset;
    }

    /**
     * Length of the record.
     *
     * @return the length in bytes, frame headers left out.
     */
    public int length() {
        return recordLength;
    }

    /**
     * In how many frames the record lies.
     *
     * @return the count, at least 1.
     */
    public int frameCount() {
        return frameCount;
    }

    private WalkStatus walkRecord() {
        do {
            if (!frames.next()) {
                return frames.status();
            }
        } while (frames.isPadding());
        if (!frames.isBegin()) {
            return WalkStatus.DAMAGED;
        }
        final long begin = frames.position();
        int length = frames.payloadLength();
        int count = 1;
        if (frames.isEnd()) {
            recordBuffer = segment;
            recordOffset = frames.payloadOffset();
        } else {
            if (assembly == null) {
                assembly = new UnsafeBuffer(new byte[JournalFormat.MAX_RECORD_LENGTH]);
            }
            recordBuffer = assembly;
            recordOffset = 0;
            assembly.putBytes(0, segment, frames.payloadOffset(), length);
            do {
                if (!frames.next()) {
                    return frames.status() == WalkStatus.DAMAGED ? WalkStatus.DAMAGED : WalkStatus.TORN;
                }
                if (frames.isPadding()
                        || frames.isBegin()
                        || length + frames.payloadLength() > JournalFormat.MAX_RECORD_LENGTH) {
                    return WalkStatus.DAMAGED;
                }
                assembly.putBytes(length, segment, frames.payloadOffset(), frames.payloadLength());
                length += frames.payloadLength();
                count++;
            } while (!frames.isEnd());
        }
        if (begin + JournalFormat.framedLength(length) != frames.nextPosition()) {
            return WalkStatus.DAMAGED;
        }
        beginPosition = begin;
        endPosition = frames.nextPosition();
        recordLength = length;
        frameCount = count;
        return WalkStatus.FOUND;
    }
}
