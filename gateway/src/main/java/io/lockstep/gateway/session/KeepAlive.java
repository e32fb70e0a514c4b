package io.lockstep.gateway.session;

import java.util.concurrent.TimeUnit;

/**
 * When a silent client counts as gone: after one and a half times its keep-alive interval (MQTT 5.0, section 3.1.2.10).
 * Belongs to the session's thread.
 */
public final class KeepAlive {
    /** Deadline of a client that is never given up for silence. */
    public static final long NEVER = Long.MAX_VALUE;

    private final long allowanceNs;
    private long lastPacketNs;

    /**
     * Starts with a packet just received.
     *
     * @param intervalSeconds as agreed, 0 switches the check off.
     * @param nowNs           on the caller's monotonic clock.
     */
    public KeepAlive(final int intervalSeconds, final long nowNs) {
        this.allowanceNs = TimeUnit.SECONDS.toNanos(intervalSeconds) * 3 / 2;
        this.lastPacketNs = nowNs;
    }

    /**
     * A packet arrived, or the gateway itself stopped reading and begins again.
     *
     * @param nowNs on the same clock.
     */
    public void onPacket(final long nowNs) {
        lastPacketNs = nowNs;
    }

    /**
     * Time left.
     *
     * @param nowNs on the same clock.
     * @return nanoseconds until the client counts as gone, 0 or less when it does, {@link #NEVER} where it never will.
     */
    public long remainingNs(final long nowNs) {
        return allowanceNs == 0 ? NEVER : allowanceNs - (nowNs - lastPacketNs);
    }
}
