package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class EchoReferenceTest {
    @Test
    void shouldCallAnEchoSlowWhenItTakesAThirdMoreThanTheFrozenOne() {
        assertTrue(EchoReference.isSlow(1_052, 10_000, 100));
        assertTrue(EchoReference.isSlow(760, 1_000, 100));
        assertFalse(EchoReference.isSlow(EchoReference.p50Us(10_000, 100), 10_000, 100));
        assertFalse(EchoReference.isSlow(700, 1_000, 100));
    }

    @Test
    void shouldHaveNoOpinionWhenNothingWasMeasuredAtTheRateOrSize() {
        assertEquals(Double.NaN, EchoReference.p50Us(2_000, 100));
        assertFalse(EchoReference.isSlow(1e9, 2_000, 100));
        assertFalse(EchoReference.isSlow(1e9, 1_000, 1_000));
    }
}
