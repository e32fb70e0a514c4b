package io.lockstep.perf.rig;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A table for people: the first column flush left, the others flush right. One thread. */
final class TextTable {
    private static final String GAP = "  ";

    private final List<String[]> rows = new ArrayList<>();

    TextTable(final String... titles) {
        rows.add(titles.clone());
    }

    /** Adds a row with as many cells as there are titles. */
    TextTable row(final String... cells) {
        if (cells.length != rows.get(0).length) {
            throw new IllegalArgumentException(
                    "a row has " + rows.get(0).length + " cells, but this one has " + cells.length);
        }
        rows.add(cells.clone());
        return this;
    }

    /** A number with a fixed number of decimals, the same in every country. */
    static String number(final double value, final int decimals) {
        return Double.isFinite(value) ? String.format(Locale.ROOT, "%,." + decimals + "f", value) : "-";
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        final int[] widths = new int[rows.get(0).length];
        for (final String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        final StringBuilder text = new StringBuilder();
        for (final String[] row : rows) {
            for (int i = 0; i < widths.length; i++) {
                final String padding = " ".repeat(widths[i] - row[i].length());
                text.append(i == 0 ? row[i] + padding : GAP + padding + row[i]);
            }
            text.append(System.lineSeparator());
        }
        return text.toString().stripTrailing();
    }
}
