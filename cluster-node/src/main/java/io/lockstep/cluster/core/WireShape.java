package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderDecoder;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.sbe.MessageDecoderFlyweight;

/**
 * Explicit checks of lengths in bytes that came from elsewhere. They stand before any flyweight is wrapped: the bounds
 * checks of the buffers are switched off in production, so that a lying length would read foreign memory.
 */
final class WireShape {
    /** Returned where what was looked for does not fit the bytes. */
    static final int MALFORMED = -1;

    /** Length of the message header in bytes. */
    static final int HEADER_LENGTH = MessageHeaderDecoder.ENCODED_LENGTH;

    private static final int TEXT_LENGTH_BYTES = Short.BYTES;
    private static final int BYTES_LENGTH_BYTES = Integer.BYTES;
    private static final int GROUP_DIMENSIONS_BYTES = 2 * Short.BYTES;

    private WireShape() {}

    static boolean hasHeader(final int length) {
        return length >= HEADER_LENGTH;
    }

    static int blockLength(final DirectBuffer buffer, final int offset) {
        return uint16(buffer, offset);
    }

    static int templateId(final DirectBuffer buffer, final int offset) {
        return uint16(buffer, offset + 2);
    }

    static int schemaId(final DirectBuffer buffer, final int offset) {
        return uint16(buffer, offset + 4);
    }

    static int version(final DirectBuffer buffer, final int offset) {
        return uint16(buffer, offset + 6);
    }

    /**
     * Whether a message holds the whole block that it claims, and at least the block that its version has. The block of
     * this release is {@code knownBlockLength}.
     */
    static boolean hasBlock(final DirectBuffer buffer, final int offset, final int length, final int knownBlockLength) {
        final int blockLength = blockLength(buffer, offset);
        final int leastBlockLength =
                BlockLengths.ofMessage(templateId(buffer, offset), version(buffer, offset), knownBlockLength);
        return blockLength >= leastBlockLength && length - HEADER_LENGTH >= blockLength;
    }

    /** Wraps a message behind its header where {@link #hasBlock} holds; false where it does not. */
    static boolean wrap(
            final MessageDecoderFlyweight decoder, final DirectBuffer buffer, final int offset, final int length) {
        if (!hasBlock(buffer, offset, length, decoder.sbeBlockLength())) {
            return false;
        }
        decoder.wrap(buffer, offset + HEADER_LENGTH, blockLength(buffer, offset), version(buffer, offset));
        return true;
    }

    /** Wraps a message whose block is followed by one {@code varText}; false where either does not fit. */
    static boolean wrapWithText(
            final MessageDecoderFlyweight decoder, final DirectBuffer buffer, final int offset, final int length) {
        return wrap(decoder, buffer, offset, length)
                && endOfText(buffer, endOfBlock(buffer, offset), offset + length) != MALFORMED;
    }

    /** Whether the raw value of a {@code BooleanType} is one of the two. */
    static boolean isBoolean(final int raw) {
        return raw == BooleanType.FALSE.value() || raw == BooleanType.TRUE.value();
    }

    /** Whether the raw value of a {@code BooleanType} says yes. */
    static boolean isTrue(final int raw) {
        return raw == BooleanType.TRUE.value();
    }

    /** Index behind the block of a message of which {@link #hasBlock} holds. */
    static int endOfBlock(final DirectBuffer buffer, final int offset) {
        return offset + HEADER_LENGTH + blockLength(buffer, offset);
    }

    /** Index behind a {@code varText}, or {@link #MALFORMED}. */
    static int endOfText(final DirectBuffer buffer, final int index, final int end) {
        if (end - index < TEXT_LENGTH_BYTES) {
            return MALFORMED;
        }
        final int length = uint16(buffer, index);
        return end - index - TEXT_LENGTH_BYTES < length ? MALFORMED : index + TEXT_LENGTH_BYTES + length;
    }

    /** First byte of the text behind the block of a message of which {@link #wrapWithText} held. */
    static int textOffset(final DirectBuffer buffer, final int offset) {
        return endOfBlock(buffer, offset) + TEXT_LENGTH_BYTES;
    }

    /** Length in bytes of the text behind the block of a message of which {@link #wrapWithText} held. */
    static int textLength(final DirectBuffer buffer, final int offset) {
        return uint16(buffer, endOfBlock(buffer, offset));
    }

    /** A copy of the text behind the block of a message of which {@link #wrapWithText} held. */
    static byte[] textBehindBlock(final DirectBuffer buffer, final int offset) {
        final byte[] text = new byte[textLength(buffer, offset)];
        buffer.getBytes(textOffset(buffer, offset), text);
        return text;
    }

    /** Index behind a {@code varBytes}, or {@link #MALFORMED}. */
    static int endOfBytes(final DirectBuffer buffer, final int index, final int end) {
        if (end - index < BYTES_LENGTH_BYTES) {
            return MALFORMED;
        }
        final int length = buffer.getInt(index, ByteOrder.LITTLE_ENDIAN);
        return length < 0 || end - index - BYTES_LENGTH_BYTES < length
                ? MALFORMED
                : index + BYTES_LENGTH_BYTES + length;
    }

    /** Whether the dimensions of a group are there and its blocks are at least as long as they have to be. */
    static boolean hasGroup(final DirectBuffer buffer, final int index, final int end, final int leastBlockLength) {
        return end - index >= GROUP_DIMENSIONS_BYTES && uint16(buffer, index) >= leastBlockLength;
    }

    /** Whether a group without variable data fits whole. */
    static boolean hasFixedGroup(
            final DirectBuffer buffer, final int index, final int end, final int leastBlockLength) {
        if (!hasGroup(buffer, index, end, leastBlockLength)) {
            return false;
        }
        final long groupLength = (long) uint16(buffer, index) * groupCount(buffer, index);
        return end - index - GROUP_DIMENSIONS_BYTES >= groupLength;
    }

    static int groupCount(final DirectBuffer buffer, final int index) {
        return uint16(buffer, index + 2);
    }

    private static int uint16(final DirectBuffer buffer, final int index) {
        return buffer.getShort(index, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }
}
