package io.lockstep.perf.rig;

import java.util.ArrayDeque;
import java.util.Deque;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;
import org.agrona.concurrent.NoOpIdleStrategy;
import org.agrona.concurrent.UnsafeBuffer;

/** A system on virtual time: delivers each message a fixed time after it was offered, except where told otherwise. */
final class FakeTarget implements LoadTarget {
    private record Pending(long arriveNs, UnsafeBuffer payload) {}

    private final Deque<Pending> pending = new ArrayDeque<>();
    private final VirtualClock clock;
    private final long latencyNs;
    private Sink sink;
    private long refuseFromNs = Long.MAX_VALUE;
    private long refuseUntilNs;
    private long dropIndex = -1;
    private long repeatIndex = -1;
    private long silentFromIndex = Long.MAX_VALUE;
    private long unansweredCount;
    private long refusedIndex = -1;
    private long refusedCount;
    private String fault;
    private int offerCount;

    FakeTarget(final VirtualClock clock, final long latencyNs) {
        this.clock = clock;
        this.latencyNs = latencyNs;
    }

    FakeTarget refuseBetween(final long fromNs, final long untilNs) {
        refuseFromNs = fromNs;
        refuseUntilNs = untilNs;
        return this;
    }

    FakeTarget drop(final long index) {
        dropIndex = index;
        return this;
    }

    FakeTarget repeat(final long index) {
        repeatIndex = index;
        return this;
    }

    /** From a message on everything is taken, but neither answered nor delivered. */
    FakeTarget fallSilentFrom(final long index) {
        silentFromIndex = index;
        return this;
    }

    /** A message is taken, and answered with no. */
    FakeTarget refuse(final long index) {
        refusedIndex = index;
        return this;
    }

    FakeTarget fail(final String sentence) {
        fault = sentence;
        return this;
    }

    int offerCount() {
        return offerCount;
    }

    @Override
    public void sink(final Sink newSink) {
        sink = newSink;
    }

    @Override
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        offerCount++;
        final long nowNs = clock.nanoTime();
        if (nowNs >= refuseFromNs && nowNs < refuseUntilNs) {
            return false;
        }
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[length]);
        payload.putBytes(0, buffer, offset, length);
        final long index = LoadPayload.index(buffer, offset);
        if (index >= silentFromIndex) {
            unansweredCount++;
            return true;
        }
        if (index == refusedIndex) {
            refusedCount++;
            return true;
        }
        if (index != dropIndex) {
            pending.add(new Pending(nowNs + latencyNs, payload));
        }
        if (index == repeatIndex) {
            pending.add(new Pending(nowNs + latencyNs, payload));
        }
        return true;
    }

    @Override
    public int poll() {
        int workCount = 0;
        while (!pending.isEmpty() && pending.peek().arriveNs() <= clock.nanoTime()) {
            final UnsafeBuffer payload = pending.poll().payload();
            sink.onPayload(payload, 0, payload.capacity());
            workCount++;
        }
        return workCount;
    }

    @Override
    public String fault() {
        return fault;
    }

    @Override
    public long unansweredCount() {
        return unansweredCount;
    }

    @Override
    public long refusedCount() {
        return refusedCount;
    }

    @Override
    public IdleStrategy newIdleStrategy() {
        return NoOpIdleStrategy.INSTANCE;
    }

    @Override
    public void close() {}
}
