package io.lockstep.archive.journal;

import io.aeron.Image;
import io.aeron.ImageFragmentAssembler;
import io.aeron.Subscription;
import io.aeron.archive.client.ReplayParams;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.FragmentHandler;
import io.lockstep.archive.history.RecordComparer;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import org.agrona.DirectBuffer;

/**
 * Asks the peers what their journals hold at the place of one record. Used by the service thread when its own journal
 * holds something else than the log makes.
 */
final class PeerVote {
    private static final int FRAGMENT_LIMIT = 16;

    private final JournalWriterContext context;
    private final Waiter waiter;

    PeerVote(final JournalWriterContext context, final Waiter waiter) {
        this.context = context;
        this.waiter = waiter;
    }

    /**
     * Whether at least two peers, and all that are configured, hold exactly this record at this place.
     *
     * @param position of the end of the journal before the record.
     * @param buffer   with the record.
     * @param offset   of its first byte.
     * @param length   in bytes.
     * @return false also if a peer does not answer or has not come so far.
     */
    boolean isConfirmed(final long position, final DirectBuffer buffer, final int offset, final int length) {
        if (context.peers().size() < 2) {
            return false;
        }
        for (final NodeEndpoint peer : context.peers()) {
            boolean isEqual = false;
            try {
                isEqual = holds(peer, position, buffer, offset, length);
            } catch (final AeronException | JournalException ex) {
                context.listener()
                        .onRecoveryStep(
                                context.shardId(), "node " + peer.id() + " could not be asked: " + ex.getMessage());
            }
            context.listener()
                    .onRecoveryStep(
                            context.shardId(),
                            "node " + peer.id() + (isEqual ? " holds" : " does not hold")
                                    + " the record that the log makes at " + position);
            if (!isEqual) {
                return false;
            }
        }
        return true;
    }

    private boolean holds(
            final NodeEndpoint peer,
            final long position,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        final long end = JournalFormat.endPosition(position, length);
        try (PeerArchive archive = new PeerArchive(context, peer);
                Subscription subscription = context.aeron()
                        .addSubscription("aeron:udp?endpoint=" + context.self().endpoint(0), context.streamId())) {
            final Recording recording = archive.describe();
            if (recording.stopPosition() < end || recording.startPosition() > position) {
                return false;
            }
            require(
                    waiter.await(() -> subscription.tryResolveChannelEndpointPort() != null, context.peerTimeoutNs()),
                    "no port was found for the answer");
            final int sessionId = (int) archive.client()
                    .startReplay(
                            recording.id(),
                            subscription.tryResolveChannelEndpointPort(),
                            context.streamId(),
                            new ReplayParams().position(position).length(end - position));
            require(
                    waiter.await(() -> subscription.imageBySessionId(sessionId) != null, context.peerTimeoutNs()),
                    "the replay did not begin");
            return isEqual(subscription.imageBySessionId(sessionId), end, buffer, offset, length);
        }
    }

    private boolean isEqual(
            final Image image, final long end, final DirectBuffer buffer, final int offset, final int length) {
        final boolean[] isEqual = new boolean[1];
        final FragmentHandler handler =
                (fragment, fragmentOffset, fragmentLength, header) -> isEqual[0] = fragmentLength == length
                        && header.position() == end
                        && RecordComparer.isEqual(fragment, fragmentOffset, buffer, offset, length);
        final ImageFragmentAssembler assembler = new ImageFragmentAssembler(handler, JournalFormat.MAX_RECORD_LENGTH);
        require(
                waiter.await(
                        () -> {
                            image.poll(assembler, FRAGMENT_LIMIT);
                            return image.position() >= end || image.isClosed();
                        },
                        context.peerTimeoutNs()),
                "the replay did not end");
        return isEqual[0];
    }

    private static void require(final boolean condition, final String sentence) {
        if (!condition) {
            throw new JournalException(sentence);
        }
    }
}
