package io.lockstep.gateway.mqtt;

import org.agrona.collections.Int2ObjectHashMap;
import org.agrona.collections.IntHashSet;

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

    private final Int2ObjectHashMap<State> states = new Int2ObjectHashMap<>();
    // The client sent them over this connection, so that they count under the receive maximum.
    private final IntHashSet counted = new IntHashSet();
    private int countedAccepted;

    /** The message of another connection was accepted. */
    void onFound(final int packetId) {
        put(packetId, State.ACCEPTED);
    }

    State state(final int packetId) {
        final State state = states.get(packetId);
        return state == null ? State.FREE : state;
    }

    /** A message came; one that is known already stays as it is, but counts. */
    void onPublish(final int packetId) {
        final State state = state(packetId);
        if (isCountedIn(state) && !counted.contains(packetId)) {
            countedAccepted++;
        }
        counted.add(packetId);
        put(packetId, state == State.FREE ? State.PENDING : state);
    }

    void onAccepted(final int packetId) {
        if (state(packetId) == State.PENDING) {
            put(packetId, State.ACCEPTED);
        }
    }

    void onRelease(final int packetId) {
        put(packetId, State.RELEASING);
    }

    /** The id is free again. */
    void onEnd(final int packetId) {
        put(packetId, State.FREE);
        counted.remove(packetId);
    }

    /** Messages of this connection that were accepted and whose ids are not free yet. */
    int acceptedCount() {
        return countedAccepted;
    }

    private void put(final int packetId, final State state) {
        if (counted.contains(packetId)) {
            countedAccepted += (isCountedIn(state) ? 1 : 0) - (isCountedIn(state(packetId)) ? 1 : 0);
        }
        if (state == State.FREE) {
            states.remove(packetId);
        } else {
            states.put(packetId, state);
        }
    }

    private static boolean isCountedIn(final State state) {
        return state == State.ACCEPTED || state == State.RELEASING;
    }
}
