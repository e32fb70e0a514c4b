package io.lockstep.cli;

import java.io.PrintWriter;
import java.io.Writer;
import java.util.concurrent.TimeUnit;

/** Shows on a terminal how far a command is; says nothing where standard error is none. */
final class Progress {
    static final Progress SILENT = new Progress(new PrintWriter(Writer.nullWriter()), false);

    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);
    private static final String BLANK = " ".repeat(60);

    private final PrintWriter err;
    private final boolean isShown;
    private long nextNs = System.nanoTime();
    private boolean hasLine;

    private Progress(final PrintWriter err, final boolean isShown) {
        this.err = err;
        this.isShown = isShown;
    }

    // Only the launcher can tell whether standard error is a terminal: Java 17 has no console when standard input is a
    // pipe, and newer ones have one always.
    static Progress ofTerminal(final PrintWriter err) {
        return new Progress(err, Boolean.getBoolean("lockstep.terminal"));
    }

    void show(final long acknowledged, final long offered) {
        if (isShown && System.nanoTime() - nextNs >= 0) {
            nextNs = System.nanoTime() + INTERVAL_NS;
            hasLine = true;
            err.printf("\r%,d acknowledged, %,d under way ", acknowledged, offered - acknowledged);
            err.flush();
        }
    }

    void end() {
        if (hasLine) {
            err.print('\r' + BLANK + '\r');
            err.flush();
            hasLine = false;
        }
    }
}
