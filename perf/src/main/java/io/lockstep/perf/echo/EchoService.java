package io.lockstep.perf.echo;

import io.aeron.ExclusivePublication;
import io.aeron.Image;
import io.aeron.Publication;
import io.aeron.cluster.codecs.CloseReason;
import io.aeron.cluster.service.ClientSession;
import io.aeron.cluster.service.Cluster;
import io.aeron.cluster.service.ClusteredService;
import io.aeron.logbuffer.Header;
import org.agrona.DirectBuffer;

/**
 * Sends each message back to the session that it came from and does nothing else. Called by the container's thread.
 *
 * <p>An answer that meets back pressure is offered again until it is taken or the client has gone: the floor may be
 * slow but must not lose, or its figures would be of another service.
 */
final class EchoService implements ClusteredService {
    private Cluster cluster;

    /** {@inheritDoc} */
    @Override
    public void onStart(final Cluster startedCluster, final Image snapshotImage) {
        cluster = startedCluster;
    }

    /** {@inheritDoc} */
    @Override
    public void onSessionMessage(
            final ClientSession session,
            final long timestamp,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final Header header) {
        // The container replays a session's messages also where the session is gone.
        if (session == null) {
            return;
        }
        long result = session.offer(buffer, offset, length);
        while (result == Publication.BACK_PRESSURED || result == Publication.ADMIN_ACTION) {
            cluster.idleStrategy().idle();
            result = session.offer(buffer, offset, length);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onSessionOpen(final ClientSession session, final long timestamp) {}

    /** {@inheritDoc} */
    @Override
    public void onSessionClose(final ClientSession session, final long timestamp, final CloseReason closeReason) {}

    /** {@inheritDoc} */
    @Override
    public void onTimerEvent(final long correlationId, final long timestamp) {}

    /** {@inheritDoc} */
    @Override
    public void onTakeSnapshot(final ExclusivePublication snapshotPublication) {}

    /** {@inheritDoc} */
    @Override
    public void onRoleChange(final Cluster.Role newRole) {}

    /** {@inheritDoc} */
    @Override
    public void onTerminate(final Cluster terminatedCluster) {}
}
