package io.lockstep.cli;

import io.lockstep.archive.replay.StartPosition;
import java.time.Instant;

/** Reads where to begin: {@code start}, {@code live}, a position, or a time. */
final class StartOption {
    private StartOption() {}

    static StartPosition parse(final String text) {
        if ("start".equals(text)) {
            return StartPosition.start();
        }
        if ("live".equals(text)) {
            return StartPosition.live();
        }
        if (!text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
            try {
                return StartPosition.position(Long.parseLong(text));
            } catch (final NumberFormatException ex) {
                throw new IllegalArgumentException("--from takes no position beyond 2^63: " + text, ex);
            }
        }
        return StartPosition.time(timestampNs(text));
    }

    private static long timestampNs(final String text) {
        try {
            final Instant instant = TimeOption.parse(text);
            return Math.addExact(Math.multiplyExact(instant.getEpochSecond(), 1_000_000_000L), instant.getNano());
        } catch (final IllegalArgumentException | ArithmeticException ex) {
            throw new IllegalArgumentException(
                    "--from takes start, live, a position in bytes, or a time like 2026-11-21T10:00:00Z, but it is '"
                            + text + "'",
                    ex);
        }
    }
}
