package io.lockstep.gateway.session;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LoadAverageTest {
    private static final long INTERVAL_NS = TimeUnit.SECONDS.toNanos(10);

    private final LoadAverage load = new LoadAverage();

    @Test
    void shouldComeToTheRateWhenItStaysTheSame() {
        for (int i = 1; i <= 1_000; i++) {
            load.onSample(20L * i, INTERVAL_NS);
        }

        for (int i = 0; i < LoadAverage.periodCount(); i++) {
            assertEquals(120, load.average(i), 0.01);
        }
    }

    @Test
    void shouldFadeByTheFactorOfEInItsPeriodWhenNothingComes() {
        load.onSample(600, TimeUnit.MINUTES.toNanos(100));
        final double[] before = {load.average(0), load.average(1), load.average(2)};

        for (int i = 0; i < 30; i++) {
            load.onSample(600, INTERVAL_NS);
        }

        assertEquals(before[0] * Math.exp(-5), load.average(0), 1e-9);
        assertEquals(before[1] * Math.exp(-1), load.average(1), 1e-9);
        assertEquals(before[2] * Math.exp(-1.0 / 3), load.average(2), 1e-9);
    }
}
