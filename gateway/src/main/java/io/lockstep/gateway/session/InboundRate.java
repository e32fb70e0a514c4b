package io.lockstep.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * What one connection may still send: two token buckets that hold a second's worth, of messages and of bytes. What comes is
 * always taken; when that used up the last of it, the client is to be read from again only when there is some. Belongs to one
 * thread.
 */
public final class InboundRate {
    private static final long SECOND_NS = TimeUnit.SECONDS.toNanos(1);

    private final ClientRates rates;
    // When all that was taken would have been earned.
    private long messagesPaidNs;
    private long bytesPaidNs;

    /**
     * With full buckets.
     *
     * @param rates of the client.
     * @param nowNs monotonic time.
     */
    public InboundRate(final ClientRates rates, final long nowNs) {
        this.rates = rates;
        this.messagesPaidNs = nowNs;
        this.bytesPaidNs = nowNs;
    }

    /**
     * A message came.
     *
     * @param lengthBytes of it.
     * @param nowNs       monotonic time.
     * @return how long the client is not to be read from, in nanoseconds; 0 where there is credit left.
     */
    public long take(final int lengthBytes, final long nowNs) {
        long waitNs = 0;
        if (rates.messages() > 0) {
            messagesPaidNs = paidNs(messagesPaidNs, 1, rates.messages(), nowNs);
            waitNs = waitNs(messagesPaidNs, rates.messages(), nowNs);
        }
        if (rates.bytes() > 0) {
            bytesPaidNs = paidNs(bytesPaidNs, lengthBytes, rates.bytes(), nowNs);
            waitNs = Math.max(waitNs, waitNs(bytesPaidNs, rates.bytes(), nowNs));
        }
        return waitNs;
    }

    private static long paidNs(final long before, final long units, final long rate, final long nowNs) {
        return (before - nowNs > 0 ? before : nowNs) + units * SECOND_NS / rate;
    }

    // Until the next one is there.
    private static long waitNs(final long paidNs, final long rate, final long nowNs) {
        return Math.max(0, paidNs - nowNs + SECOND_NS / rate - SECOND_NS);
    }
}
