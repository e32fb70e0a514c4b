package io.lockstep.client;

import io.lockstep.topic.KeyHash;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/** The key of a message that is about to be published, found in its header block. Allocates nothing. */
final class TopicKey {
    /** There is no key. */
    static final int NONE = -1;

    private static final byte[] KEY = ReservedHeaders.bytesOf(ReservedHeaders.KEY);

    private TopicKey() {}

    /**
     * The partition of the key in a header block. The block is a program's own, so it may be anything: one that is not well
     * formed has no key, and the cluster refuses it.
     *
     * @return the partition, or {@link #NONE} where there is no key.
     */
    static int partitionOf(final DirectBuffer buffer, final int offset, final int length, final int partitions) {
        final int end = offset + length;
        int index = offset;
        while (end - index >= Short.BYTES) {
            final int nameLength = buffer.getShort(index, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
            final int nameOffset = index + Short.BYTES;
            if (end - nameOffset - nameLength < Integer.BYTES) {
                return NONE;
            }
            final int valueLength = buffer.getInt(nameOffset + nameLength, ByteOrder.LITTLE_ENDIAN);
            final int valueOffset = nameOffset + nameLength + Integer.BYTES;
            if (valueLength < 0 || end - valueOffset < valueLength) {
                return NONE;
            }
            if (ReservedHeaders.isKey(KEY, buffer, nameOffset, nameLength)) {
                return KeyHash.partitionOf(buffer, valueOffset, valueLength, partitions);
            }
            index = valueOffset + valueLength;
        }
        return NONE;
    }
}
