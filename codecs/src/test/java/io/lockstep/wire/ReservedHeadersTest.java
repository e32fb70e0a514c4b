package io.lockstep.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.Test;

class ReservedHeadersTest {
    @Test
    void shouldReserveKeysWhenOneDollarSignIsInFrontOfAName() {
        assertTrue(isReserved("$key"));
        assertTrue(isReserved("$?"));
        assertFalse(isReserved("key"));
        assertFalse(isReserved("k$"));
    }

    @Test
    void shouldLeaveKeysToUsersWhenTheyAreMarked() {
        assertFalse(isReserved("$$key"));
        assertFalse(isReserved("$$"));
        // The empty name, which no key can be, is marked too.
        assertFalse(isReserved("$"));
    }

    @Test
    void shouldReadNumbersWhenTheyAreDigits() {
        assertEquals(0, number("0"));
        assertEquals(17, number("0017"));
        assertEquals(999_999_999_999_999_999L, number("999999999999999999"));
        assertEquals(ReservedHeaders.NO_NUMBER, number(""));
        assertEquals(ReservedHeaders.NO_NUMBER, number("-1"));
        assertEquals(ReservedHeaders.NO_NUMBER, number("1 "));
        assertEquals(ReservedHeaders.NO_NUMBER, number("1000000000000000000"));
    }

    private static boolean isReserved(final String key) {
        final byte[] bytes = key.getBytes(StandardCharsets.UTF_8);
        return ReservedHeaders.isReserved(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private static long number(final String text) {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        return ReservedHeaders.parseNumber(new UnsafeBuffer(bytes), 0, bytes.length);
    }
}
