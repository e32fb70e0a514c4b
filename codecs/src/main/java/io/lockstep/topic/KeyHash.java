package io.lockstep.topic;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Which partition the messages of a key belong to: MurmurHash3, x86, 32 bit, seed 0, over the bytes of the key, as an
 * unsigned number modulo the number of partitions. This is for ever. Allocates nothing.
 */
public final class KeyHash {
    private static final int C1 = 0xCC9E2D51;
    private static final int C2 = 0x1B873593;

    private KeyHash() {}

    /**
     * The partition of a key.
     *
     * @param buffer     that holds the key.
     * @param offset     of its first byte.
     * @param length     in bytes, may be 0.
     * @param partitions number of partitions, above 0.
     * @return from 0 and below the number of partitions.
     */
    public static int partitionOf(final DirectBuffer buffer, final int offset, final int length, final int partitions) {
        return Integer.remainderUnsigned(murmur3(buffer, offset, length, 0), partitions);
    }

    /**
     * MurmurHash3, x86, 32 bit.
     *
     * @param buffer that holds the bytes.
     * @param offset of the first one.
     * @param length in bytes.
     * @param seed   of the hash.
     * @return all 32 bits.
     */
    public static int murmur3(final DirectBuffer buffer, final int offset, final int length, final int seed) {
        int hash = seed;
        final int tail = offset + (length & ~3);
        for (int index = offset; index < tail; index += Integer.BYTES) {
            hash ^= mixed(buffer.getInt(index, ByteOrder.LITTLE_ENDIAN));
            hash = Integer.rotateLeft(hash, 13) * 5 + 0xE6546B64;
        }
        int rest = 0;
        for (int index = offset + length - 1; index >= tail; index--) {
            rest = rest << Byte.SIZE | (buffer.getByte(index) & 0xFF);
        }
        hash ^= mixed(rest);
        hash ^= length;
        hash = (hash ^ (hash >>> 16)) * 0x85EBCA6B;
        hash = (hash ^ (hash >>> 13)) * 0xC2B2AE35;
        return hash ^ (hash >>> 16);
    }

    private static int mixed(final int word) {
        return Integer.rotateLeft(word * C1, 15) * C2;
    }
}
