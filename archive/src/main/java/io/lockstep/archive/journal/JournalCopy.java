package io.lockstep.archive.journal;

import io.aeron.Aeron;
import io.aeron.exceptions.AeronException;
import io.lockstep.config.NodeEndpoint;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Fetches what is missing of a journal from a peer. The peers are asked in turn, with growing pauses, until the
 * deadline; when it is reached a {@link JournalException} says what each of them answered. Used by the service thread.
 */
final class JournalCopy {
    /** The stretch begins where the peer's journal does. */
    static final long PEER_BEGIN = -1;

    private static final long FIRST_PAUSE_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long LONGEST_PAUSE_NS = TimeUnit.SECONDS.toNanos(2);

    private final JournalWriterContext context;
    private final Waiter waiter;
    private final LocalArchive archive;
    private final Set<Integer> refusedPeers = new TreeSet<>();
    private int nextPeer;

    JournalCopy(final JournalWriterContext context, final Waiter waiter, final LocalArchive archive) {
        this.context = context;
        this.waiter = waiter;
        this.archive = archive;
    }

    /**
     * What a peer offers.
     *
     * @param peer      who.
     * @param recording its journal, with its end as stop position; null if the journals of all peers begin later.
     */
    record Offer(NodeEndpoint peer, Recording recording) {}

    /**
     * What a peer has delivered was of another history: it is not asked again.
     *
     * @param peer who.
     */
    void refuse(final NodeEndpoint peer) {
        refusedPeers.add(peer.id());
    }

    /**
     * Whether there is a peer that was not refused.
     *
     * @return true if so.
     */
    boolean hasPeer() {
        return refusedPeers.size() < context.peers().size();
    }

    /**
     * Looks for a peer that has a stretch of the journal.
     *
     * @param fromPosition where the stretch begins, or {@link #PEER_BEGIN}.
     * @param toPosition   where it ends.
     * @return the offer; its recording is null if every peer answered and the journals of all begin at or behind the
     *     end of the stretch, so that nobody needs it any more.
     */
    Offer find(final long fromPosition, final long toPosition) {
        final List<NodeEndpoint> peers = context.peers();
        final long beginNs = System.nanoTime();
        long pauseNs = FIRST_PAUSE_NS;
        String complaint = "there is no other node";
        while (!peers.isEmpty()) {
            final StringJoiner complaints = new StringJoiner("; ");
            int laterCount = 0;
            for (int i = 0; i < peers.size(); i++) {
                final NodeEndpoint peer = peers.get(nextPeer++ % peers.size());
                if (refusedPeers.contains(peer.id())) {
                    complaints.add("node " + peer.id() + " has a history that does not belong to the snapshot");
                    continue;
                }
                try (PeerArchive peerArchive = new PeerArchive(context, peer)) {
                    final Recording recording = peerArchive.describe();
                    if (recording.startPosition() >= toPosition && fromPosition == PEER_BEGIN) {
                        laterCount++;
                        complaints.add("the journal of node " + peer.id() + " begins at " + recording.startPosition());
                    } else if ((recording.startPosition() > fromPosition && fromPosition != PEER_BEGIN)
                            || recording.stopPosition() < toPosition) {
                        complaints.add("node " + peer.id() + " has " + recording.startPosition() + " to "
                                + recording.stopPosition());
                    } else {
                        return new Offer(peer, recording);
                    }
                } catch (final AeronException | JournalException ex) {
                    complaints.add("node " + peer.id() + ": " + ex.getMessage());
                }
            }
            complaint = complaints.toString();
            if (laterCount == peers.size()) {
                return new Offer(null, null);
            }
            if (System.nanoTime() - beginNs > context.copyTimeoutNs()) {
                break;
            }
            waiter.pause(pauseNs / 2 + ThreadLocalRandom.current().nextLong(pauseNs / 2));
            pauseNs = Math.min(2 * pauseNs, LONGEST_PAUSE_NS);
        }
        throw new JournalException("Node " + context.self().id() + " lacks the journal of shard " + context.shardId()
                + " from " + Math.max(0, fromPosition) + " to " + toPosition + ", and no peer delivers it: " + complaint
                + ".");
    }

    /**
     * Copies.
     *
     * @param offer      from {@link #find}.
     * @param local      the recording that is continued at its stop position, or null for a new one.
     * @param toPosition where the copy ends.
     * @return the local recording, stopped at that position.
     */
    Recording copy(final Offer offer, final Recording local, final long toPosition) {
        final long beginNs = System.nanoTime();
        final long recordingId = archive.replicate(
                local == null ? Aeron.NULL_VALUE : local.id(), offer.recording().id(), offer.peer(), toPosition);
        final Recording copied = archive.awaitStopped(recordingId);
        if (copied.stopPosition() != toPosition) {
            throw new JournalException("The copy of the journal of shard " + context.shardId() + " from node "
                    + offer.peer().id() + " ended at " + copied.stopPosition() + " instead of " + toPosition + ".");
        }
        context.listener()
                .onCopied(
                        context.shardId(),
                        offer.peer().id(),
                        local == null ? copied.startPosition() : local.stopPosition(),
                        toPosition,
                        System.nanoTime() - beginNs);
        return copied;
    }
}
