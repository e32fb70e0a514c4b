package io.lockstep.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations ({@code 250ms}, {@code 10s}, {@code 5m}) and sizes ({@code 64k}, {@code 2g}) as people write them. */
public final class Quantity {
    private static final Pattern DURATION = Pattern.compile("(\\d{1,19})(ns|us|ms|s|m|h|d)");
    private static final Pattern SIZE = Pattern.compile("(\\d{1,19})([kmgt]?)");
    private static final String[] DURATION_UNITS = {"d", "h", "m", "s", "ms", "us", "ns"};
    private static final long[] DURATION_NS = {
        24L * 3600 * 1_000_000_000, 3600L * 1_000_000_000, 60L * 1_000_000_000, 1_000_000_000, 1_000_000, 1_000, 1
    };
    private static final String[] SIZE_UNITS = {"t", "g", "m", "k", ""};
    private static final long[] SIZE_BYTES = {1L << 40, 1L << 30, 1L << 20, 1L << 10, 1};

    private Quantity() {}

    /**
     * Reads a duration.
     *
     * @param text a whole number and one of {@code ns us ms s m h d}, or a plain {@code 0}.
     * @return the duration in nanoseconds.
     * @throws IllegalArgumentException where the text is no duration, or is longer than 292 years.
     */
    public static long parseDurationNs(final String text) {
        if ("0".equals(text)) {
            return 0;
        }
        final Matcher matcher = DURATION.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "a duration is a whole number and a unit, as in 250ms, 10s, 5m, 12h or 7d, but it is '" + text
                            + "'");
        }
        return multiply(text, matcher.group(1), unit(DURATION_UNITS, DURATION_NS, matcher.group(2)));
    }

    /**
     * Reads a size.
     *
     * @param text a whole number of bytes, or one with a binary unit {@code k m g t} in either case.
     * @return the size in bytes.
     * @throws IllegalArgumentException where the text is no size, or is beyond 8 EiB.
     */
    public static long parseBytes(final String text) {
        final Matcher matcher = SIZE.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "a size is a number of bytes, or one with a unit as in 64k, 16m or 2g, but it is '" + text + "'");
        }
        return multiply(text, matcher.group(1), unit(SIZE_UNITS, SIZE_BYTES, matcher.group(2)));
    }

    /**
     * Writes a duration so that {@link #parseDurationNs} reads it back exactly.
     *
     * @param durationNs not negative.
     * @return with the greatest unit that divides it.
     */
    public static String formatDurationNs(final long durationNs) {
        return durationNs == 0 ? "0s" : format(durationNs, DURATION_UNITS, DURATION_NS);
    }

    /**
     * Writes a size so that {@link #parseBytes} reads it back exactly.
     *
     * @param lengthBytes not negative.
     * @return with the greatest unit that divides it.
     */
    public static String formatBytes(final long lengthBytes) {
        return lengthBytes == 0 ? "0" : format(lengthBytes, SIZE_UNITS, SIZE_BYTES);
    }

    private static long multiply(final String text, final String number, final long unit) {
        try {
            return Math.multiplyExact(Long.parseLong(number), unit);
        } catch (final ArithmeticException | NumberFormatException ex) {
            throw new IllegalArgumentException("'" + text + "' is too large", ex);
        }
    }

    private static long unit(final String[] units, final long[] values, final String unit) {
        for (int i = 0; i < units.length; i++) {
            if (units[i].equals(unit)) {
                return values[i];
            }
        }
        throw new IllegalStateException("the pattern let the unit '" + unit + "' pass, but no row has it");
    }

    private static String format(final long value, final String[] units, final long[] values) {
        for (int i = 0; i < units.length - 1; i++) {
            if (value % values[i] == 0) {
                return value / values[i] + units[i];
            }
        }
        return value + units[units.length - 1];
    }
}
