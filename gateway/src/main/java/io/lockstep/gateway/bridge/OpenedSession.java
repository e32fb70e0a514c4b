package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.PacketIds;

/**
 * What a front end is told of a session that was opened. The array is not copied and not to be changed.
 *
 * @param isPresent         whether the client had a session that goes on.
 * @param expiryNs          how long it lives on when the connection is over, which may be shorter than asked for.
 * @param isPublisherTold   whether a subscription leaves out what the client itself publishes.
 * @param receivedPacketIds of messages with QoS 2 from the client that were accepted and not released.
 * @param packetIds         of messages to the client.
 * @param epoch             under which this connection has the session.
 */
@SuppressWarnings("ArrayRecordComponent")
public record OpenedSession(
        boolean isPresent,
        long expiryNs,
        boolean isPublisherTold,
        int[] receivedPacketIds,
        PacketIds packetIds,
        long epoch) {}
