package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.gateway.session.MessageTraits;
import io.lockstep.wire.MessageHeaders;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperties;
import io.netty.handler.codec.mqtt.MqttProperties.UserProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption.RetainedHandlingPolicy;
import io.netty.handler.codec.mqtt.MqttUnsubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class MqttSubscribeTest {
    private static final byte[] NO_HEADERS = new byte[0];

    private TestBroker broker = new TestBroker();

    @AfterEach
    void close() {
        broker.close();
    }

    @ParameterizedTest
    @CsvSource({"0, 0, 0", "0, 1, 0", "0, 2, 0", "1, 0, 0", "1, 1, 1", "1, 2, 1", "2, 0, 0", "2, 1, 1", "2, 2, 2"})
    void shouldDeliverWithTheLowerQosWhenQosDiffer(final int publishQos, final int subscribeQos, final int expected) {
        for (final MqttVersion version : MqttVersion.values()) {
            final TestClient subscriber = broker.client().connect(version, "s" + version);
            assertEquals(List.of(subscribeQos), subscriber.subscribe("a", subscribeQos));
            final TestClient publisher = broker.client().connect(MqttVersion.MQTT_3_1_1, "p");

            publisher.publish("a", publishQos, publishQos, "x");

            final MqttPublishMessage message = subscriber.expectPublish("a", expected, "x");
            // With two shards, the ids of the first are the multiples of three.
            assertEquals(
                    expected == 0 ? 0 : 3, Math.max(0, message.variableHeader().packetId()));
            subscriber.send(MqttMessageBuilders.disconnect().build());
            subscriber.expectClosed();
        }
    }

    @Test
    void shouldDeliverOnceWhenSubscriptionsOverlap() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("plant/#", 0);
        client.subscribe("plant/+/temp", 1);

        broker.link().publish("plant/7/temp", NO_HEADERS, bytes("20.5"));
        broker.link().publish("plant", NO_HEADERS, bytes("up"));
        broker.link().publish("other", NO_HEADERS, bytes("no"));
        broker.work();

        client.expectPublish("plant/7/temp", 1, "20.5");
        client.expectPublish("plant", 0, "up");
        client.expectNothing();
    }

    @Test
    void shouldKeepOrderWhenMessagesOfATopicCome() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");
        client.subscribe("a/+", 1);

        for (int i = 0; i < 50; i++) {
            broker.link().publish("a/" + i % 3, NO_HEADERS, bytes(Integer.toString(i)));
        }
        broker.work();

        for (int i = 0; i < 50; i++) {
            final MqttPublishMessage message = client.expectPublish("a/" + i % 3, 1, Integer.toString(i));
            assertEquals(3 * (i + 1), message.variableHeader().packetId());
        }
    }

    @Test
    void shouldRefuseEachFilterWithItsReasonWhenItCannotBeServed() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.EXACTLY_ONCE, "fine")
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "$share/group/a")
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "a/#/b")
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "a+")
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "x".repeat(1_025))
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "/".repeat(200))
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "")
                .addSubscription(
                        "mine",
                        new MqttSubscriptionOption(
                                MqttQoS.AT_LEAST_ONCE, true, false, RetainedHandlingPolicy.SEND_AT_SUBSCRIBE))
                .addSubscription(MqttQoS.AT_MOST_ONCE, "#")
                .build());

        final MqttSubAckMessage answer = assertInstanceOf(MqttSubAckMessage.class, client.receive());
        assertEquals(
                List.of(2, 1, 0x8F, 0x8F, 0x8F, 0x8F, 0x8F, 1, 0),
                answer.payload().reasonCodes());
    }

    @Test
    void shouldRefuseWithTheOneCodeWhenMqtt3FilterCannotBeServed() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");

        assertEquals(List.of(0x80), client.subscribe("a/#/b", 1));
        assertEquals(List.of(0x80), client.subscribe("$share/g+/a", 1));
        assertEquals(List.of(1), client.subscribe("a", 1));
    }

    @Test
    void shouldTellAllIdentifiersWhenSubscriptionsOverlap() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("plant/#", 0, identifier(3));
        client.subscribe("plant/+/temp", 1, identifier(268_435_455));
        client.subscribe("+/7/temp", 0);
        client.subscribe("plant/7/+", 0, identifier(3));

        broker.link().publish("plant/7/temp", NO_HEADERS, bytes("20.5"));
        broker.link().publish("plant/8", NO_HEADERS, bytes("x"));
        broker.link().publish("a/7/temp", NO_HEADERS, bytes("y"));
        broker.work();

        final List<Integer> all = new ArrayList<>(identifiers(client.expectPublish("plant/7/temp", 1, "20.5")));
        Collections.sort(all);
        assertEquals(List.of(3, 3, 268_435_455), all);
        assertEquals(List.of(3), identifiers(client.expectPublish("plant/8", 0, "x")));
        assertEquals(List.of(), identifiers(client.expectPublish("a/7/temp", 0, "y")));
        client.expectNothing();
    }

    @Test
    void shouldReplaceTheIdentifierWhenFilterIsSubscribedAgain() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("a", 1, identifier(3));

        client.subscribe("a", 0, identifier(4));
        broker.link().publish("a", NO_HEADERS, bytes("x"));
        broker.work();
        assertEquals(List.of(4), identifiers(client.expectPublish("a", 0, "x")));
        client.subscribe("a", 0);
        broker.link().publish("a", NO_HEADERS, bytes("y"));
        broker.work();

        assertEquals(List.of(), identifiers(client.expectPublish("a", 0, "y")));
        client.expectNothing();
    }

    @Test
    void shouldKeepItsOwnMessagesFromAClientThatWantsNone() {
        // given
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        final TestClient other = broker.client().connect(MqttVersion.MQTT_5, "other");
        assertEquals(List.of(1), subscribeNoLocal(client, "a/#"));
        client.subscribe("both/+", 1);
        assertEquals(List.of(1), subscribeNoLocal(client, "both/#"));
        assertEquals(List.of(1), subscribeNoLocal(other, "#"));

        // when
        client.publish("a/1", 0, 0, "mine");
        client.publish("both/1", 0, 0, "mine too");
        other.publish("a/1", 0, 0, "theirs");

        // then
        client.expectPublish("both/1", 0, "mine too");
        client.expectPublish("a/1", 0, "theirs");
        client.expectNothing();
        final MqttPublishMessage received = other.expectPublish("a/1", 0, "mine");
        assertTrue(received.variableHeader().properties().isEmpty(), "who published is not told");
        other.expectPublish("both/1", 0, "mine too");
        other.expectNothing();
    }

    @Test
    void shouldNameThePublisherOnlyWhenItHasANoLocalSubscription() {
        final TestClient plain = broker.client().connect(MqttVersion.MQTT_5, "plain");
        final TestClient noLocal = broker.client().connect(MqttVersion.MQTT_5, "noLocal");
        plain.subscribe("x", 0);
        noLocal.publish("a", 1, 1, "before").expectPubAck(1, 0);
        subscribeNoLocal(noLocal, "x");

        plain.publish("a", 1, 1, "plain");
        noLocal.publish("a", 1, 2, "after");

        assertEquals(
                Arrays.asList(null, null, "noLocal"),
                broker.link().offeredHeaders().stream()
                        .map(headers -> MessageTraits.of(new UnsafeBuffer(headers), 0, headers.length)
                                .from())
                        .toList());
    }

    private static List<Integer> subscribeNoLocal(final TestClient client, final String filter) {
        client.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(
                        filter,
                        new MqttSubscriptionOption(
                                MqttQoS.AT_LEAST_ONCE, true, true, RetainedHandlingPolicy.DONT_SEND_AT_SUBSCRIBE))
                .build());
        MqttMessage message = client.receive();
        while (message instanceof final MqttPublishMessage publish) {
            publish.release();
            message = client.receive();
        }
        return assertInstanceOf(MqttSubAckMessage.class, message).payload().reasonCodes();
    }

    private static MqttProperties identifier(final int number) {
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER, number));
        return properties;
    }

    private static List<Integer> identifiers(final MqttPublishMessage message) {
        return message.variableHeader().properties().getProperties(MqttProperties.SUBSCRIPTION_IDENTIFIER).stream()
                .map(property -> ((IntegerProperty) property).value())
                .toList();
    }

    @Test
    void shouldRefuseWhenThereAreTooManySubscriptions() {
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS.withCounts(10, 2), 0);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        assertEquals(List.of(0), client.subscribe("a", 0));
        assertEquals(List.of(0), client.subscribe("b", 0));
        assertEquals(List.of(0x97), client.subscribe("c", 0));
        assertEquals(List.of(1), client.subscribe("b", 1));
    }

    @ParameterizedTest
    @EnumSource(
            value = MqttVersion.class,
            names = {"MQTT_3_1_1", "MQTT_5"})
    void shouldDeliverNoMoreWhenUnsubscribed(final MqttVersion version) {
        final TestClient client = broker.client().connect(version, "c");
        client.subscribe("a", 0);

        client.send(MqttMessageBuilders.unsubscribe()
                .messageId(9)
                .addTopicFilter("a")
                .addTopicFilter("b")
                .build());
        broker.link().publish("a", NO_HEADERS, bytes("x"));
        broker.work();

        final MqttUnsubAckMessage answer = assertInstanceOf(MqttUnsubAckMessage.class, client.receive());
        assertEquals(9, answer.variableHeader().messageId());
        if (version == MqttVersion.MQTT_5) {
            assertEquals(List.of((short) 0, (short) 0x11), answer.payload().unsubscribeReasonCodes());
        }
        client.expectNothing();
    }

    @Test
    void shouldPassPropertiesOnWhenBothSpeakMqtt5() {
        final TestClient subscriber = broker.client().connect(MqttVersion.MQTT_5, "s");
        subscriber.subscribe("a", 1);
        final TestClient older = broker.client().connect(MqttVersion.MQTT_3_1_1, "older");
        older.subscribe("a", 1);
        final TestClient publisher = broker.client().connect(MqttVersion.MQTT_5, "p");
        final MqttProperties properties = new MqttProperties();
        properties.add(new UserProperty("unit", "C"));
        properties.add(new UserProperty("unit", "K"));
        properties.add(new StringProperty(MqttProperties.CONTENT_TYPE, "text/plain"));

        publisher.send(TestClient.publication("a", 1, 1, "x", properties));

        final MqttProperties received =
                subscriber.expectPublish("a", 1, "x").variableHeader().properties();
        assertEquals("text/plain", ((StringProperty) received.getProperty(MqttProperties.CONTENT_TYPE)).value());
        assertEquals(
                2,
                ((UserProperties) received.getProperty(MqttProperties.USER_PROPERTY))
                        .value()
                        .size());
        older.expectPublish("a", 1, "x");
    }

    @Test
    void shouldTellWhatIsLeftWhenMessageExpires() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("a", 1);
        broker.link().timestampNs(broker.nowNs() - 4_000_000_000L);
        final byte[] headers = MessageHeaders.encode(Map.of("$expiryMs", "10000"));
        final byte[] over = MessageHeaders.encode(Map.of("$expiryMs", "4000"));

        broker.link().publish("a", headers, bytes("x"));
        broker.link().publish("a", over, bytes("y"));
        broker.work();

        final MqttPublishMessage message = client.expectPublish("a", 1, "x");
        assertEquals(
                6,
                ((IntegerProperty) message.variableHeader()
                                .properties()
                                .getProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL))
                        .value());
        client.expectNothing();
        assertEquals(1, broker.counters().messagesExpired().sum());
    }

    @Test
    void shouldWaitForAnswersWhenReceiveMaximumIsReached() {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 2));
        client.tryConnect(MqttVersion.MQTT_5, "c", builder -> {}, properties);
        client.subscribe("a", 1);

        for (int i = 1; i <= 4; i++) {
            broker.link().publish("a", NO_HEADERS, bytes("m" + i));
        }
        broker.work();
        client.expectPublish("a", 1, "m1");
        client.expectPublish("a", 1, "m2");
        client.expectNothing();
        client.acknowledge(99);
        client.expectNothing();
        client.acknowledge(6);
        client.expectPublish("a", 1, "m3");
        client.expectNothing();
        client.acknowledge(3);
        client.expectPublish("a", 1, "m4");
    }

    @Test
    void shouldAnswerOtherPacketsWhenReceiveMaximumIsReached() {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 1));
        client.tryConnect(MqttVersion.MQTT_5, "c", builder -> {}, properties);
        client.subscribe("a", 1);
        broker.link().publish("a", NO_HEADERS, bytes("m1"));
        broker.link().publish("a", NO_HEADERS, bytes("m2"));
        broker.work();
        client.expectPublish("a", 1, "m1");

        client.send(MqttMessage.PINGREQ);
        assertEquals(MqttMessageType.PINGRESP, client.receive().fixedHeader().messageType());
        assertEquals(List.of(1), client.subscribe("b", 1));
        client.publish("c", 1, 9, "x").expectPubAck(9, 0);
        client.expectNothing();
    }

    @Test
    void shouldCompleteWhatWasBegunWhenUnsubscribed() {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 1));
        client.tryConnect(MqttVersion.MQTT_5, "c", builder -> {}, properties);
        client.subscribe("a", 1);
        broker.link().publish("a", NO_HEADERS, bytes("m1"));
        broker.link().publish("a", NO_HEADERS, bytes("m2"));
        broker.work();
        final int packetId = client.expectPublish("a", 1, "m1").variableHeader().packetId();

        client.send(MqttMessageBuilders.unsubscribe()
                .messageId(9)
                .addTopicFilter("a")
                .build());
        assertInstanceOf(MqttUnsubAckMessage.class, client.receive());
        broker.link().publish("a", NO_HEADERS, bytes("m3"));
        broker.work();

        client.acknowledge(packetId);
        client.acknowledge(client.expectPublish("a", 1, "m2").variableHeader().packetId());
        client.expectNothing();
    }

    @Test
    void shouldTakeARefusalForAnAnswer() {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 1));
        client.tryConnect(MqttVersion.MQTT_5, "c", builder -> {}, properties);
        client.subscribe("a", 1);
        broker.link().publish("a", NO_HEADERS, bytes("m1"));
        broker.link().publish("a", NO_HEADERS, bytes("m2"));
        broker.work();
        assertEquals(3, client.expectPublish("a", 1, "m1").variableHeader().packetId());

        client.sendHex("40 03 00 03 87");

        client.expectPublish("a", 1, "m2");
    }

    @Test
    void shouldSkipMessageWhenClientTakesOnlySmallerPackets() {
        for (int limit = 107; limit <= 109; limit++) {
            final TestClient client = broker.client();
            final MqttProperties properties = new MqttProperties();
            properties.add(new IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, limit));
            client.tryConnect(MqttVersion.MQTT_5, "c" + limit, builder -> {}, properties);
            client.subscribe("t", 1);

            // Fixed header 2, topic 3, packet id 2, no properties 1: 8 bytes and the payload; CONNACK is shorter than
            // that.
            broker.link().publish("t", NO_HEADERS, bytes("x".repeat(101)));
            broker.link().publish("t", NO_HEADERS, bytes("y".repeat(100)));
            broker.work();

            if (limit >= 109) {
                client.expectPublish("t", 1, "x".repeat(101));
            }
            if (limit >= 108) {
                client.expectPublish("t", 1, "y".repeat(100));
            }
            client.expectNothing();
        }
    }

    @Test
    void shouldDropQos0AndKeepQos1WhenClientIsTooSlow() {
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS.withClientBounds(2, 4_096), 0);
        final TestClient slow = broker.client().connect(MqttVersion.MQTT_5, "slow");
        slow.subscribe("a", 1);
        final TestClient fast = broker.client().connect(MqttVersion.MQTT_5, "fast");
        fast.subscribe("a", 0);
        final byte[] qos0 = MessageHeaders.encode(Map.of("$qos", "0"));

        for (int i = 0; i < 20; i++) {
            broker.link().publish("a", NO_HEADERS, bytes("m" + i));
            broker.work();
            fast.expectPublish("a", 0, "m" + i);
        }
        slow.expectPublish("a", 1, "m0");
        slow.expectPublish("a", 1, "m1");
        broker.link().publish("a", qos0, new byte[4_000]);
        broker.work();
        assertEquals(1, broker.counters().messagesDropped().sum());
        assertTrue(slow.server().isOpen());
        assertEquals(0, broker.counters().clientsDisconnected().sum());

        broker.link().publish("a", NO_HEADERS, new byte[4_000]);
        broker.link().publish("a", NO_HEADERS, bytes("after"));
        broker.work();

        assertTrue(slow.server().isOpen());
        slow.acknowledge(3).acknowledge(6);
        for (int i = 2; i < 20; i++) {
            slow.acknowledge(
                    slow.expectPublish("a", 1, "m" + i).variableHeader().packetId());
        }
        slow.acknowledge(slow.expectPublish("a", 1, new String(new byte[4_000], StandardCharsets.UTF_8))
                .variableHeader()
                .packetId());
        slow.expectPublish("a", 1, "after");
        slow.expectNothing();
        assertTrue(fast.server().isOpen());
    }

    @Test
    void shouldEndAllSessionsWhenMessagesMayBeMissing() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("a", 1);

        broker.link().loseStream();
        broker.work();

        client.expectDisconnect(ReasonCodes.IMPLEMENTATION_SPECIFIC_ERROR);
        broker.client().connect(MqttVersion.MQTT_5, "c");
    }

    @Test
    void shouldStayHonestWhenTheClusterLosesItsLeader() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        broker.link().isConnected(false);
        broker.work();

        assertFalse(broker.proxy().isHealthy());
        assertTrue(client.server().isOpen());
        assertEquals(List.of(1), client.subscribe("a", 1));
    }

    @Test
    void shouldHideReservedTopicsWhenFilterBeginsWithWildcard() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("#", 0);
        client.subscribe("$dead/a", 0);

        broker.link().publish("$SYS/a", NO_HEADERS, bytes("x"));
        broker.link().publish("$dead/a", NO_HEADERS, bytes("y"));
        broker.work();

        client.expectPublish("$dead/a", 0, "y");
        client.expectNothing();
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
