/**
 * Writing a shard's journal: open, recover, compare below the stored end, append above it, force. Everything here runs
 * on the service thread of the shard.
 */
package io.lockstep.archive.journal;
