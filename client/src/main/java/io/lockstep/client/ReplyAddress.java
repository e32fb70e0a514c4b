package io.lockstep.client;

/** Where the reply to a request goes, for one who answers later. Immutable and for any thread. */
public final class ReplyAddress {
    private final String topic;
    private final byte[] correlation;
    private final long expiryMs;
    private final long wantedUntilNs;

    ReplyAddress(final String topic, final byte[] correlation, final long expiryMs, final long wantedUntilNs) {
        this.topic = topic;
        this.correlation = correlation;
        this.expiryMs = expiryMs;
        this.wantedUntilNs = wantedUntilNs;
    }

    /**
     * The topic of the reply.
     *
     * @return its name.
     */
    public String topic() {
        return topic;
    }

    byte[] correlation() {
        return correlation;
    }

    long expiryMs() {
        return expiryMs;
    }

    /** Monotonic time of this process. */
    long wantedUntilNs() {
        return wantedUntilNs;
    }
}
