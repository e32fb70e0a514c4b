package io.lockstep.testkit.compare;

import org.agrona.DirectBuffer;

/** FNV-1a over 64 bits with a final mix: not the hash of the journal, so that the comparer does not share its faults. */
final class PayloadHash {
    private static final long OFFSET_BASIS = 0xcbf29ce484222325L;
    private static final long PRIME = 0x100000001b3L;
    private static final long MIX = 0xff51afd7ed558ccdL;

    private PayloadHash() {}

    static long of(final DirectBuffer buffer, final int offset, final int length) {
        long hash = OFFSET_BASIS;
        for (int i = 0; i < length; i++) {
            hash = (hash ^ (buffer.getByte(offset + i) & 0xFF)) * PRIME;
        }
        hash = (hash ^ length) * PRIME;
        hash = (hash ^ (hash >>> 33)) * MIX;
        return hash ^ (hash >>> 33);
    }
}
