package io.lockstep.testkit.cli;

import java.io.PrintWriter;

/**
 * Tells on standard error how far a command is: one line that is rewritten where the launcher saw a terminal there, else a
 * line for each step.
 */
final class Progress {
    private static final int WIDTH = 100;

    private final PrintWriter err;
    private final boolean isTerminal = Boolean.getBoolean("lockstep.terminal");
    private boolean isLineOpen;

    Progress(final PrintWriter err) {
        this.err = err;
    }

    void step(final String text) {
        closeLine();
        err.println(text);
        err.flush();
    }

    void update(final String text) {
        if (isTerminal) {
            err.print('\r' + String.format("%-" + WIDTH + "s", text));
            err.flush();
            isLineOpen = true;
        }
    }

    void closeLine() {
        if (isLineOpen) {
            err.println();
            isLineOpen = false;
        }
    }
}
