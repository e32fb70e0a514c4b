package io.lockstep.perf.rig;

/**
 * What the bare echo reached on two quiet shared cores when it was frozen: medians of three rounds, three nodes, 100
 * bytes, JDK 17. An echo that is much slower tells of a busy machine, not of Aeron. Pure.
 */
final class EchoReference {
    /** An echo this many times slower than the reference is called slow; rounds on a quiet machine differ by less. */
    static final double SLOW_FACTOR = 1.3;

    private static final int LENGTH_BYTES = 100;

    private EchoReference() {}

    /**
     * The median at a rate.
     *
     * @param ratePerSecond of the load.
     * @param lengthBytes   of each payload.
     * @return in microseconds; not a number where it was not measured.
     */
    static double p50Us(final long ratePerSecond, final int lengthBytes) {
        if (lengthBytes == LENGTH_BYTES && ratePerSecond == 1_000) {
            return 571;
        }
        if (lengthBytes == LENGTH_BYTES && ratePerSecond == 10_000) {
            return 743;
        }
        return Double.NaN;
    }

    /**
     * Whether an echo is so slow that a ratio to it flatters.
     *
     * @param medianUs      of the echo.
     * @param ratePerSecond of the load.
     * @param lengthBytes   of each payload.
     * @return false also where there is no reference.
     */
    static boolean isSlow(final double medianUs, final long ratePerSecond, final int lengthBytes) {
        return medianUs > p50Us(ratePerSecond, lengthBytes) * SLOW_FACTOR;
    }
}
