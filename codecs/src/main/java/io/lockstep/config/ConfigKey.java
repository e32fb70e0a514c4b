package io.lockstep.config;

import java.util.List;
import java.util.Locale;

/**
 * One key of the cluster file: the row from which the loader, its messages and the configuration page are made.
 * Immutable.
 *
 * @param name         dotted path in the file; a key of a list's items has {@code []} after the list's name.
 * @param kind         of value.
 * @param defaultValue as it would be written in the file; null where the key is required.
 * @param lowest       value that is allowed, for numbers.
 * @param highest      value that is allowed, for numbers.
 * @param choices      that are allowed, for {@link Kind#CHOICE}.
 * @param isSecret     whether the value is never printed.
 * @param sentence     for the configuration page.
 */
public record ConfigKey(
        String name,
        Kind kind,
        String defaultValue,
        long lowest,
        long highest,
        List<String> choices,
        boolean isSecret,
        String sentence) {

    private static final String ITEM = "[].";
    private static final String MASK = "********";

    /** What a value is, and so how it is written. */
    public enum Kind {
        /** Any text that is not blank. */
        TEXT,
        /** A directory. */
        PATH,
        /** A file. */
        FILE,
        /** One of a few words. */
        CHOICE,
        /** A whole number. */
        COUNT,
        /** A size. */
        BYTES,
        /** A duration. */
        DURATION,
        /** {@code true} or {@code false}. */
        FLAG,
        /** A list of items that have keys of their own. */
        LIST
    }

    /** Checks the arguments. */
    public ConfigKey {
        choices = List.copyOf(choices);
    }

    /**
     * Whether the key belongs to the items of a list.
     *
     * @return true for {@code nodes[].port} and its like.
     */
    public boolean isItemKey() {
        return name.contains(ITEM);
    }

    /**
     * Last part of the name.
     *
     * @return {@code port} of {@code nodes[].port}, {@code shards} of {@code cluster.shards}.
     */
    public String lastName() {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /**
     * Variable that overrides the file.
     *
     * @return {@code LOCKSTEP_} and the name in upper case with underscores; of an item key, its list's.
     */
    public String environmentVariable() {
        final String path = isItemKey() ? name.substring(0, name.indexOf(ITEM)) : name;
        return "LOCKSTEP_"
                + path.replaceAll("([a-z0-9])([A-Z])", "$1_$2")
                        .replace('.', '_')
                        .toUpperCase(Locale.ROOT);
    }

    /**
     * What may be written.
     *
     * @return a phrase that completes "it takes …".
     */
    public String allowed() {
        return switch (kind) {
            case TEXT -> "a text that is not blank";
            case PATH -> "a directory";
            case FILE -> "a file";
            case CHOICE ->
                String.join(", ", choices.subList(0, choices.size() - 1)) + " or " + choices.get(choices.size() - 1);
            case FLAG -> "true or false";
            case COUNT -> "a whole number" + range(Long.toString(lowest), Long.toString(highest));
            case BYTES -> "a size" + range(Quantity.formatBytes(lowest), Quantity.formatBytes(highest));
            case DURATION ->
                "a duration" + range(Quantity.formatDurationNs(lowest), Quantity.formatDurationNs(highest));
            case LIST -> "a list";
        };
    }

    /**
     * Reads a number of this key and checks its range.
     *
     * @param text as in the file.
     * @return in plain units: a count, bytes, nanoseconds, or 1 and 0 for a flag.
     * @throws IllegalArgumentException where the text is none or out of range.
     */
    public long parseNumber(final String text) {
        final long value = switch (kind) {
            case COUNT -> parseCount(text);
            case BYTES -> Quantity.parseBytes(text);
            case DURATION -> Quantity.parseDurationNs(text);
            case FLAG -> parseFlag(text);
            default -> throw new IllegalStateException(name + " holds no number");
        };
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException("it is '" + text + "'");
        }
        return value;
    }

    /**
     * Writes a number of this key as in the file.
     *
     * @param value in plain units.
     * @return the text.
     */
    public String formatNumber(final long value) {
        return formatNumber(kind, value);
    }

    /**
     * What may be shown of a value.
     *
     * @param value as in the file.
     * @return the value, or a mask where the key is a secret.
     */
    public String printable(final String value) {
        return isSecret ? MASK : value;
    }

    static String formatNumber(final Kind kind, final long value) {
        return switch (kind) {
            case COUNT -> Long.toString(value);
            case BYTES -> Quantity.formatBytes(value);
            case DURATION -> Quantity.formatDurationNs(value);
            case FLAG -> Boolean.toString(value != 0);
            default -> throw new IllegalStateException("a " + kind + " holds no number");
        };
    }

    private String range(final String low, final String high) {
        return highest == Long.MAX_VALUE ? " of at least " + low : " from " + low + " to " + high;
    }

    private static long parseCount(final String text) {
        try {
            return Long.parseLong(text);
        } catch (final NumberFormatException ex) {
            throw new IllegalArgumentException("it is '" + text + "'", ex);
        }
    }

    private static long parseFlag(final String text) {
        if ("true".equals(text)) {
            return 1;
        }
        if ("false".equals(text)) {
            return 0;
        }
        throw new IllegalArgumentException("it is '" + text + "'");
    }
}
