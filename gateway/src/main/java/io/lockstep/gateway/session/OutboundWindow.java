package io.lockstep.gateway.session;

import java.util.Objects;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Messages that were sent to a client and are not answered yet, by packet id. Packet ids run from 1 to 65,535 in turn and
 * skip those in flight, so that none is used twice at a time. Belongs to the session's thread.
 *
 * @param <M> the message.
 */
public final class OutboundWindow<M> {
    /** Returned by {@link #open} when the client's receive maximum is reached. */
    public static final int FULL = 0;

    /** Greatest packet id. */
    public static final int MAX_PACKET_ID = 65_535;

    private final Int2ObjectHashMap<M> messageByPacketId = new Int2ObjectHashMap<>();
    private final int receiveMaximum;
    private int lastPacketId;

    /**
     * Creates an empty window.
     *
     * @param receiveMaximum greatest number of unanswered messages, 1 to 65,535.
     */
    public OutboundWindow(final int receiveMaximum) {
        if (receiveMaximum < 1 || receiveMaximum > MAX_PACKET_ID) {
            throw new IllegalArgumentException("a receive maximum is 1 to 65535, but it is " + receiveMaximum);
        }
        this.receiveMaximum = receiveMaximum;
    }

    /**
     * Takes a message in.
     *
     * @param message that is about to be sent.
     * @return its packet id, or {@link #FULL}.
     */
    public int open(final M message) {
        Objects.requireNonNull(message, "message");
        if (messageByPacketId.size() >= receiveMaximum) {
            return FULL;
        }
        do {
            lastPacketId = lastPacketId == MAX_PACKET_ID ? 1 : lastPacketId + 1;
        } while (messageByPacketId.containsKey(lastPacketId));
        messageByPacketId.put(lastPacketId, message);
        return lastPacketId;
    }

    /**
     * The client answered.
     *
     * @param packetId of the answer.
     * @return the message, or null where none of that id is in flight.
     */
    public M settle(final int packetId) {
        return messageByPacketId.remove(packetId);
    }

    /**
     * Whether another message may be sent.
     *
     * @return false when the receive maximum is reached.
     */
    public boolean hasRoom() {
        return messageByPacketId.size() < receiveMaximum;
    }

    /**
     * Number of unanswered messages.
     *
     * @return from 0 to the receive maximum.
     */
    public int length() {
        return messageByPacketId.size();
    }
}
