package io.lockstep.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class InboundRateTest {
    private static final long START_NS = Long.MAX_VALUE - 5;
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    @Test
    void shouldNeverMakeAClientWaitWhenThereIsNoLimit() {
        final InboundRate rate = new InboundRate(ClientRates.UNLIMITED, START_NS);

        for (int i = 0; i < 1_000; i++) {
            assertEquals(0, rate.take(1 << 20, START_NS));
        }
    }

    @Test
    void shouldComeToTheRateWhenTheClientWaitsAsItIsTold() {
        final InboundRate rate = new InboundRate(new ClientRates(100, 0), START_NS);
        long nowNs = START_NS;

        for (int i = 0; i < 1_000; i++) {
            nowNs += rate.take(0, nowNs);
        }

        // A second's worth at once, then one each 10 ms.
        assertEquals(9 * SECOND_NS + SECOND_NS / 100, nowNs - START_NS);
    }

    @Test
    void shouldWaitForTheSlowerBucketWhenBothAreUsedUp() {
        final InboundRate rate = new InboundRate(new ClientRates(1, 10), START_NS);

        assertEquals(SECOND_NS + SECOND_NS / 10, rate.take(20, START_NS));
        assertEquals(2 * SECOND_NS, rate.take(1, START_NS));
    }

    @Test
    void shouldSaveNoMoreThanASecondsWorthWhenNothingComes() {
        final InboundRate rate = new InboundRate(new ClientRates(2, 0), START_NS);
        final long laterNs = START_NS + TimeUnit.HOURS.toNanos(1);

        assertEquals(0, rate.take(0, laterNs));
        assertTrue(rate.take(0, laterNs) > 0);
    }

    @Test
    void shouldRefuseRatesBelowZero() {
        assertThrows(IllegalArgumentException.class, () -> new ClientRates(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new ClientRates(0, -1));
    }
}
