package io.lockstep.gateway.session;

/**
 * Messages of a client with QoS 1 and 2 that wait for the cluster. Shards answer independently of each other, but answers leave in
 * the order in which the messages came (MQTT 5.0, [MQTT-4.6.0-2]): an answer waits until all before it are there. Belongs
 * to the session's thread.
 */
public final class InboundWindow {
    /** Returned by {@link #accept} when the receive maximum is exceeded. */
    public static final long FULL = -1;

    private static final int UNANSWERED = -1;

    private final int receiveMaximum;
    private final int mask;
    private final int[] packetIds;
    private final int[] reasonCodes;
    private final boolean[] areExactlyOnce;
    private long head;
    private long tail;

    /**
     * Creates an empty window.
     *
     * @param receiveMaximum greatest number of unanswered messages, 1 to 65,535.
     */
    public InboundWindow(final int receiveMaximum) {
        if (receiveMaximum < 1 || receiveMaximum > PacketIds.MAX) {
            throw new IllegalArgumentException("a receive maximum is 1 to 65535, but it is " + receiveMaximum);
        }
        final int length = Integer.highestOneBit(receiveMaximum * 2 - 1);
        this.receiveMaximum = receiveMaximum;
        this.mask = length - 1;
        this.packetIds = new int[length];
        this.reasonCodes = new int[length];
        this.areExactlyOnce = new boolean[length];
    }

    /**
     * Takes a message in.
     *
     * @param packetId      that the client gave it.
     * @param isExactlyOnce whether it has QoS 2.
     * @return a ticket for {@link #settle}, from 0, or {@link #FULL}.
     */
    public long accept(final int packetId, final boolean isExactlyOnce) {
        if (isFull()) {
            return FULL;
        }
        final int index = (int) tail & mask;
        packetIds[index] = packetId;
        areExactlyOnce[index] = isExactlyOnce;
        reasonCodes[index] = UNANSWERED;
        return tail++;
    }

    /**
     * The answer to a message is known.
     *
     * @param ticket     from {@link #accept}.
     * @param reasonCode to answer with, 0 or above.
     */
    public void settle(final long ticket, final int reasonCode) {
        if (ticket < head || ticket >= tail || reasonCodes[(int) ticket & mask] != UNANSWERED) {
            throw new IllegalStateException(
                    "ticket " + ticket + " is not open: the window holds " + head + " to " + tail);
        }
        if (reasonCode < 0) {
            throw new IllegalArgumentException("a reason code is 0 or above, but it is " + reasonCode);
        }
        reasonCodes[(int) ticket & mask] = reasonCode;
    }

    /**
     * Whether the oldest message may be answered now.
     *
     * @return true if its answer is known.
     */
    public boolean hasSettledHead() {
        return head < tail && reasonCodes[(int) head & mask] != UNANSWERED;
    }

    /**
     * Packet id of the oldest message.
     *
     * @return the id; only with {@link #hasSettledHead()}.
     */
    public int headPacketId() {
        return packetIds[(int) head & mask];
    }

    /**
     * Answer to the oldest message.
     *
     * @return the reason code; only with {@link #hasSettledHead()}.
     */
    public int headReasonCode() {
        return reasonCodes[(int) head & mask];
    }

    /**
     * Whether the oldest message has QoS 2.
     *
     * @return false where it has QoS 1; only with {@link #hasSettledHead()}.
     */
    public boolean isHeadExactlyOnce() {
        return areExactlyOnce[(int) head & mask];
    }

    /** The oldest message was answered. */
    public void removeHead() {
        if (!hasSettledHead()) {
            throw new IllegalStateException("the message with ticket " + head + " is not settled yet");
        }
        head++;
    }

    /**
     * Whether the receive maximum is reached.
     *
     * @return true if another message would be refused.
     */
    public boolean isFull() {
        return tail - head >= receiveMaximum;
    }

    /**
     * Number of unanswered messages.
     *
     * @return from 0 to the receive maximum.
     */
    public int length() {
        return (int) (tail - head);
    }
}
