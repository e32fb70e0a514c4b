package io.lockstep.testkit.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.testkit.compare.Comparison;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class DemoReportTest {
    private static final JournalCheck SAME = new JournalCheck(true, "identical");
    private static final Comparison CLEAN = new Comparison(10, 10, 0, 0, 0, 0, 0, List.of());

    private final Histogram latency = new Histogram(3);

    @Test
    void shouldPrintTheFixedKeysWhenItIsPrintedAsJson() {
        latency.recordValue(1_500);

        final String json = new DemoReport(List.of(CLEAN, CLEAN), SAME, 1_234.56, latency)
                .json()
                .toString();

        assertEquals(
                "{\"published\":10,\"delivered\":10,\"lost\":0,\"duplicated\":0,\"reordered\":0,"
                        + "\"journalsIdentical\":true,\"failoverMs\":1234.6,"
                        + "\"latencyUs\":{\"p50\":1.5,\"p99\":1.5,\"p999\":1.5,\"max\":1.5}}",
                json);
    }

    @Test
    void shouldCountTheWorstConsumerWhenTheyDiffer() {
        final Comparison bad = new Comparison(10, 11, 2, 1, 3, 1, 1, List.of("x"));

        final DemoReport report = new DemoReport(List.of(bad, CLEAN), SAME, 1, latency);

        assertEquals(10, report.delivered());
        assertEquals(2, report.lost());
        assertEquals(2, report.duplicated());
        assertEquals(3, report.reordered());
        assertFalse(report.isGood());
    }

    @Test
    void shouldBeGoodOnlyWhenEverythingIs() {
        assertTrue(new DemoReport(List.of(CLEAN), SAME, 1, latency).isGood());
        assertFalse(new DemoReport(List.of(CLEAN), new JournalCheck(false, "differ"), 1, latency).isGood());
        assertFalse(new DemoReport(List.of(CLEAN), SAME, -1, latency).isGood());
        assertFalse(new DemoReport(List.of(), SAME, 1, latency).isGood());
    }
}
