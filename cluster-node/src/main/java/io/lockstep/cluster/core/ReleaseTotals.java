package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ScheduleTotalsItemDecoder;
import io.lockstep.codecs.ScheduleTotalsItemEncoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * How many messages a shard released and how late: by the log's timestamps, so all nodes count the same. Lateness is kept
 * in whole microseconds, whose sum cannot overflow.
 */
final class ReleaseTotals {
    private static final long NS_IN_US = 1_000;
    private static final int ITEM_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + ScheduleTotalsItemEncoder.BLOCK_LENGTH;

    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ScheduleTotalsItemEncoder encoder = new ScheduleTotalsItemEncoder();
    private final ScheduleTotalsItemDecoder decoder = new ScheduleTotalsItemDecoder();
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[ITEM_LENGTH]);
    private long releasedCount;
    private long latenessSumUs;
    private long greatestLatenessUs;

    /** A message was released. */
    void count(final long dueNs, final long nowNs) {
        final long latenessUs = (nowNs - dueNs) / NS_IN_US;
        releasedCount++;
        latenessSumUs += latenessUs;
        greatestLatenessUs = Math.max(greatestLatenessUs, latenessUs);
    }

    long releasedCount() {
        return releasedCount;
    }

    long latenessSumUs() {
        return latenessSumUs;
    }

    long greatestLatenessUs() {
        return greatestLatenessUs;
    }

    /** Whether there is anything to write. */
    boolean isWritten() {
        return releasedCount > 0;
    }

    void writeTo(final SnapshotSink sink) {
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .releasedCount(releasedCount)
                .latenessSumUs(latenessSumUs)
                .greatestLatenessUs(greatestLatenessUs);
        sink.append(buffer, 0, ITEM_LENGTH);
    }

    void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        releasedCount = decoder.releasedCount();
        latenessSumUs = decoder.latenessSumUs();
        greatestLatenessUs = decoder.greatestLatenessUs();
    }
}
