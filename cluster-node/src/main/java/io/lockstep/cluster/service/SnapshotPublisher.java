package io.lockstep.cluster.service;

import io.aeron.ExclusivePublication;
import io.aeron.Publication;
import io.lockstep.cluster.core.SnapshotSink;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;

/** Offers the messages of a snapshot to its recording. Service thread only. */
final class SnapshotPublisher implements SnapshotSink {
    private final ExclusivePublication publication;
    private final IdleStrategy idleStrategy;

    SnapshotPublisher(final ExclusivePublication publication, final IdleStrategy idleStrategy) {
        this.publication = publication;
        this.idleStrategy = idleStrategy;
    }

    @Override
    public void append(final DirectBuffer buffer, final int offset, final int length) {
        idleStrategy.reset();
        while (true) {
            final long result = publication.offer(buffer, offset, length);
            if (result > 0) {
                return;
            }
            if (result == Publication.CLOSED || result == Publication.MAX_POSITION_EXCEEDED) {
                throw new IllegalStateException(
                        "the recording of a snapshot refused a message: " + Publication.errorString(result));
            }
            // The idle strategy of the cluster throws when the node is to end, so this loop is bounded by its life.
            idleStrategy.idle();
        }
    }
}
