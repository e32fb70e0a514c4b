package io.lockstep.perf.rig;

/** How a result is printed. */
enum OutputFormat {
    /** A table. */
    TEXT,
    /** A table on standard error and one JSON object as the last line of standard output. */
    JSON
}
