package io.lockstep.cluster.core;

import io.lockstep.wire.RollingHash;
import org.agrona.DirectBuffer;

/** Hashes what it is given. Belongs to one thread. */
final class HashSink implements SnapshotSink {
    private long hash = RollingHash.SEED;

    /** {@inheritDoc} */
    @Override
    public void append(final DirectBuffer buffer, final int offset, final int length) {
        hash = RollingHash.update(hash, buffer, offset, length);
    }

    long hash() {
        return hash;
    }
}
