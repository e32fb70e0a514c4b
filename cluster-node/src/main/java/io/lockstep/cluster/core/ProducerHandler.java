package io.lockstep.cluster.core;

import io.lockstep.codecs.OpenProducerDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import org.agrona.BitUtil;

/** Opening and closing of producers. */
final class ProducerHandler {
    private final PartList parts;
    private final EntryCheck entryCheck;
    private final ReplyProxy replies;

    ProducerHandler(final PartList parts, final EntryCheck entryCheck, final ReplyProxy replies) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.replies = replies;
    }

    void onOpenProducer(
            final long clusterSessionId,
            final long correlationId,
            final long producerId,
            final int windowLength,
            final boolean isOrdered) {
        final Producer producer = parts.producers().find(producerId);
        ResultCode code = checkOpen(producerId, producer, windowLength);
        if (code == ResultCode.ACCEPTED) {
            code = makeRoom(producer, windowLength);
        }
        if (code != ResultCode.ACCEPTED) {
            final long detail = code == ResultCode.BAD_WINDOW ? greatestWindow() : 0;
            replies.producerRefused(clusterSessionId, correlationId, producerId, code, detail);
            return;
        }
        final long nowNs = parts.clock().nowNs();
        Producer opened = producer;
        if (producer != null) {
            parts.producers().takeOver(producer, windowLength, isOrdered, nowNs);
        } else {
            opened = parts.producers().create(producerId, windowLength, isOrdered, nowNs);
        }
        replies.producerOpened(clusterSessionId, correlationId, opened);
    }

    void onCloseProducer(
            final long clusterSessionId, final long correlationId, final long producerId, final int epoch) {
        final Producer producer = parts.producers().find(producerId);
        if (producer == null || epoch > producer.epoch()) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.PRODUCER_UNKNOWN, 0);
            return;
        }
        if (epoch < producer.epoch()) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.PRODUCER_FENCED, producer.epoch());
            return;
        }
        parts.producers().forget(producer);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, 0);
    }

    private ResultCode checkOpen(final long producerId, final Producer producer, final int windowLength) {
        if (entryCheck.isSeedMissing()) {
            return ResultCode.NOT_SEEDED;
        }
        if (producerId == OpenProducerDecoder.producerIdNullValue()) {
            return ResultCode.MALFORMED;
        }
        if (windowLength < 1 || windowLength > greatestWindow() || !BitUtil.isPowerOfTwo(windowLength)) {
            return ResultCode.BAD_WINDOW;
        }
        final int lastEpoch =
                producer != null ? producer.epoch() : parts.producers().forgottenEpoch();
        if (lastEpoch == Integer.MAX_VALUE) {
            // The epochs of the identity are used up; going on would let an old owner pass as the new one.
            return ResultCode.TOO_MANY_PRODUCERS;
        }
        return ResultCode.ACCEPTED;
    }

    /**
     * Evicts as many expired producers as must go, longest unused first; none where even all of them are too few. Where
     * more must go than one command may evict, those go that may, and the command is refused: repeated, it gets on.
     */
    private ResultCode makeRoom(final Producer producer, final int windowLength) {
        final ProducersPart producers = parts.producers();
        final long maxProducers = parts.settings().value(EngineSetting.MAX_PRODUCERS);
        final long excess = producer == null ? producers.producerCount() + 1 - maxProducers : 0;
        final long cost = ProducersPart.costOf(windowLength)
                - (producer == null ? 0 : ProducersPart.costOf(producer.windowLength()));
        final long lackingBytes = cost <= 0 ? 0 : entryCheck.lackingBytes(cost);
        if (excess <= 0 && lackingBytes <= 0) {
            return ResultCode.ACCEPTED;
        }
        final Producer[] expired = producers.longestUnused(lastExpiredUse(), producer, Limits.MAX_EVICTIONS);
        int evicted = 0;
        long freedBytes = 0;
        while (evicted < expired.length && (evicted < excess || freedBytes < lackingBytes)) {
            freedBytes += ProducersPart.costOf(expired[evicted].windowLength());
            evicted++;
        }
        ResultCode code = ResultCode.ACCEPTED;
        if (evicted < excess) {
            code = ResultCode.TOO_MANY_PRODUCERS;
        } else if (freedBytes < lackingBytes) {
            code = ResultCode.STATE_FULL;
        }
        if (code == ResultCode.ACCEPTED || expired.length == Limits.MAX_EVICTIONS) {
            for (int i = 0; i < evicted; i++) {
                producers.forget(expired[i]);
            }
        }
        return code;
    }

    private long lastExpiredUse() {
        return parts.leases()
                .lastExpired(parts.clock().nowNs(), parts.settings().value(EngineSetting.PRODUCER_EXPIRY));
    }

    private int greatestWindow() {
        return Integer.highestOneBit((int) parts.settings().value(EngineSetting.MAX_PRODUCER_WINDOW));
    }
}
