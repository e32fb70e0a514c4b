/**
 * Reading a shard's journal from any of its nodes: open-ended replays that follow the live end and go on at the same
 * position on another node.
 */
package io.lockstep.archive.replay;
