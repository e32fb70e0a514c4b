package io.lockstep.perf.rig;

import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.IdleStrategy;

/** A target under load beside one that is not, which is kept alive meanwhile. One thread. */
final class BesideTarget implements LoadTarget {
    private static final long KEEP_ALIVE_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final LoadTarget loaded;
    private final Runnable keepAlive;
    private long keptAliveNs = System.nanoTime();

    BesideTarget(final LoadTarget loaded, final Runnable keepAlive) {
        this.loaded = loaded;
        this.keepAlive = keepAlive;
    }

    /** {@inheritDoc} */
    @Override
    public void sink(final Sink newSink) {
        loaded.sink(newSink);
    }

    /** {@inheritDoc} */
    @Override
    public boolean offer(final DirectBuffer buffer, final int offset, final int length) {
        return loaded.offer(buffer, offset, length);
    }

    /** {@inheritDoc} */
    @Override
    public int poll() {
        final long nowNs = System.nanoTime();
        if (nowNs - keptAliveNs >= KEEP_ALIVE_NS) {
            keptAliveNs = nowNs;
            keepAlive.run();
        }
        return loaded.poll();
    }

    /** {@inheritDoc} */
    @Override
    public String fault() {
        return loaded.fault();
    }

    /** {@inheritDoc} */
    @Override
    public long unansweredCount() {
        return loaded.unansweredCount();
    }

    /** {@inheritDoc} */
    @Override
    public long refusedCount() {
        return loaded.refusedCount();
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOrdered() {
        return loaded.isOrdered();
    }

    /** {@inheritDoc} */
    @Override
    public IdleStrategy newIdleStrategy() {
        return loaded.newIdleStrategy();
    }

    /** {@inheritDoc} */
    @Override
    public void close() {
        loaded.close();
    }
}
