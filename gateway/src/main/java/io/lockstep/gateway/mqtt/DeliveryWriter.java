package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.Delivery;
import io.lockstep.gateway.bridge.DeliveryQueue;
import io.lockstep.gateway.session.MessageTraits;
import io.lockstep.gateway.session.OutboundAliases;
import io.lockstep.gateway.session.OutboundWindow;
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
    private final OutboundWindow<Delivery> window;
    private final OutboundAliases aliases;

    DeliveryWriter(
            final MqttConnection connection,
            final MqttContext context,
            final DeliveryQueue deliveries,
            final OutboundWindow<Delivery> window) {
        this.connection = connection;
        this.context = context;
        this.settings = connection.settings();
        this.deliveries = deliveries;
        this.window = window;
        this.aliases = new OutboundAliases(settings.limits().topicAliasMaximum());
    }

    void writeAll() {
        boolean hasWritten = false;
        while (connection.isWritable()) {
            final DeliveryQueue.Entry entry = deliveries.peek();
            if (entry == null || (entry.qos() > 0 && !window.hasRoom())) {
                break;
            }
            deliveries.remove();
            hasWritten |= write(entry);
        }
        if (hasWritten) {
            connection.flush();
        }
    }

    /** The client answered; returns whether there was something to answer. */
    boolean onPubAck(final int packetId) {
        final Delivery delivery = window.settle(packetId);
        if (delivery != null) {
            deliveries.release(delivery);
        }
        return delivery != null;
    }

    private boolean write(final DeliveryQueue.Entry entry) {
        final Delivery delivery = entry.delivery();
        final long remainingSeconds = remainingSeconds(delivery);
        if (remainingSeconds == 0) {
            context.counters().messagesExpired().increment();
            deliveries.release(delivery);
            return false;
        }
        final boolean isWritten = settings.isMqtt5()
                ? writeMqtt5(entry, remainingSeconds)
                : writePacket(entry, delivery.topic(), MqttProperties.NO_PROPERTIES);
        if (!isWritten) {
            context.counters().messagesDropped().increment();
        } else {
            context.counters().messagesOut().increment();
        }
        if (!isWritten || entry.qos() == 0) {
            deliveries.release(delivery);
        }
        return isWritten;
    }

    private boolean writeMqtt5(final DeliveryQueue.Entry entry, final long remainingSeconds) {
        final Delivery delivery = entry.delivery();
        final int known = aliases.known(delivery.topic());
        final int assigned = known == OutboundAliases.NONE && delivery.topicLengthBytes() >= MIN_TOPIC_BYTES_FOR_ALIAS
                ? aliases.next()
                : OutboundAliases.NONE;
        final MqttProperties properties = properties(
                delivery, remainingSeconds, known + assigned, entry.match().identifiers());
        final boolean hasName = known == OutboundAliases.NONE;
        final long lengthBytes = Packets.publishLength(
                hasName ? delivery.topicLengthBytes() : 0, entry.qos(), properties, delivery.payload().length);
        if (lengthBytes > settings.limits().maxPacketBytes()) {
            return false;
        }
        if (assigned != OutboundAliases.NONE) {
            aliases.assign(delivery.topic());
        }
        return writePacket(entry, hasName ? delivery.topic() : "", properties);
    }

    private boolean writePacket(final DeliveryQueue.Entry entry, final String topic, final MqttProperties properties) {
        final int packetId = entry.qos() > 0 ? window.open(entry.delivery()) : 0;
        connection.write(Packets.publish(entry.delivery(), topic, entry.qos(), packetId, properties));
        return true;
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
