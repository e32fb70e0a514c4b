package io.lockstep.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.lockstep.archive.replay.StartPosition;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartOptionTest {
    @Test
    void shouldReadEveryFormWhenParsed() {
        assertEquals(StartPosition.start(), StartOption.parse("start"));
        assertEquals(StartPosition.live(), StartOption.parse("live"));
        assertEquals(StartPosition.position(4096), StartOption.parse("4096"));
        assertEquals(StartPosition.time(1_500_000_000L), StartOption.parse("1970-01-01T00:00:01.5Z"));
        assertEquals(StartPosition.time(1_000_000_000L), StartOption.parse("1970-01-01T01:00:01+01:00"));
        assertEquals(StartPosition.time(1_000_000_000L), StartOption.parse("1970-01-01T00:00:01"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "yesterday", "-1", "99999999999999999999", "1969-01-01T00:00:00Z"})
    void shouldRefuseWhenTextIsNoStart(final String text) {
        assertThrows(IllegalArgumentException.class, () -> StartOption.parse(text));
    }
}
