package io.lockstep.cli;

/** How a command prints its result. */
public enum OutputFormat {
    /** For people. */
    TEXT,
    /** One JSON object per result, the last line of standard output. */
    JSON
}
