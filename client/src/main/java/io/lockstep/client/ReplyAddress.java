package io.lockstep.client;

/** Where the reply to a request goes, for one who answers later. Immutable and for any thread. */
public final class ReplyAddress {
    private final String topic;
    private final byte[] correlation;
    private final long expiryMs;

    ReplyAddress(final String topic, final byte[] correlation, final long expiryMs) {
        this.topic = topic;
        this.correlation = correlation;
        this.expiryMs = expiryMs;
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
}
