package io.lockstep.client;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OfferResultTest {
    @Test
    void shouldTellTakenFromBusyWhenAnOfferMayBeRepeated() {
        assertTrue(Publisher.isTaken(1));
        assertTrue(Publisher.isTaken(Long.MAX_VALUE));
        assertFalse(Publisher.isTaken(Publisher.BACK_PRESSURED));
        assertFalse(Publisher.isTaken(Publisher.NOT_CONNECTED));
    }

    @ParameterizedTest
    @ValueSource(longs = {Publisher.CLOSED, Publisher.BAD_TOPIC, Publisher.TOO_LARGE, Publisher.BAD_BATCH, 0, -99})
    void shouldEndTheLoopWhenNoOfferCanSucceed(final long result) {
        assertThrows(LockstepException.class, () -> Publisher.isTaken(result));
    }
}
