package io.lockstep.client.internal;

import io.lockstep.archive.replay.StartPosition;

/**
 * What to read from a journal. Immutable.
 *
 * @param shardId          of the journal.
 * @param preferredNodeId  to read from while it is well, or -1.
 * @param silenceTimeoutNs after which reading moves to another node.
 * @param selection        which records are wanted.
 * @param start            where to begin.
 */
public record ReadRequest(
        int shardId, int preferredNodeId, long silenceTimeoutNs, RecordSelection selection, StartPosition start) {
    /**
     * The same from another place on.
     *
     * @param newStart where to begin.
     * @return the request.
     */
    public ReadRequest from(final StartPosition newStart) {
        return new ReadRequest(shardId, preferredNodeId, silenceTimeoutNs, selection, newStart);
    }
}
