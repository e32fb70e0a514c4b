package io.lockstep.testkit.cli;

/** How a command prints its result. */
enum OutputFormat {
    /** For people. */
    TEXT,
    /** One object in the last line of standard output; everything else goes to standard error. */
    JSON
}
