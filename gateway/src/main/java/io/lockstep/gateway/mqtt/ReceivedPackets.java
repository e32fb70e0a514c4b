package io.lockstep.gateway.mqtt;

import org.agrona.collections.Int2IntHashMap;

/**
 * Packet ids of messages with QoS 2 from the client, from PUBLISH to PUBCOMP (MQTT 5.0, section 4.3.3). Belongs to the event loop
 * of the connection.
 */
final class ReceivedPackets {
    /** What is known of a packet id. */
    enum State {
        /** Nothing: it is free. */
        FREE,
        /** The cluster has not answered the message. */
        PENDING,
        /** The message is accepted. */
        ACCEPTED,
        /** The client released the id, and the cluster has not noted it. */
        RELEASING
    }

    private static final State[] STATES = State.values();
    // Beside the state: the client sent the message over this connection, so that it counts under the receive maximum.
    private static final int COUNTED = 4;

    private final Int2IntHashMap states = new Int2IntHashMap(State.FREE.ordinal());
    private int countedAccepted;

    /** The message of another connection was accepted. */
    void onFound(final int packetId) {
        states.put(packetId, State.ACCEPTED.ordinal());
    }

    State state(final int packetId) {
        return STATES[states.get(packetId) & ~COUNTED];
    }

    /** A message came; one that is known already stays as it is, but counts. */
    void onPublish(final int packetId) {
        final State state = state(packetId);
        put(packetId, state == State.FREE ? State.PENDING : state, true);
    }

    void onAccepted(final int packetId) {
        if (state(packetId) == State.PENDING) {
            put(packetId, State.ACCEPTED, isCounted(packetId));
        }
    }

    void onRelease(final int packetId) {
        put(packetId, State.RELEASING, isCounted(packetId));
    }

    /** The id is free again. */
    void onEnd(final int packetId) {
        put(packetId, State.FREE, false);
    }

    /** Messages of this connection that were accepted and whose ids are not free yet. */
    int acceptedCount() {
        return countedAccepted;
    }

    private boolean isCounted(final int packetId) {
        return (states.get(packetId) & COUNTED) != 0;
    }

    private void put(final int packetId, final State state, final boolean isCounted) {
        countedAccepted += weight(state, isCounted) - weight(state(packetId), isCounted(packetId));
        final int value = state.ordinal() | (isCounted ? COUNTED : 0);
        if (value == State.FREE.ordinal()) {
            states.remove(packetId);
        } else {
            states.put(packetId, value);
        }
    }

    private static int weight(final State state, final boolean isCounted) {
        return isCounted && (state == State.ACCEPTED || state == State.RELEASING) ? 1 : 0;
    }
}
