package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.Delivery;
import io.lockstep.gateway.bridge.DeliveryQueue;
import io.lockstep.gateway.bridge.PendingDelivery;
import io.lockstep.gateway.bridge.PendingDelivery.Step;
import io.lockstep.gateway.session.MessageTraits;
import io.lockstep.gateway.session.OutboundAliases;
import io.lockstep.gateway.session.OutboundWindow;
import io.lockstep.gateway.session.PacketIds;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import java.util.List;

/**
 * Writes what waits for a client, as far as the client's window and the socket take it. Leaves out what is over or longer
 * than the client takes. Belongs to the event loop of the connection.
 */
final class DeliveryWriter {
    // A shorter name is no longer than its alias, which has three bytes.
    private static final int MIN_TOPIC_BYTES_FOR_ALIAS = 4;

    private final MqttConnection connection;
    private final MqttContext context;
    private final ConnectSettings settings;
    private final DeliveryQueue deliveries;
    private final OutboundWindow<PendingDelivery> window;
    private final OutboundAliases aliases;
    private PacketIds packetIds;
    private long lastFreeNumber;

    DeliveryWriter(
            final MqttConnection connection,
            final MqttContext context,
            final DeliveryQueue deliveries,
            final OutboundWindow<PendingDelivery> window) {
        this.connection = connection;
        this.context = context;
        this.settings = connection.settings();
        this.deliveries = deliveries;
        this.window = window;
        this.aliases = new OutboundAliases(settings.limits().topicAliasMaximum());
    }

    /**
     * The ids to use. Those of retained messages begin elsewhere with each connection, because the client may still hold some of
     * the one before.
     */
    void packetIds(final PacketIds newPacketIds, final long firstFreeNumber) {
        packetIds = newPacketIds;
        lastFreeNumber = firstFreeNumber;
    }

    /** Writes what can be written; returns whether something got further that the bridge should know of. */
    boolean writeAll() {
        boolean hasWritten = false;
        boolean hasEnded = false;
        while (connection.isWritable()) {
            final PendingDelivery pending = deliveries.peek();
            if (pending == null || (pending.qos() > 0 && !hasRoom())) {
                break;
            }
            deliveries.remove();
            final boolean isWritten = write(pending);
            hasWritten |= isWritten;
            hasEnded |= !isWritten && pending.qos() > 0;
        }
        if (hasWritten) {
            connection.flush();
        }
        return hasEnded;
    }

    /** The client has a message with QoS 1; returns whether there was one. */
    boolean onPubAck(final int packetId) {
        final PendingDelivery pending = window.get(packetId);
        if (pending == null || pending.qos() != 1) {
            return false;
        }
        finish(packetId, pending);
        return true;
    }

    /** The client has a message with QoS 2, or refuses it; returns whether the bridge should know of it. */
    boolean onPubRec(final int packetId, final int reasonCode) {
        final PendingDelivery pending = window.get(packetId);
        if (pending == null || pending.qos() != 2) {
            connection.send(Packets.pubRel(settings, packetId, ReasonCodes.PACKET_IDENTIFIER_NOT_FOUND));
            return false;
        }
        if (ReasonCodes.isError(reasonCode)) {
            finish(packetId, pending);
            return true;
        }
        if (pending.step() != Step.UNANSWERED) {
            return false;
        }
        pending.forgetContent();
        pending.step(Step.RECEIVED);
        return true;
    }

    /** The cluster has noted that the client has a message. */
    void release(final PendingDelivery pending) {
        if (window.get(pending.packetId()) == pending) {
            connection.send(Packets.pubRel(settings, pending.packetId(), ReasonCodes.SUCCESS));
        }
    }

    /** The client has forgotten the packet id of a message with QoS 2; returns whether there was one. */
    boolean onPubComp(final int packetId) {
        final PendingDelivery pending = window.get(packetId);
        if (pending == null || pending.step() != Step.RECEIVED) {
            return false;
        }
        finish(packetId, pending);
        return true;
    }

    private void finish(final int packetId, final PendingDelivery pending) {
        window.remove(packetId);
        end(pending);
    }

    private void end(final PendingDelivery pending) {
        deliveries.release(pending);
        pending.forgetContent();
        pending.step(Step.DONE);
    }

    private boolean write(final PendingDelivery pending) {
        final Delivery delivery = pending.delivery();
        if (delivery == null) {
            // Another connection brought it, and the client has it.
            window.open(pending.packetId(), pending);
            connection.write(Packets.pubRel(settings, pending.packetId(), ReasonCodes.SUCCESS));
            return true;
        }
        final long remainingSeconds = remainingSeconds(delivery);
        if (remainingSeconds == 0) {
            context.counters().messagesExpired().increment();
            end(pending);
            return false;
        }
        final boolean isWritten = settings.isMqtt5()
                ? writeMqtt5(pending, remainingSeconds)
                : writePacket(pending, delivery.topic(), MqttProperties.NO_PROPERTIES);
        if (!isWritten) {
            context.counters().messagesDropped().increment();
        } else {
            context.counters().messagesOut().increment();
        }
        if (!isWritten || pending.qos() == 0) {
            end(pending);
        }
        return isWritten;
    }

    private boolean writeMqtt5(final PendingDelivery pending, final long remainingSeconds) {
        final Delivery delivery = pending.delivery();
        final int known = aliases.known(delivery.topic());
        final int assigned = known == OutboundAliases.NONE && delivery.topicLengthBytes() >= MIN_TOPIC_BYTES_FOR_ALIAS
                ? aliases.next()
                : OutboundAliases.NONE;
        final MqttProperties properties = properties(
                delivery, remainingSeconds, known + assigned, pending.match().identifiers());
        final boolean hasName = known == OutboundAliases.NONE;
        final long lengthBytes = Packets.publishLength(
                hasName ? delivery.topicLengthBytes() : 0, pending.qos(), properties, delivery.payload().length);
        if (lengthBytes > settings.limits().maxPacketBytes()) {
            return false;
        }
        if (assigned != OutboundAliases.NONE) {
            aliases.assign(delivery.topic());
        }
        return writePacket(pending, hasName ? delivery.topic() : "", properties);
    }

    private boolean writePacket(final PendingDelivery pending, final String topic, final MqttProperties properties) {
        if (pending.qos() > 0) {
            if (pending.packetId() == PendingDelivery.ANY_PACKET_ID) {
                pending.packetId(freePacketId());
            }
            window.open(pending.packetId(), pending);
        }
        connection.write(Packets.publish(pending, topic, properties));
        return true;
    }

    private boolean hasRoom() {
        // Ids of each kind are fewer than clients may ask for.
        return window.hasRoom() && window.length() < packetIds.window();
    }

    private int freePacketId() {
        int packetId = packetIds.freeId(lastFreeNumber++);
        while (window.get(packetId) != null) {
            packetId = packetIds.freeId(lastFreeNumber++);
        }
        return packetId;
    }

    private long remainingSeconds(final Delivery delivery) {
        final MessageTraits traits = delivery.traits();
        return traits.expiryMs() == MessageTraits.NO_EXPIRY
                ? MessageTraits.NO_EXPIRY
                : traits.remainingSeconds(
                        delivery.timestampNs(), context.epochClock().nanoTime());
    }

    private static MqttProperties properties(
            final Delivery delivery, final long remainingSeconds, final int alias, final List<Integer> identifiers) {
        final MqttProperties ofMessage = HeaderMapping.toProperties(delivery.headers(), remainingSeconds);
        if (alias == OutboundAliases.NONE && identifiers.isEmpty()) {
            return ofMessage;
        }
        final MqttProperties properties = ofMessage.isEmpty() ? new MqttProperties() : ofMessage;
        if (alias != OutboundAliases.NONE) {
            properties.add(new IntegerProperty(MqttProperties.TOPIC_ALIAS, alias));
        }
        for (final Integer identifier : identifiers) {
            properties.add(new IntegerProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER, identifier));
        }
        return properties;
    }
}
