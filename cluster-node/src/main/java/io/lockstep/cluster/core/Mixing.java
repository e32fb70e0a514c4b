package io.lockstep.cluster.core;

/** Spreads the bits of numbers that are close to each other. */
final class Mixing {
    private Mixing() {}

    /** A bijection whose low bits depend on all bits (the finalizer of MurmurHash3). */
    static long mix(final long value) {
        long mixed = value;
        mixed ^= mixed >>> 33;
        mixed *= 0xFF51AFD7ED558CCDL;
        mixed ^= mixed >>> 33;
        mixed *= 0xC4CEB9FE1A85EC53L;
        mixed ^= mixed >>> 33;
        return mixed;
    }
}
