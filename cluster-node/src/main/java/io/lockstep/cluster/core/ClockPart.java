package io.lockstep.cluster.core;

import io.lockstep.codecs.ClockItemDecoder;
import io.lockstep.codecs.ClockItemEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Part 1, the clock: the greatest timestamp of the log so far, and the deadline of the one cluster timer. */
final class ClockPart implements Part {
    /** No deadline. */
    static final long NONE = ClockItemEncoder.timerDeadlineNsNullValue();

    private static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + ClockItemEncoder.BLOCK_LENGTH;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ClockItemEncoder encoder = new ClockItemEncoder();
    private final ClockItemDecoder decoder = new ClockItemDecoder();

    private long nowNs;
    private long timerDeadlineNs = NONE;

    void advance(final long timestampNs) {
        if (timestampNs > nowNs) {
            nowNs = timestampNs;
        }
    }

    long nowNs() {
        return nowNs;
    }

    long timerDeadlineNs() {
        return timerDeadlineNs;
    }

    void timerDeadlineNs(final long deadlineNs) {
        timerDeadlineNs = deadlineNs;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        encoder.wrapAndApplyHeader(buffer, 0, header).lastTimestampNs(nowNs).timerDeadlineNs(timerDeadlineNs);
        sink.append(buffer, 0, LENGTH);
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        nowNs = decoder.lastTimestampNs();
        timerDeadlineNs = decoder.timerDeadlineNs();
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return LENGTH;
    }
}
