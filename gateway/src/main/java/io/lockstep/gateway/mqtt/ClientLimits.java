package io.lockstep.gateway.mqtt;

/**
 * What a client takes. Immutable.
 *
 * @param receiveMaximum    unanswered messages with a QoS above 0.
 * @param maxPacketBytes    length of a packet, or {@link ConnectSettings#ANY_PACKET_SIZE}.
 * @param topicAliasMaximum number of topic aliases in messages to it.
 */
record ClientLimits(int receiveMaximum, long maxPacketBytes, int topicAliasMaximum) {}
