package io.lockstep.cluster.node;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SlewedClusterClockTest {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private long monotonicNs = 5 * SECOND_NS;
    private long wallNs = 1_000_000 * SECOND_NS;
    private final SlewedClusterClock clock = new SlewedClusterClock(() -> monotonicNs, () -> wallNs);

    @Test
    void shouldFollowMonotonicTimeWhenWallTimeAgrees() {
        final long begin = clock.time();

        advance(10 * SECOND_NS);

        assertEquals(begin + 10 * SECOND_NS, clock.time());
    }

    @Test
    void shouldNeverRunBackwardsWhenWallTimeIsSetBack() {
        long last = clock.time();
        wallNs -= 3_600 * SECOND_NS;

        for (int i = 0; i < 10_000; i++) {
            advance(SECOND_NS / 10);
            final long now = clock.time();
            assertTrue(now >= last, "the clock ran backwards");
            last = now;
        }
    }

    @Test
    void shouldApproachWallTimeSlowlyWhenItIsALittleAhead() {
        clock.time();
        wallNs += SECOND_NS / 10;

        advance(SECOND_NS);
        final long errorAfterOneCheck = wallNs - clock.time();
        for (int i = 0; i < 100; i++) {
            advance(SECOND_NS);
            clock.time();
        }

        assertTrue(errorAfterOneCheck > 0, "one check must not make up for all of it");
        assertEquals(wallNs, clock.time());
    }

    @Test
    void shouldFollowAtOnceWhenWallTimeIsFarAhead() {
        clock.time();
        wallNs += 3_600 * SECOND_NS;

        advance(SECOND_NS);

        assertEquals(wallNs, clock.time());
    }

    private void advance(final long durationNs) {
        monotonicNs += durationNs;
        wallNs += durationNs;
    }
}
