package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.session.GatewayLimits;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * How much of one client's traffic waits for the cluster. The session's thread takes, the bridge thread gives back; a
 * client that took all is not read from until half is there again, so that its flood is its own.
 */
final class InboundCredit {
    private final AtomicInteger messages = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private final int maxMessages;
    private final int maxBytes;

    InboundCredit(final GatewayLimits limits) {
        this.maxMessages = limits.maxUnsettledMessages();
        this.maxBytes = limits.maxUnsettledBytes();
    }

    void take(final int lengthBytes) {
        messages.incrementAndGet();
        bytes.addAndGet(lengthBytes);
    }

    void give(final int lengthBytes) {
        messages.decrementAndGet();
        bytes.addAndGet(-lengthBytes);
    }

    boolean isUsedUp() {
        return messages.get() >= maxMessages || bytes.get() >= maxBytes;
    }

    boolean isHalfFree() {
        return messages.get() <= maxMessages / 2 && bytes.get() <= maxBytes / 2;
    }

    boolean isUnused() {
        return messages.get() == 0;
    }
}
