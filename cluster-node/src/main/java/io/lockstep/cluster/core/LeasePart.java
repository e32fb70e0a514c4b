package io.lockstep.cluster.core;

import io.lockstep.codecs.LeaseItemDecoder;
import io.lockstep.codecs.LeaseItemEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 7, the leases: what may be taken from its holder when it was not renewed for its length. Whoever holds one keeps
 * the cluster time of the last renewal in its own part, and asks here whether the lease has run out.
 *
 * <p>Without a leader nobody can renew. So the beginning of a leadership term counts as a renewal of all leases: each runs
 * for its full length from then at least.
 */
final class LeasePart implements Part {
    /** Answer of {@link #lastExpired} where no lease has run out; before any renewal. */
    static final long NOBODY = Long.MIN_VALUE;

    private static final long NO_TERM = LeaseItemEncoder.termBeginNsNullValue();
    private static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + LeaseItemEncoder.BLOCK_LENGTH;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final LeaseItemEncoder encoder = new LeaseItemEncoder();
    private final LeaseItemDecoder decoder = new LeaseItemDecoder();

    private long termBeginNs = NO_TERM;

    void beginTerm(final long nowNs) {
        termBeginNs = nowNs;
    }

    /** Whether a leadership term began: so in every log but those that tests make. */
    boolean hasTerm() {
        return termBeginNs != NO_TERM;
    }

    /**
     * Which leases of a length have run out: those whose last renewal was not after the answer.
     *
     * @param nowNs    cluster time.
     * @param lengthNs of the leases.
     */
    long lastExpired(final long nowNs, final long lengthNs) {
        return hasTerm() && nowNs - termBeginNs < lengthNs ? NOBODY : nowNs - lengthNs;
    }

    /**
     * When a lease runs out.
     *
     * @param renewedNs cluster time of its last renewal.
     * @param lengthNs  of the lease.
     */
    long endOf(final long renewedNs, final long lengthNs) {
        return (hasTerm() ? Math.max(renewedNs, termBeginNs) : renewedNs) + lengthNs;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 7;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        encoder.wrapAndApplyHeader(buffer, 0, header).termBeginNs(termBeginNs);
        sink.append(buffer, 0, LENGTH);
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        termBeginNs = decoder.termBeginNs();
    }

    /**
     * {@inheritDoc}
     *
     * <p>Nothing: older logs, in which this part is not, must reach the cap where they reached it.
     */
    @Override
    public long stateBytes() {
        return 0;
    }
}
