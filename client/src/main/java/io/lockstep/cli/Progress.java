package io.lockstep.cli;

import java.util.concurrent.TimeUnit;

/** Shows on a terminal how far a command is; says nothing where standard error is none. */
final class Progress {
    static final Progress SILENT = new Progress(false);

    private static final long INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final boolean isShown;
    private long nextNs = System.nanoTime();
    private boolean hasLine;

    private Progress(final boolean isShown) {
        this.isShown = isShown;
    }

    // On Java 17 there is a console only on a terminal; on 22 and newer progress may go to a file, which harms nobody.
    @SuppressWarnings("SystemConsoleNull")
    static Progress ofTerminal() {
        return new Progress(System.console() != null);
    }

    void show(final long acknowledged, final long offered) {
        if (isShown && System.nanoTime() - nextNs >= 0) {
            nextNs = System.nanoTime() + INTERVAL_NS;
            hasLine = true;
            System.err.printf("\r%,d acknowledged, %,d under way ", acknowledged, offered - acknowledged);
        }
    }

    void end() {
        if (hasLine) {
            System.err.print("\r                                                            \r");
        }
    }
}
