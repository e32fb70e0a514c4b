package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.PublisherLeaseItemDecoder;
import io.lockstep.codecs.PublisherLeaseItemEncoder;
import io.lockstep.codecs.PublisherLeasesItemDecoder;
import io.lockstep.codecs.PublisherLeasesItemEncoder;
import java.util.Arrays;
import java.util.Comparator;
import org.agrona.DirectBuffer;
import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 9, the topics that publisher leases guard. They are kept in a hash map by topic id, whose order is never seen, and
 * those that are held also by the time at which they end.
 */
final class PublisherLeasesPart implements Part {
    /** What a guarded topic counts for: the lease and its places in map and queue. */
    static final int LEASE_BYTES = 128;

    private static final int HEAD_LENGTH =
            MessageHeaderEncoder.ENCODED_LENGTH + PublisherLeasesItemEncoder.BLOCK_LENGTH;
    private static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + PublisherLeaseItemEncoder.BLOCK_LENGTH;
    private static final Comparator<PublisherLease> BY_TOPIC = Comparator.comparingInt(PublisherLease::topicId);

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[Math.max(HEAD_LENGTH, LENGTH)]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final PublisherLeasesItemEncoder headEncoder = new PublisherLeasesItemEncoder();
    private final PublisherLeasesItemDecoder headDecoder = new PublisherLeasesItemDecoder();
    private final PublisherLeaseItemEncoder encoder = new PublisherLeaseItemEncoder();
    private final PublisherLeaseItemDecoder decoder = new PublisherLeaseItemDecoder();
    private final Int2ObjectHashMap<PublisherLease> leases = new Int2ObjectHashMap<>();
    private final PublisherLeaseQueue queue = new PublisherLeaseQueue();
    private final LeasePart terms;
    private long droppedToken;

    PublisherLeasesPart(final LeasePart terms) {
        this.terms = terms;
    }

    /** The lease that guards a topic, or null. */
    PublisherLease find(final int topicId) {
        return leases.get(topicId);
    }

    int leaseCount() {
        return leases.size();
    }

    /** The lease that ends first of those that are held, or null. */
    PublisherLease firstToEnd() {
        return queue.first();
    }

    /** Guards a topic that is not guarded. */
    PublisherLease guard(final int topicId) {
        final PublisherLease lease = new PublisherLease(topicId);
        leases.put(topicId, lease);
        return lease;
    }

    /** Gives a lease to a new holder, under a token that no holder of the topic ever had. */
    void give(final PublisherLease lease, final long holderId) {
        lease.give(Math.max(lease.token(), droppedToken) + 1, holderId);
    }

    /** Renews a lease that is held. */
    void renew(final PublisherLease lease, final long nowNs, final long durationNs) {
        lease.renew(nowNs, durationNs);
        enqueue(lease);
    }

    /** Ends a lease; the topic stays guarded. */
    void end(final PublisherLease lease) {
        lease.end();
        queue.remove(lease);
    }

    /** Guards a topic no longer. */
    void drop(final PublisherLease lease) {
        end(lease);
        leases.remove(lease.topicId());
        droppedToken = Math.max(droppedToken, lease.token());
    }

    /** A leadership term began: leases that are held end later, and perhaps in another order. */
    void beginTerm() {
        for (final PublisherLease lease : leases.values()) {
            if (lease.isHeld()) {
                enqueue(lease);
            }
        }
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 9;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isWritten() {
        return droppedToken > 0 || !leases.isEmpty();
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return 1L + leases.size();
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        headEncoder.wrapAndApplyHeader(buffer, 0, header).droppedToken(droppedToken);
        sink.append(buffer, 0, HEAD_LENGTH);
        final PublisherLease[] sorted = leases.values().toArray(new PublisherLease[0]);
        Arrays.sort(sorted, BY_TOPIC);
        for (final PublisherLease lease : sorted) {
            encoder.wrapAndApplyHeader(buffer, 0, header)
                    .token(lease.token())
                    .holderId(lease.holderId())
                    .durationNs(lease.durationNs())
                    .renewedNs(lease.renewedNs())
                    .topicId(lease.topicId())
                    .isHeld(lease.isHeld() ? BooleanType.TRUE : BooleanType.FALSE);
            sink.append(buffer, 0, LENGTH);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        if (templateId == PublisherLeasesItemDecoder.TEMPLATE_ID) {
            ItemReader.wrap(headDecoder, templateId, item, offset, length);
            droppedToken = headDecoder.droppedToken();
            return;
        }
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final PublisherLease lease = guard(decoder.topicId());
        lease.restore(
                decoder.token(),
                decoder.holderId(),
                decoder.durationNs(),
                decoder.renewedNs(),
                WireShape.isTrue(decoder.isHeldRaw()));
        if (lease.isHeld()) {
            enqueue(lease);
        }
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return (long) LEASE_BYTES * leases.size();
    }

    // The beginning of the term is in an earlier part, so a restored queue has it too.
    private void enqueue(final PublisherLease lease) {
        lease.deadlineNs(terms.endOf(lease.renewedNs(), lease.durationNs()));
        queue.put(lease);
    }
}
