package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class ClusterClockTest {
    private final ClusterClock clock = new ClusterClock();

    @Test
    void shouldKnowNothingWhenShardToldNothing() {
        clock.onDescribed(1, 500, 10);

        assertEquals(0, clock.timeNs(0, 10));
        assertEquals(0, clock.timeNs(2, 10));
    }

    @Test
    void shouldGoOnWithLocalTimeWhenShardToldItsTime() {
        clock.onDescribed(1, 500, 10);
        assertEquals(507, clock.timeNs(1, 17));

        clock.onDescribed(1, 900, 20);
        assertEquals(901, clock.timeNs(1, 21));
    }
}
