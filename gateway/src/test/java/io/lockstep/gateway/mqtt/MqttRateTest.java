package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.session.ClientRates;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of clients that send faster than they may. */
@ExtendWith(LeakCheck.class)
class MqttRateTest {
    private TestBroker broker;

    @AfterEach
    void close() {
        broker.close();
    }

    @Test
    void shouldReadNoMoreUntilThereIsCreditWhenMessagesComeTooFast() {
        start(2, 0);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "fast");
        final TestClient other = broker.client().connect(MqttVersion.MQTT_5, "other");

        for (int i = 1; i <= 5; i++) {
            client.write(publication(i));
        }
        broker.work();
        expectAnswers(client, 1, 2);
        assertEquals(1, broker.counters().readsHeldBack().sum());
        other.publish("b", 1, 1, "x").expectPubAck(1, 0);

        broker.advance(1);
        expectAnswers(client, 3, 4);
        broker.advance(1);
        expectAnswers(client, 5, 5);
        assertEquals(List.of("a", "a", "b", "a", "a", "a"), broker.link().offeredTopics());
        assertTrue(client.server().isOpen());
    }

    @Test
    void shouldTakeASecondsWorthAtOnceWhenAClientWasQuiet() {
        start(3, 0);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");
        broker.advance(20);

        for (int i = 1; i <= 7; i++) {
            client.write(publication(i));
        }
        broker.work();

        expectAnswers(client, 1, 3);
        broker.advance(1);
        expectAnswers(client, 4, 6);
    }

    @Test
    void shouldKeepTheConnectionWhenItIsNotReadFromForLongerThanTheKeepAlive() {
        start(0, 1_000);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.publish("a", 1, 1, "x".repeat(101_000)).expectPubAck(1, 0);
        client.send(MqttMessage.PINGREQ);
        broker.advance(99);
        client.expectNothing();
        assertTrue(client.server().isOpen());
        broker.advance(2);

        assertEquals(MqttMessageType.PINGRESP, client.receive().fixedHeader().messageType());
        broker.advance(44);
        assertTrue(client.server().isOpen());
        broker.advance(2);
        client.expectDisconnect(ReasonCodes.KEEP_ALIVE_TIMEOUT);
    }

    @Test
    void shouldCountSubscriptionsButNotTheAnswersOfAReader() {
        start(1, 0);
        final TestClient reader = broker.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("a", 1);
        assertEquals(1, broker.counters().readsHeldBack().sum());
        broker.advance(1);

        for (int i = 0; i < 10; i++) {
            broker.link().publish("a", new byte[0], new byte[1]);
            broker.work();
            final int packetId =
                    reader.expectPublish("a", 1, "\0").variableHeader().packetId();
            reader.acknowledge(packetId);
        }
        assertEquals(1, broker.counters().readsHeldBack().sum());
        reader.write(subscription(3)).write(subscription(4));
        broker.work();

        assertEquals(2, broker.counters().readsHeldBack().sum());
        assertEquals(MqttMessageType.SUBACK, reader.receive().fixedHeader().messageType());
        reader.expectNothing();
        broker.advance(1);
        assertEquals(MqttMessageType.SUBACK, reader.receive().fixedHeader().messageType());
        assertEquals(3, broker.counters().readsHeldBack().sum());
    }

    private void start(final int messages, final long bytes) {
        broker = new TestBroker(
                GatewayLimits.DEFAULTS.withClientRates(new ClientRates(messages, bytes)), MqttOptions.DEFAULTS);
    }

    private static MqttMessage publication(final int packetId) {
        return TestClient.publication("a", 1, packetId, "x", MqttProperties.NO_PROPERTIES);
    }

    private static MqttMessage subscription(final int packetId) {
        return MqttMessageBuilders.subscribe()
                .messageId(packetId)
                .addSubscription(MqttQoS.AT_MOST_ONCE, "b" + packetId)
                .build();
    }

    private static void expectAnswers(final TestClient client, final int first, final int last) {
        for (int i = first; i <= last; i++) {
            client.expectPubAck(i, 0);
        }
        client.expectNothing();
    }
}
