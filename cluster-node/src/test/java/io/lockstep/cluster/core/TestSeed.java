package io.lockstep.cluster.core;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;

/** The seed of a test: from {@code -Dlockstep.seed}, or a new one; printed either way. */
final class TestSeed {
    private TestSeed() {}

    /** Number of seeds for a test: from {@code -Dlockstep.seeds}, or that of a normal build. */
    static int count(final int normal) {
        return Integer.getInteger("lockstep.seeds", normal);
    }

    /** Whether at least as many seeds ran as in a normal build; not where a failure is repeated. */
    static boolean isWhole(final int normal) {
        return count(normal) >= normal;
    }

    /** Checks what random choices led to: all that is expected where enough seeds ran, and never anything else. */
    static <T> void assertReached(final int normal, final Set<T> expected, final Set<T> reached) {
        if (isWhole(normal)) {
            assertEquals(expected, reached, "what was reached");
        } else {
            assertTrue(expected.containsAll(reached), () -> reached + " were reached, expected at most " + expected);
        }
    }

    /** The failure of a seed, and how to repeat it. */
    static AssertionError failureOf(final long seed, final Throwable cause) {
        return new AssertionError(
                "seed " + seed + " failed, repeat with -Dlockstep.seed=" + seed + " -Dlockstep.seeds=1", cause);
    }

    static long next(final String test) {
        final String given = System.getProperty("lockstep.seed", "");
        final long seed = given.isBlank() ? System.nanoTime() & 0xFFFF_FFFFL : Long.parseLong(given.trim());
        System.out.println(test + ": seed " + seed + ", repeat with -Dlockstep.seed=" + seed);
        return seed;
    }
}
