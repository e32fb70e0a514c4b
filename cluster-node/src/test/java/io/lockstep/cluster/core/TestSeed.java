package io.lockstep.cluster.core;

/** The seed of a test: from {@code -Dlockstep.seed}, or a new one; printed either way. */
final class TestSeed {
    private TestSeed() {}

    /** Number of seeds for a test: from {@code -Dlockstep.seeds}, or that of a normal build. */
    static int count(final int normal) {
        return Integer.getInteger("lockstep.seeds", normal);
    }

    static long next(final String test) {
        final String given = System.getProperty("lockstep.seed", "");
        final long seed = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given.trim());
        System.out.println(test + ": seed " + seed + ", repeat with -Dlockstep.seed=" + seed);
        return seed;
    }
}
