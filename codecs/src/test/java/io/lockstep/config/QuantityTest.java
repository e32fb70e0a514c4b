package io.lockstep.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

class QuantityTest {
    @Test
    void shouldReadDurationsWhenTheyHaveAUnit() {
        assertEquals(250_000_000L, Quantity.parseDurationNs("250ms"));
        assertEquals(10_000_000_000L, Quantity.parseDurationNs("10s"));
        assertEquals(300_000_000_000L, Quantity.parseDurationNs("5m"));
        assertEquals(43_200_000_000_000L, Quantity.parseDurationNs("12h"));
        assertEquals(604_800_000_000_000L, Quantity.parseDurationNs("7d"));
        assertEquals(0, Quantity.parseDurationNs("0"));
    }

    @Test
    void shouldReadSizesWhenTheyHaveAUnitOrNone() {
        assertEquals(64 << 10, Quantity.parseBytes("64k"));
        assertEquals(16 << 20, Quantity.parseBytes("16M"));
        assertEquals(2L << 30, Quantity.parseBytes("2g"));
        assertEquals(17, Quantity.parseBytes("17"));
    }

    @Test
    void shouldRefuseWhenTheTextIsNone() {
        for (final String text : new String[] {"", "10", "s", "-1s", "1.5s", "10 s", "99999999999d"}) {
            assertThrows(IllegalArgumentException.class, () -> Quantity.parseDurationNs(text), text);
        }
        for (final String text : new String[] {"", "k", "-1", "1.5g", "10kb", "9999999999g"}) {
            assertThrows(IllegalArgumentException.class, () -> Quantity.parseBytes(text), text);
        }
    }

    @Test
    void shouldReadBackWhatItWrites() {
        for (final long value : new long[] {0, 1, 1_000, 1_024, 90_000_000_000L, 3L << 30, 86_400_000_000_000L}) {
            assertEquals(value, Quantity.parseDurationNs(Quantity.formatDurationNs(value)));
            assertEquals(value, Quantity.parseBytes(Quantity.formatBytes(value)));
        }
        assertEquals("64m", Quantity.formatBytes(64 << 20));
        assertEquals("90s", Quantity.formatDurationNs(90_000_000_000L));
    }
}
