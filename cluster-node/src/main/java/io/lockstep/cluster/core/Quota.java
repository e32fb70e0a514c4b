package io.lockstep.cluster.core;

/** What a producer or a topic used of its limits. */
final class Quota {
    private final long id;
    private final TokenBucket messages = new TokenBucket();
    private final TokenBucket bytes = new TokenBucket();
    private int createdTopics;

    /** Of the producer or topic with an id. */
    Quota(final long id) {
        this.id = id;
    }

    long retryAfterNs(final long nowNs) {
        return Math.max(messages.retryAfterNs(nowNs), bytes.retryAfterNs(nowNs));
    }

    /** Takes a message; a rate of 0 is no limit. */
    void take(final long nowNs, final int payloadLength, final long rate, final long byteRate) {
        if (rate > 0) {
            messages.take(nowNs, 1, rate);
        }
        if (byteRate > 0) {
            bytes.take(nowNs, payloadLength, byteRate);
        }
    }

    void resetBuckets() {
        messages.reset();
        bytes.reset();
    }

    void createdTopics(final int count) {
        createdTopics = count;
    }

    int createdTopics() {
        return createdTopics;
    }

    long id() {
        return id;
    }

    TokenBucket messages() {
        return messages;
    }

    TokenBucket bytes() {
        return bytes;
    }
}
