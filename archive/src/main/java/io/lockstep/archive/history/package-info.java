/**
 * The pure part of the journal: walking stored frames and records, comparing them, and what can be decided from bytes
 * alone. No class here knows Aeron, files, threads or clocks.
 */
package io.lockstep.archive.history;
