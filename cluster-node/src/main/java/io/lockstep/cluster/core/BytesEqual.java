package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;

/** Compares ranges of bytes without a view of them, so without allocating. */
final class BytesEqual {
    private BytesEqual() {}

    static boolean areEqual(
            final DirectBuffer left,
            final int leftOffset,
            final DirectBuffer right,
            final int rightOffset,
            final int length) {
        int index = 0;
        for (final int limit = length & ~7; index < limit; index += Long.BYTES) {
            if (left.getLong(leftOffset + index) != right.getLong(rightOffset + index)) {
                return false;
            }
        }
        for (; index < length; index++) {
            if (left.getByte(leftOffset + index) != right.getByte(rightOffset + index)) {
                return false;
            }
        }
        return true;
    }
}
