package io.lockstep.gateway.mqtt;

/**
 * What client and gateway agreed on when the connection began. Immutable.
 *
 * @param clientId          as given or assigned.
 * @param isAssignedClientId      whether the gateway chose the client id.
 * @param isMqtt5                 true for MQTT 5.0, false for 3.1.1 and 3.1.
 * @param keepAliveSeconds        that the gateway checks.
 * @param isServerKeepAlive       whether the gateway chose the keep-alive.
 * @param receiveMaximum          unanswered QoS 1 messages that the client takes.
 * @param maxPacketBytes          longest packet that the client takes.
 * @param wantsSessionExpiry      whether the client asked for a session that outlives the connection.
 */
record ConnectSettings(
        String clientId,
        boolean isAssignedClientId,
        boolean isMqtt5,
        int keepAliveSeconds,
        boolean isServerKeepAlive,
        int receiveMaximum,
        long maxPacketBytes,
        boolean wantsSessionExpiry) {
    static final long ANY_PACKET_SIZE = Long.MAX_VALUE;
}
