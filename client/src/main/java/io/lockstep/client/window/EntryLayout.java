package io.lockstep.client.window;

import io.lockstep.codecs.PublishEncoder;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.MutableDirectBuffer;

/**
 * Writes entries of a {@code Publish} command one by one, each into bytes of its own, so that any run of neighbours forms
 * the body of a command without being encoded again.
 */
public final class EntryLayout {
    /** Expected topic sequence that sets no condition. */
    public static final long NO_CONDITION = -1;

    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final int BLOCK_LENGTH = PublishEncoder.EntriesEncoder.sbeBlockLength();
    private static final int LENGTHS = Short.BYTES + Integer.BYTES + Integer.BYTES;

    private EntryLayout() {}

    /**
     * Bytes that an entry takes.
     *
     * @param topicLength   in bytes.
     * @param headersLength in bytes.
     * @param payloadLength in bytes.
     * @return the length in bytes.
     */
    public static int encodedLength(final int topicLength, final int headersLength, final int payloadLength) {
        return BLOCK_LENGTH + LENGTHS + topicLength + headersLength + payloadLength;
    }

    /**
     * Writes the head of an entry: condition and topic.
     *
     * @param target                buffer to write to.
     * @param index                 where the entry begins.
     * @param expectedTopicSequence condition, or {@link #NO_CONDITION}.
     * @param topic                 name of the topic in UTF-8.
     * @return index behind what was written, where the headers follow.
     */
    public static int putHead(
            final MutableDirectBuffer target, final int index, final long expectedTopicSequence, final byte[] topic) {
        target.putLong(index, expectedTopicSequence, ORDER);
        target.putShort(index + BLOCK_LENGTH, (short) topic.length, ORDER);
        target.putBytes(index + BLOCK_LENGTH + Short.BYTES, topic);
        return index + BLOCK_LENGTH + Short.BYTES + topic.length;
    }

    /**
     * Writes bytes with their length: headers, then the payload.
     *
     * @param target buffer to write to.
     * @param index  where to begin.
     * @param source buffer to copy from; may be null where the length is 0.
     * @param offset of the first byte.
     * @param length in bytes.
     * @return index behind what was written.
     */
    public static int putBytes(
            final MutableDirectBuffer target,
            final int index,
            final DirectBuffer source,
            final int offset,
            final int length) {
        target.putInt(index, length, ORDER);
        if (length > 0) {
            target.putBytes(index + Integer.BYTES, source, offset, length);
        }
        return index + Integer.BYTES + length;
    }
}
