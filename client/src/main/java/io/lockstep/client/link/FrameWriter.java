package io.lockstep.client.link;

import io.aeron.Publication;
import io.lockstep.codecs.GatewayPieceEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends messages as frames: a short one as it is, a longer one in pieces. A message of which a piece was sent is taken: its
 * rest is kept and goes before anything else. Belongs to one thread; allocates for messages only that are longer than a
 * frame and are held up.
 */
public final class FrameWriter {
    private static final int PIECE_HEAD_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + GatewayPieceEncoder.BLOCK_LENGTH
            + GatewayPieceEncoder.pieceHeaderLength();

    // Kept between messages; what a longer one needed is given back.
    private static final int KEPT_LENGTH = 64 << 10;
    private static final byte[] EMPTY = new byte[0];

    private final FrameSink sink;
    private final MutableDirectBuffer frame;
    private final int maxFrameLength;
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final GatewayPieceEncoder piece = new GatewayPieceEncoder();
    private final UnsafeBuffer rest = new UnsafeBuffer(EMPTY);
    private int restLength;
    private int restSent;

    /**
     * Writes to a sink.
     *
     * @param sink  takes the frames.
     * @param frame to make pieces in, at least as long as a frame; may be shared by the writers of one thread.
     */
    public FrameWriter(final FrameSink sink, final MutableDirectBuffer frame) {
        this.sink = sink;
        this.frame = frame;
        this.maxFrameLength = sink.maxFrameLength();
    }

    /**
     * Sends a message.
     *
     * @param message that holds it, valid during the call.
     * @param offset  of its message header.
     * @param length  in bytes, at most {@link LinkProtocol#MAX_MESSAGE_LENGTH}.
     * @return above 0 where it was taken, else a negative code of {@link Publication}.
     */
    public long offer(final DirectBuffer message, final int offset, final int length) {
        if (!flush()) {
            return Publication.BACK_PRESSURED;
        }
        if (length <= maxFrameLength) {
            return sink.offer(message, offset, length);
        }
        if (length > LinkProtocol.MAX_MESSAGE_LENGTH) {
            throw new IllegalArgumentException("a message through a gateway has at most "
                    + LinkProtocol.MAX_MESSAGE_LENGTH + " bytes, but it has " + length);
        }
        int sent = 0;
        while (sent < length) {
            final int count = Math.min(length - sent, maxFrameLength - PIECE_HEAD_LENGTH);
            final long result = sendPiece(message, offset, length, sent, count);
            if (result <= 0) {
                if (sent == 0) {
                    return result;
                }
                keepRest(message, offset, length, sent);
                return 1;
            }
            sent += count;
        }
        return 1;
    }

    /**
     * Sends what is left of a message.
     *
     * @return whether nothing is left.
     */
    public boolean flush() {
        while (restSent < restLength) {
            final int count = Math.min(restLength - restSent, maxFrameLength - PIECE_HEAD_LENGTH);
            if (sendPiece(rest, 0, restLength, restSent, count) <= 0) {
                return false;
            }
            restSent += count;
            if (restSent == restLength && rest.capacity() > KEPT_LENGTH) {
                rest.wrap(EMPTY);
            }
        }
        return true;
    }

    /**
     * Bytes that are kept for a message that is held up.
     *
     * @return in bytes.
     */
    public int heldBytes() {
        return rest.capacity();
    }

    private void keepRest(final DirectBuffer message, final int offset, final int length, final int sent) {
        if (rest.capacity() < length) {
            rest.wrap(new byte[length]);
        }
        rest.putBytes(sent, message, offset + sent, length - sent);
        restLength = length;
        restSent = sent;
    }

    private long sendPiece(
            final DirectBuffer message, final int offset, final int totalLength, final int sent, final int count) {
        piece.wrapAndApplyHeader(frame, 0, header)
                .totalLength(totalLength)
                .pieceOffset(sent)
                .putPiece(message, offset + sent, count);
        return sink.offer(frame, 0, PIECE_HEAD_LENGTH + count);
    }
}
