package io.lockstep.client.link;

import io.lockstep.codecs.GatewayPieceDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Makes messages of frames, see {@link FrameWriter}. What cannot be is not taken, and nothing any more after it: {@link
 * #isBroken()}. Belongs to one thread.
 */
public final class FrameReader {
    private static final int KEPT_LENGTH = 64 << 10;
    private static final byte[] EMPTY = new byte[0];

    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private final GatewayPieceDecoder piece = new GatewayPieceDecoder();
    private final UnsafeBuffer assembled = new UnsafeBuffer(EMPTY);
    private int totalLength;
    private int nextOffset;
    private int maxLength;
    private boolean isBroken;

    /**
     * Nothing came yet.
     *
     * @param maxLength of a message in pieces, at most {@link LinkProtocol#MAX_MESSAGE_LENGTH}.
     */
    public FrameReader(final int maxLength) {
        this.maxLength = maxLength;
    }

    /**
     * Takes longer messages from now on.
     *
     * @param newMaxLength of a message in pieces, at most {@link LinkProtocol#MAX_MESSAGE_LENGTH}.
     */
    public void maxLength(final int newMaxLength) {
        maxLength = newMaxLength;
    }

    /**
     * A frame came.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length in bytes.
     * @param taker  of messages.
     * @return false where the frame is to come again, because its message was not taken.
     */
    public boolean onFrame(final DirectBuffer buffer, final int offset, final int length, final MessageTaker taker) {
        if (isBroken) {
            return true;
        }
        if (length < MessageHeaderDecoder.ENCODED_LENGTH) {
            isBroken = true;
            return true;
        }
        header.wrap(buffer, offset);
        if (header.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
            isBroken = true;
            return true;
        }
        if (header.templateId() == GatewayPieceDecoder.TEMPLATE_ID) {
            return onPiece(buffer, offset, length, taker);
        }
        isBroken = totalLength != 0;
        return isBroken || taker.onMessage(buffer, offset, length);
    }

    /**
     * Whether the other side does not keep to the protocol.
     *
     * @return true if so, for good.
     */
    public boolean isBroken() {
        return isBroken;
    }

    private boolean onPiece(final DirectBuffer buffer, final int offset, final int length, final MessageTaker taker) {
        final int headLength = MessageHeaderDecoder.ENCODED_LENGTH + header.blockLength();
        if (header.blockLength() < GatewayPieceDecoder.BLOCK_LENGTH
                || length < headLength + GatewayPieceDecoder.pieceHeaderLength()) {
            isBroken = true;
            return true;
        }
        piece.wrapAndApplyHeader(buffer, offset, header);
        final int pieceLength = piece.pieceLength();
        final int pieceOffset = piece.pieceOffset();
        final int wholeLength = piece.totalLength();
        // The one that completes a message comes again where the message is not taken: it belongs where it was.
        final boolean isInPlace = pieceOffset == 0
                ? nextOffset == 0 && wholeLength > 0 && wholeLength <= maxLength
                : pieceOffset == nextOffset && wholeLength == totalLength;
        if (!isInPlace
                || pieceLength <= 0
                || pieceLength > length - headLength - GatewayPieceDecoder.pieceHeaderLength()
                || pieceLength > wholeLength - pieceOffset) {
            isBroken = true;
            return true;
        }
        if (pieceOffset == 0) {
            totalLength = wholeLength;
            if (assembled.capacity() < wholeLength) {
                assembled.wrap(new byte[wholeLength]);
            }
        }
        piece.getPiece(assembled, pieceOffset, pieceLength);
        if (pieceOffset + pieceLength < totalLength) {
            nextOffset = pieceOffset + pieceLength;
            return true;
        }
        return complete(taker);
    }

    private boolean complete(final MessageTaker taker) {
        if (totalLength < MessageHeaderDecoder.ENCODED_LENGTH) {
            isBroken = true;
            return true;
        }
        if (!taker.onMessage(assembled, 0, totalLength)) {
            return false;
        }
        totalLength = 0;
        nextOffset = 0;
        if (assembled.capacity() > KEPT_LENGTH) {
            assembled.wrap(EMPTY);
        }
        return true;
    }
}
