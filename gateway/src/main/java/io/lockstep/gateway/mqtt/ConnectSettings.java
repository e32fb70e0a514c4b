package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.Will;

/**
 * What client and gateway agreed on when the connection began. Immutable.
 *
 * @param clientId                 as given or assigned.
 * @param isAssignedClientId       whether the gateway chose the client id.
 * @param isMqtt5                  true for MQTT 5.0, false for 3.1.1 and 3.1.
 * @param keepAliveSeconds         that the gateway checks.
 * @param isServerKeepAlive        whether the gateway chose the keep-alive.
 * @param isCleanStart             whether a session that there is ends.
 * @param sessionExpirySeconds     that the client asked for.
 * @param limits                   of the client.
 * @param hasProblemInformation    whether every packet may say its reason in words, and not only PUBLISH, CONNACK and
 *                                 DISCONNECT.
 * @param wantsResponseInformation whether the client asked where replies go.
 * @param will                     to the topic that the client named, or null.
 */
record ConnectSettings(
        String clientId,
        boolean isAssignedClientId,
        boolean isMqtt5,
        int keepAliveSeconds,
        boolean isServerKeepAlive,
        boolean isCleanStart,
        long sessionExpirySeconds,
        ClientLimits limits,
        boolean hasProblemInformation,
        boolean wantsResponseInformation,
        Will will) {
    static final long ANY_PACKET_SIZE = Long.MAX_VALUE;

    boolean wantsSessionExpiry() {
        return sessionExpirySeconds != 0;
    }
}
