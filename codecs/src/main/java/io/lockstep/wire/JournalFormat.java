package io.lockstep.wire;

/**
 * The shape of a journal, which is the same on every node for ever: a position means the same record everywhere only
 * because term length, MTU and framing are. Values are part of the journal epoch and stored in each snapshot; they are
 * constants and not configuration, because replicas with other values would place records elsewhere.
 *
 * <p>Framing is Aeron's (Aeron 1.51, {@code LogBufferDescriptor.computeFragmentedFrameLength} and the end of term rule
 * of {@code ExclusivePublication}): a message that fits one frame takes its length plus header, aligned; a longer one
 * is cut into frames of the MTU; a message that does not fit the rest of a term is preceded by padding to its end.
 */
public final class JournalFormat {
    /** Epoch of this format; another term length or MTU is another epoch. */
    public static final int EPOCH = 1;

    /** Term length in bytes. The greatest message is an eighth of it, so 16 MiB carries the 1 MiB payload. */
    public static final int TERM_LENGTH = 16 * 1024 * 1024;

    /** MTU in bytes, frame header included. */
    public static final int MTU_LENGTH = 8192;

    /** Initial term id of every recording. */
    public static final int INITIAL_TERM_ID = 0;

    /** Length of Aeron's data frame header in bytes. */
    public static final int FRAME_HEADER_LENGTH = 32;

    /** Alignment of frames in bytes. */
    public static final int FRAME_ALIGNMENT = 32;

    /** Greatest payload of a frame in bytes. */
    public static final int MAX_FRAME_PAYLOAD_LENGTH = MTU_LENGTH - FRAME_HEADER_LENGTH;

    /** Greatest length of a record in bytes. */
    public static final int MAX_RECORD_LENGTH = TERM_LENGTH / 8;

    /** Stream id of the journal of shard 0; shard {@code s} has this plus {@code s}. */
    public static final int STREAM_ID_BASE = 3000;

    private JournalFormat() {}

    /**
     * Stream id of a shard's journal.
     *
     * @param shardId from 0.
     * @return the stream id, the same on every node.
     */
    public static int streamId(final int shardId) {
        return STREAM_ID_BASE + shardId;
    }

    /**
     * Bytes that a record takes in the journal, headers of its frames and alignment included, padding before it not.
     *
     * @param recordLength in bytes.
     * @return the framed length in bytes.
     */
    public static int framedLength(final int recordLength) {
        if (recordLength <= MAX_FRAME_PAYLOAD_LENGTH) {
            return align(recordLength + FRAME_HEADER_LENGTH);
        }
        final int fullFrames = recordLength / MAX_FRAME_PAYLOAD_LENGTH;
        final int rest = recordLength % MAX_FRAME_PAYLOAD_LENGTH;
        final int lastFrame = rest > 0 ? align(rest + FRAME_HEADER_LENGTH) : 0;
        return fullFrames * MTU_LENGTH + lastFrame;
    }

    /**
     * Where a record begins when the journal ends at a position: there, or at the next term if the rest of the term is
     * too short.
     *
     * @param position     end of the journal.
     * @param recordLength in bytes.
     * @return the position of the record's first frame.
     */
    public static long beginPosition(final long position, final int recordLength) {
        final int termOffset = (int) position & (TERM_LENGTH - 1);
        if (termOffset + framedLength(recordLength) > TERM_LENGTH) {
            return position + (TERM_LENGTH - termOffset);
        }
        return position;
    }

    /**
     * Where the journal ends after a record was appended.
     *
     * @param position     end of the journal before it.
     * @param recordLength in bytes.
     * @return end of the journal after it.
     */
    public static long endPosition(final long position, final int recordLength) {
        return beginPosition(position, recordLength) + framedLength(recordLength);
    }

    private static int align(final int length) {
        return (length + (FRAME_ALIGNMENT - 1)) & -FRAME_ALIGNMENT;
    }
}
