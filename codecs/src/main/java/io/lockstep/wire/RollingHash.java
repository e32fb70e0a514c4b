package io.lockstep.wire;

import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * The 64-bit hash that chains the records of a journal and identifies a state. It is a multiply-and-shift mix over
 * eight bytes a step; it finds every accidental difference with a chance of missing one in 2^64, and it is no defence
 * against somebody who rewrites a whole journal on purpose: for that, keep checkpoint hashes elsewhere.
 *
 * <p>The value depends on the bytes and on how they are cut into updates; updates are records, so both are fixed.
 */
public final class RollingHash {
    /** The hash of nothing. */
    public static final long SEED = 0x9E3779B97F4A7C15L;

    private static final long PRIME_1 = 0xBF58476D1CE4E5B9L;
    private static final long PRIME_2 = 0x94D049BB133111EBL;

    private RollingHash() {}

    /**
     * Adds bytes.
     *
     * @param hash   of all before.
     * @param buffer that holds the bytes.
     * @param offset of the first byte.
     * @param length in bytes.
     * @return the hash with them.
     */
    public static long update(final long hash, final DirectBuffer buffer, final int offset, final int length) {
        long result = (hash ^ length) * PRIME_1;
        final int limit = offset + (length & ~7);
        int index = offset;
        for (; index < limit; index += Long.BYTES) {
            result = (result ^ buffer.getLong(index, ByteOrder.LITTLE_ENDIAN)) * PRIME_2;
            result ^= result >>> 29;
        }
        long tail = 0;
        final int end = offset + length;
        for (int shift = 0; index < end; index++, shift += Byte.SIZE) {
            tail |= (buffer.getByte(index) & 0xFFL) << shift;
        }
        return finish((result ^ tail) * PRIME_1);
    }

    /**
     * Adds one value.
     *
     * @param hash  of all before.
     * @param value to add.
     * @return the hash with it.
     */
    public static long update(final long hash, final long value) {
        return finish((((hash ^ Long.BYTES) * PRIME_1) ^ value) * PRIME_2);
    }

    private static long finish(final long value) {
        long result = value ^ (value >>> 32);
        result *= PRIME_2;
        return result ^ (result >>> 29);
    }
}
