package io.lockstep.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Prints entries in columns below their titles.
 *
 * @param <T> of the entries.
 */
final class Table<T> {
    private record Column<T>(String title, String format, Function<? super T, ?> value) {}

    private final List<Column<T>> columns = new ArrayList<>();

    /** Adds a column whose values end at its right edge: for numbers. */
    Table<T> right(final String title, final int width, final Function<? super T, ?> value) {
        columns.add(new Column<>(title, "%" + width + "s ", value));
        return this;
    }

    /** Adds a column whose values begin at its left edge: for texts. */
    Table<T> left(final String title, final int width, final Function<? super T, ?> value) {
        columns.add(new Column<>(title, "%-" + width + "s ", value));
        return this;
    }

    /** Adds the last column, which takes as much room as it needs. */
    Table<T> last(final String title, final Function<? super T, ?> value) {
        columns.add(new Column<>(title, " %s%n", value));
        return this;
    }

    /** Prints the titles and a line for each entry. */
    void print(final PrintWriter out, final List<T> entries) {
        for (final Column<T> column : columns) {
            out.printf(column.format(), column.title());
        }
        for (final T entry : entries) {
            for (final Column<T> column : columns) {
                out.printf(column.format(), column.value().apply(entry));
            }
        }
    }
}
