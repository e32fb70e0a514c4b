package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.FakeCluster;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Shared subscriptions (section 4.8.2): two gateways and one cluster in memory, which hands out in turn. */
@ExtendWith(LeakCheck.class)
class MqttSharedSubscriptionTest {
    private static final String SHARE = "$share/g/a/#";

    private final FakeCluster cluster = new FakeCluster();
    private final TestBroker broker = new TestBroker(GatewayLimits.DEFAULTS, cluster);
    private final TestBroker other = new TestBroker(GatewayLimits.DEFAULTS, cluster);
    private final TestClient publisher = broker.client().connect(MqttVersion.MQTT_5, "publisher");
    private int lastPacketId;

    @AfterEach
    void close() {
        broker.close();
        other.close();
    }

    @ParameterizedTest
    @EnumSource(value = MqttVersion.class, names = "MQTT_3_1", mode = EnumSource.Mode.EXCLUDE)
    void shouldBringEachMessageToOneClientWhenTheyShare(final MqttVersion version) {
        final TestClient one = connect(broker, version, "one");
        final TestClient two = connect(other, version, "two");
        final TestClient alone = connect(other, version, "alone");
        one.subscribe(SHARE, 1);
        two.subscribe(SHARE, 1);
        alone.subscribe("a/#", 1);

        publish("1", "2", "3", "4", "5", "6");

        final List<String> ofOne = takeAll(one);
        final List<String> ofTwo = takeAll(two);
        assertEquals(List.of("1", "3", "5"), ofOne);
        assertEquals(List.of("2", "4", "6"), ofTwo);
        assertEquals(List.of("1", "2", "3", "4", "5", "6"), takeAll(alone));
        broker.advance(1);
        other.advance(1);
        assertEquals(0, cluster.openOfShare(0, SHARE));
    }

    @Test
    void shouldGiveToAnotherClientWhatWasNotAnsweredWhenAConnectionEnds() {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");
        one.subscribe(SHARE, 1);
        publish("1", "2");
        one.expectPublish("a/1", 1, "1");
        one.acknowledge(packetIdOf(one.expectPublish("a/2", 1, "2")));
        final TestClient two = connect(other, MqttVersion.MQTT_5, "two");
        two.subscribe(SHARE, 1);

        broker.drop(one);
        other.work();

        assertEquals(List.of("1"), takeAll(two));
    }

    @Test
    void shouldGiveToAnotherClientWhatWasNotAnsweredWhenAGatewayDies() {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");
        one.subscribe(SHARE, 1);
        publish("1");
        one.expectPublish("a/1", 1, "1");
        broker.link().kill();

        final TestClient again = connect(other, MqttVersion.MQTT_5, "one");

        assertEquals(List.of("1"), takeAll(again));
    }

    @Test
    void shouldKeepMessagesForThoseWhoComeWhenNobodyIsThere() {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");
        one.subscribe(SHARE, 1);
        broker.drop(one);
        publish("1", "2", "3");

        final TestClient again = connect(other, MqttVersion.MQTT_5, "one");

        assertEquals(List.of("1", "2", "3"), takeAll(again));
    }

    @Test
    void shouldGiveNoMoreThanAClientTakesSoThatOthersGoOn() {
        final TestClient slow = broker.client();
        final MqttProperties wishes = new MqttProperties();
        wishes.add(new IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 2));
        slow.tryConnect(MqttVersion.MQTT_5, "slow", builder -> {}, wishes);
        final TestClient quick = connect(other, MqttVersion.MQTT_5, "quick");
        slow.subscribe(SHARE, 1);
        quick.subscribe(SHARE, 1);

        publish(IntStream.range(1, 21).mapToObj(Integer::toString).toArray(String[]::new));

        assertEquals(18, takeAll(quick).size());
        assertEquals(2, cluster.heldOfShare(0, SHARE));
    }

    @Test
    void shouldReadAMessageAgainWhenItIsNotAtHandAnyMore() {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");
        one.subscribe(SHARE, 1);
        publish("1");
        one.expectPublish("a/1", 1, "1");
        // This gateway begins to read behind the message.
        final TestBroker third = new TestBroker(GatewayLimits.DEFAULTS, cluster);
        final TestClient two = connect(third, MqttVersion.MQTT_5, "two");
        two.subscribe(SHARE, 1);

        broker.drop(one);
        third.work();

        assertEquals(List.of("1"), takeAll(two));
        third.close();
    }

    @Test
    void shouldTellTheIdentifierOfTheShareWhenItHasOne() {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");
        final MqttProperties identifier = new MqttProperties();
        identifier.add(new IntegerProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER, 7));
        one.subscribe(SHARE, 1, identifier);

        publish("1");

        final MqttPublishMessage message = one.expectPublish("a/1", 1, "1");
        assertEquals(
                7,
                ((IntegerProperty) message.variableHeader()
                                .properties()
                                .getProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER))
                        .value());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void shouldGrantAtMostQos1(final int qos) {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");

        assertEquals(List.of(Math.min(qos, 1)), one.subscribe(SHARE, qos));
        publisher.publish("a/1", 2, 900, "x");
        broker.work();

        one.expectPublish("a/1", Math.min(qos, 1), "x");
    }

    @Test
    void shouldSettleAtOnceWhatIsBroughtWithoutAnswer() {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");
        one.subscribe(SHARE, 0);

        publish("1", "2");
        one.expectPublish("a/1", 0, "1");
        one.expectPublish("a/2", 0, "2");
        broker.advance(1);

        assertEquals(0, cluster.openOfShare(0, SHARE));
    }

    @Test
    void shouldNotGiveAMessageToOthersWhenAClientRefusesIt() {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");
        one.subscribe(SHARE, 1);
        publish("1");
        final int packetId = packetIdOf(one.expectPublish("a/1", 1, "1"));

        one.send(new MqttMessage(
                new MqttFixedHeader(MqttMessageType.PUBACK, false, MqttQoS.AT_MOST_ONCE, false, 0),
                new MqttPubReplyMessageVariableHeader(packetId, (byte) 0x83, MqttProperties.NO_PROPERTIES)));
        broker.advance(1);

        assertEquals(0, cluster.openOfShare(0, SHARE));
    }

    @Test
    void shouldBringNoRetainedMessagesWhenSubscribingWithOthers() {
        publisher.send(MqttMessageBuilders.publish()
                .topicName("a/1")
                .qos(MqttQoS.AT_LEAST_ONCE)
                .messageId(901)
                .retained(true)
                .payload(io.netty.buffer.Unpooled.copiedBuffer("kept", StandardCharsets.UTF_8))
                .build());
        broker.work();
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");

        one.subscribe(SHARE, 1);

        one.expectNothing();
    }

    @Test
    void shouldEndTheShareWithItsLastSubscription() {
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");
        final TestClient two = connect(other, MqttVersion.MQTT_5, "two");
        one.subscribe(SHARE, 1);
        two.subscribe(SHARE, 1);

        unsubscribe(one);
        publish("1", "2");
        assertEquals(List.of("1", "2"), takeAll(two));
        one.expectNothing();
        unsubscribe(two);

        assertEquals(-1, cluster.openOfShare(0, SHARE));
        assertEquals(-1, cluster.openOfShare(1, SHARE));
    }

    @ParameterizedTest
    @ValueSource(strings = {"$share/g", "$share//a", "$share/g/", "$share/+/a", "$share/g#/a", "$share/g/a/#/b"})
    void shouldRefuseAFilterWhenItIsNoSharedSubscription(final String filter) {
        final TestClient client = connect(broker, MqttVersion.MQTT_5, "c");

        assertEquals(List.of(0x8F), client.subscribe(filter, 1));
    }

    @Test
    void shouldHaveTheGroupOnlyWhenTheClusterSharesSubscriptions() {
        cluster.sharesSubscriptions(false);
        final TestClient one = connect(broker, MqttVersion.MQTT_5, "one");

        one.subscribe(SHARE, 1);
        broker.work();

        one.expectDisconnect(ReasonCodes.IMPLEMENTATION_SPECIFIC_ERROR);
        assertTrue(cluster.hasSession(0, "one"));
    }

    private TestClient connect(final TestBroker at, final MqttVersion version, final String clientId) {
        final TestClient client = at.client();
        final MqttProperties wishes = new MqttProperties();
        if (version == MqttVersion.MQTT_5) {
            wishes.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 100));
        }
        client.tryConnect(version, clientId, builder -> builder.cleanSession(false), wishes);
        return client;
    }

    private void publish(final String... payloads) {
        for (final String payload : payloads) {
            publisher.publish("a/" + payload, 1, ++lastPacketId, payload);
            publisher.expectPubAck(lastPacketId, payload.isEmpty() ? 1 : 0);
        }
        broker.work();
        other.work();
    }

    private List<String> takeAll(final TestClient client) {
        final List<String> payloads = new ArrayList<>();
        broker.work();
        other.work();
        for (MqttMessage message = client.receive(); message != null; message = client.receive()) {
            final MqttPublishMessage publication = (MqttPublishMessage) message;
            payloads.add(publication.payload().toString(StandardCharsets.UTF_8));
            final int packetId = packetIdOf(publication);
            publication.release();
            client.acknowledge(packetId);
            broker.work();
            other.work();
        }
        return payloads;
    }

    private static void unsubscribe(final TestClient client) {
        client.send(MqttMessageBuilders.unsubscribe()
                .messageId(77)
                .addTopicFilter(SHARE)
                .build());
        assertEquals(MqttMessageType.UNSUBACK, client.receive().fixedHeader().messageType());
    }

    private static int packetIdOf(final MqttPublishMessage message) {
        return message.variableHeader().packetId();
    }
}
