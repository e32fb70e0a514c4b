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
        final ResultCode code = checkOpen(producerId, producer, windowLength);
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
            for (long excess = excessProducers(); excess > 0; excess--) {
                parts.producers().forget(parts.producers().longestUnused());
            }
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
        long cost = ProducersPart.costOf(windowLength);
        if (producer != null) {
            cost -= ProducersPart.costOf(producer.windowLength());
        } else if (excessProducers() > evictableProducers()) {
            return ResultCode.TOO_MANY_PRODUCERS;
        }
        return cost <= 0 || entryCheck.hasRoomFor(cost) ? ResultCode.ACCEPTED : ResultCode.STATE_FULL;
    }

    // How many must go before one more fits.
    private long excessProducers() {
        return parts.producers().producerCount() + 1L - parts.settings().value(EngineSetting.MAX_PRODUCERS);
    }

    private long evictableProducers() {
        if (excessProducers() <= 0) {
            return 0;
        }
        final long expiryNs = parts.settings().value(EngineSetting.PRODUCER_EXPIRY);
        return parts.producers().countUnusedSince(parts.clock().nowNs() - expiryNs);
    }

    private int greatestWindow() {
        return Integer.highestOneBit((int) parts.settings().value(EngineSetting.MAX_PRODUCER_WINDOW));
    }
}
