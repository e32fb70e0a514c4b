package io.lockstep.cli;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;

/** Reads a time like {@code 2026-11-21T10:00:00Z}; without a zone it is UTC. */
final class TimeOption {
    private TimeOption() {}

    static Instant parse(final String text) {
        try {
            return text.endsWith("Z") || text.matches(".*[+-]\\d\\d:\\d\\d$")
                    ? OffsetDateTime.parse(text).toInstant()
                    : LocalDateTime.parse(text).toInstant(ZoneOffset.UTC);
        } catch (final DateTimeException ex) {
            throw new IllegalArgumentException("a time reads 2026-11-21T10:00:00Z, but it is '" + text + "'", ex);
        }
    }
}
