package io.lockstep.gateway.session;

import java.util.Objects;
import org.agrona.collections.Int2ObjectHashMap;

/**
 * Messages that were sent to a client and are not answered yet, by packet id. Belongs to the session's thread.
 *
 * @param <M> the message.
 */
public final class OutboundWindow<M> {
    private final Int2ObjectHashMap<M> messageByPacketId = new Int2ObjectHashMap<>();
    private final int receiveMaximum;

    /**
     * Creates an empty window.
     *
     * @param receiveMaximum greatest number of unanswered messages, 1 to 65,535.
     */
    public OutboundWindow(final int receiveMaximum) {
        if (receiveMaximum < 1 || receiveMaximum > PacketIds.MAX) {
            throw new IllegalArgumentException("a receive maximum is 1 to 65535, but it is " + receiveMaximum);
        }
        this.receiveMaximum = receiveMaximum;
    }

    /**
     * Takes a message in.
     *
     * @param packetId under which it is sent; none of it is in flight.
     * @param message  that is about to be sent.
     */
    public void open(final int packetId, final M message) {
        Objects.requireNonNull(message, "message");
        if (messageByPacketId.put(packetId, message) != null) {
            throw new IllegalStateException("two messages with packet id " + packetId + " are in flight");
        }
    }

    /**
     * The message that is in flight under an id.
     *
     * @param packetId of an answer.
     * @return the message, or null where none is.
     */
    public M get(final int packetId) {
        return messageByPacketId.get(packetId);
    }

    /**
     * The client answered for the last time.
     *
     * @param packetId of the answer.
     */
    public void remove(final int packetId) {
        messageByPacketId.remove(packetId);
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
