package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.FakeCluster;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.wire.MessageHeaders;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttUnsubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sessions that outlive connections and gateways: two gateways and one cluster in memory. */
@ExtendWith(LeakCheck.class)
class MqttSessionTest {
    private final FakeCluster cluster = new FakeCluster();
    private final TestBroker broker = new TestBroker(GatewayLimits.DEFAULTS, cluster);
    private final TestBroker other = new TestBroker(GatewayLimits.DEFAULTS, cluster);

    @AfterEach
    void close() {
        broker.close();
        other.close();
    }

    @ParameterizedTest
    @EnumSource(MqttVersion.class)
    void shouldAnswerQos2InFourStepsWhenPublishing(final MqttVersion version) {
        final TestClient client = broker.client().connect(version, "c");

        client.publish("a", 2, 7, "x");
        expect(client, MqttMessageType.PUBREC, 7, 0);
        assertEquals(List.of(7), cluster.packets(0, "c"));
        send(client, MqttMessageType.PUBREL, 7);
        expect(client, MqttMessageType.PUBCOMP, 7, 0);

        assertEquals(List.of(), cluster.packets(0, "c"));
        client.expectNothing();
    }

    @Test
    void shouldPublishQos2OnceWhenTheGatewayDiesBeforeItsAnswer() {
        final TestClient reader = other.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("a", 2);
        broker.link().commitsAtOnce(false);
        final TestClient client = connect(broker, "c", false, 100);
        client.publish("a", 2, 7, "x");
        broker.link().commitSilently(broker.link().unansweredIds().get(0));
        broker.link().kill();

        final TestClient again = connect(other, "c", false, 100);
        again.send(publication("a", 2, 7, "x", true, false));
        expect(again, MqttMessageType.PUBREC, 7, 0);
        send(again, MqttMessageType.PUBREL, 7);
        expect(again, MqttMessageType.PUBCOMP, 7, 0);

        final MqttPublishMessage received = reader.expectPublish("a", 2, "x");
        send(reader, MqttMessageType.PUBREC, received.variableHeader().packetId());
        expect(reader, MqttMessageType.PUBREL, received.variableHeader().packetId(), 0);
        reader.expectNothing();
    }

    @Test
    void shouldPublishQos2OnceWhenTheMessageIsRepeatedOnTheSameGateway() {
        broker.link().commitsAtOnce(false);
        final TestClient client = connect(broker, "c", false, 100);
        client.publish("a", 2, 7, "x");
        broker.drop(client);
        broker.link().commitsAtOnce(true);
        broker.work();

        final TestClient again = connect(broker, "c", false, 100);
        again.send(publication("a", 2, 7, "x", true, false));
        expect(again, MqttMessageType.PUBREC, 7, 0);

        assertEquals(1, cluster.messageCount());
    }

    @Test
    void shouldSayThatAPacketIdIsUnknownWhenItIsReleasedTwice() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        send(client, MqttMessageType.PUBREL, 9);

        expect(client, MqttMessageType.PUBCOMP, 9, ReasonCodes.PACKET_IDENTIFIER_NOT_FOUND);
    }

    @Test
    void shouldReleaseAfterTheReceiptIsNotedWhenQos2IsDelivered() {
        final TestClient reader = broker.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("a", 2);
        broker.client().connect(MqttVersion.MQTT_5, "c").publish("a", 2, 1, "x");
        final int packetId = reader.expectPublish("a", 2, "x").variableHeader().packetId();

        broker.link().answersSessions(false);
        send(reader, MqttMessageType.PUBREC, packetId);
        reader.expectNothing();
        broker.link().answersSessions(true);
        broker.work();

        expect(reader, MqttMessageType.PUBREL, packetId, 0);
        send(reader, MqttMessageType.PUBCOMP, packetId);
        broker.advance(1);
        assertTrue(cluster.updates().contains("0 reader RECEIVED 1"), cluster.updates()::toString);
        assertTrue(cluster.updates().contains("0 reader CURSOR 1"), cluster.updates()::toString);
    }

    @Test
    void shouldReleaseInsteadOfRepeatingWhenTheClientHadQos2FromAGatewayThatDied() {
        final TestClient reader = connect(broker, "reader", false, 100);
        reader.subscribe("a", 2);
        other.client().connect(MqttVersion.MQTT_5, "c").publish("a", 2, 1, "x").publish("a", 1, 2, "y");
        broker.work();
        final int first = reader.expectPublish("a", 2, "x").variableHeader().packetId();
        final int second = reader.expectPublish("a", 1, "y").variableHeader().packetId();
        send(reader, MqttMessageType.PUBREC, first);
        expect(reader, MqttMessageType.PUBREL, first, 0);
        broker.link().kill();

        final TestClient again = connect(other, "reader", false, 100);

        expect(again, MqttMessageType.PUBREL, first, 0);
        final MqttPublishMessage repeated = expectAgain(again, "a", 1, "y");
        assertEquals(second, repeated.variableHeader().packetId());
        again.acknowledge(second);
        send(again, MqttMessageType.PUBCOMP, first);
        other.advance(1);
        again.expectNothing();
        assertTrue(cluster.updates().contains("0 reader CURSOR 2"), cluster.updates()::toString);
    }

    @ParameterizedTest
    @EnumSource(value = MqttVersion.class, names = "MQTT_3_1", mode = EnumSource.Mode.EXCLUDE)
    void shouldDeliverWhatWasPublishedMeanwhileWhenTheClientWasAway(final MqttVersion version) {
        final TestClient reader = connect(broker, version, "reader");
        reader.subscribe("#", 1);
        broker.drop(reader);
        final TestClient client = other.client().connect(MqttVersion.MQTT_5, "c");
        client.publish("a", 1, 1, "1")
                .publish("1b", 1, 2, "2")
                .publish("a", 0, 0, "lost")
                .publish("a", 1, 3, "3");
        other.work();

        final TestClient again = other.client();
        final MqttConnAckMessage answer = connectAgain(again, version, "reader");
        assertTrue(answer.variableHeader().isSessionPresent());

        // The shards have no order between them.
        assertEquals(
                List.of("1", "2", "3"), payloads(again, 3).stream().sorted().toList());
        again.expectNothing();
    }

    @Test
    void shouldBeginAnewWhenTheClientWantsACleanStart() {
        final TestClient reader = connect(broker, "reader", false, 100);
        reader.subscribe("a", 1);
        broker.drop(reader);
        other.client().connect(MqttVersion.MQTT_5, "c").publish("a", 1, 1, "x");

        final TestClient again = connect(other, "reader", true, 100);
        other.client().connect(MqttVersion.MQTT_5, "d").publish("a", 1, 1, "y");
        other.work();

        again.expectNothing();
    }

    @Test
    void shouldEndTheSessionWithTheConnectionWhenItHasNoExpiry() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        assertTrue(cluster.hasSession(0, "c") && cluster.hasSession(1, "c"));

        broker.drop(client);

        assertFalse(cluster.hasSession(0, "c") || cluster.hasSession(1, "c"));
    }

    @Test
    void shouldBeginAnewEverywhereWhenOneShardHasLostItsPiece() {
        final TestClient reader = connect(broker, "reader", false, 100);
        reader.subscribe("a", 1);
        broker.drop(reader);
        cluster.expire(1, "reader");

        final TestClient again = other.client();
        final MqttConnAckMessage answer = connectAgain(again, MqttVersion.MQTT_5, "reader");

        assertFalse(answer.variableHeader().isSessionPresent());
        other.client().connect(MqttVersion.MQTT_5, "c").publish("a", 1, 1, "x");
        again.expectNothing();
    }

    @Test
    void shouldEndTheOlderConnectionWhenAnotherGatewayTakesTheSessionOver() {
        final TestClient older = connect(broker, "c", false, 100);

        connect(other, "c", false, 100);
        broker.work();

        older.expectDisconnect(ReasonCodes.SESSION_TAKEN_OVER);
    }

    @Test
    void shouldSayThatAnOperatorEndedTheSessionWhenItIsDeleted() {
        final TestClient client = connect(broker, "c", false, 100);
        client.subscribe("a", 1);

        cluster.delete("c");
        broker.work();

        client.expectDisconnect(ReasonCodes.ADMINISTRATIVE_ACTION);
        final TestClient again = broker.client();
        assertFalse(
                connectAgain(again, MqttVersion.MQTT_5, "c").variableHeader().isSessionPresent());
        other.client().connect(MqttVersion.MQTT_5, "writer").publish("a", 1, 1, "x");
        broker.work();
        again.expectNothing();
    }

    @Test
    void shouldBringBothEndsOfASubscriptionToTheSamePlaceWhenMessagesComeMeanwhile() {
        final TestClient reader = connect(broker, "reader", false, 100);
        final TestClient writer = other.client().connect(MqttVersion.MQTT_5, "c");
        writer.publish("a", 1, 1, "before");
        broker.link().answersSessions(false);
        broker.link().isReading(false);
        reader.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "a")
                .build());
        writer.publish("a", 1, 2, "after").publish("1a", 1, 3, "other");
        other.work();
        // The stream brings what was published after the change before its answer.
        broker.link().isReading(true);
        broker.work();
        reader.expectNothing();
        broker.link().answersSessions(true);
        broker.work();

        assertEquals(MqttMessageType.SUBACK, reader.receive().fixedHeader().messageType());
        reader.expectPublish("a", 1, "after");
        reader.expectNothing();
    }

    @Test
    void shouldNotDeliverWhatIsOlderThanTheSubscriptionWhenTheStreamIsBehind() {
        final TestClient reader = connect(broker, "reader", false, 100);
        broker.link().isReading(false);
        other.client().connect(MqttVersion.MQTT_5, "c").publish("a", 1, 1, "before");
        reader.subscribe("a", 1);
        other.client().connect(MqttVersion.MQTT_5, "d").publish("a", 1, 1, "after");
        broker.link().isReading(true);
        broker.work();

        reader.expectPublish("a", 1, "after");
        reader.expectNothing();
    }

    @Test
    void shouldGoOnFromTheJournalWhenTheClientWasSlow() {
        final TestBroker small = new TestBroker(GatewayLimits.DEFAULTS.withClientBounds(10, 1_000), cluster);
        final TestClient reader = small.client().connect(MqttVersion.MQTT_5, "slow");
        reader.subscribe("a", 1);
        final TestClient writer = other.client().connect(MqttVersion.MQTT_5, "c");
        final List<String> expected = new ArrayList<>();
        for (int i = 1; i <= 100; i++) {
            writer.publish("a", 1, i, "message " + i).expectPubAck(i, 0);
            expected.add("message " + i);
        }
        small.work();

        final List<String> received = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            final MqttMessage message = reader.receive();
            assertNotNull(message, () -> "nothing after " + received);
            final MqttPublishMessage publish = (MqttPublishMessage) message;
            received.add(publish.payload().toString(StandardCharsets.UTF_8));
            publish.release();
            reader.acknowledge(publish.variableHeader().packetId());
        }

        assertEquals(expected, received);
        reader.expectNothing();
        small.close();
    }

    @Test
    void shouldTellOfEachMessageAsTheSubscriptionWasWhenItCame() {
        final TestBroker small = new TestBroker(GatewayLimits.DEFAULTS.withClientBounds(10, 1_000), cluster);
        final TestClient reader = small.client().connect(MqttVersion.MQTT_5, "slow");
        reader.subscribe("a", 1, identifier(1));
        final TestClient writer = other.client().connect(MqttVersion.MQTT_5, "c");
        for (int i = 1; i <= 40; i++) {
            writer.publish("a", 1, i, "old").expectPubAck(i, 0);
        }
        small.work();
        reader.send(MqttMessageBuilders.subscribe()
                .messageId(78)
                .properties(identifier(2))
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "a")
                .build());
        writer.publish("a", 1, 41, "new").expectPubAck(41, 0);
        small.work();

        final List<String> received = new ArrayList<>();
        for (MqttMessage message = reader.receive(); message != null; message = reader.receive()) {
            if (message instanceof final MqttPublishMessage publish) {
                received.add(publish.payload().toString(StandardCharsets.UTF_8) + ' ' + identifierOf(publish));
                publish.release();
                reader.acknowledge(publish.variableHeader().packetId());
            }
        }

        final List<String> expected = new ArrayList<>(Collections.nCopies(40, "old 1"));
        expected.add("new 2");
        assertEquals(expected, received);
        small.close();
    }

    @Test
    void shouldTellHowFarManyMessagesGotAtOnce() {
        final TestClient reader = connect(broker, "reader", false, 100);
        reader.subscribe("a", 1);
        final TestClient writer = other.client().connect(MqttVersion.MQTT_5, "c");
        for (int i = 1; i <= 50; i++) {
            writer.publish("a", 1, i, "x");
        }
        broker.work();
        for (int i = 0; i < 50; i++) {
            final MqttPublishMessage message = (MqttPublishMessage) reader.receive();
            message.release();
            reader.write(MqttMessageBuilders.pubAck()
                    .packetId(message.variableHeader().packetId())
                    .build());
        }
        broker.advance(2);

        final List<String> updates = cluster.updates().stream()
                .filter(update -> update.startsWith("0 reader CURSOR"))
                .toList();
        assertEquals("0 reader CURSOR 50", updates.get(updates.size() - 1));
        assertTrue(updates.size() <= 5, updates::toString);
    }

    @Test
    void shouldBringTheOneMessageWhenAllElseThatCameMeanwhileIsForOthers() {
        final TestClient reader = connect(broker, "reader", false, 100);
        reader.subscribe("rare", 1);
        broker.drop(reader);
        final TestClient writer = other.client().connect(MqttVersion.MQTT_5, "c");
        for (int i = 1; i <= 5_000; i++) {
            writer.publish("often", 0, 0, "x");
            if (i == 3_000) {
                writer.publish("rare", 1, 1, "one");
            }
        }

        final TestClient again = connect(other, "reader", false, 100);
        other.work();

        assertEquals(List.of("one"), payloads(again, 1));
        again.expectNothing();
    }

    @Test
    void shouldEndTheSessionWhenRetentionTookAwayWhatItHadNotGot() {
        final TestClient reader = connect(broker, "reader", false, 100);
        reader.subscribe("a", 1);
        broker.drop(reader);
        other.client().connect(MqttVersion.MQTT_5, "c").publish("a", 1, 1, "gone");
        cluster.removeJournal(0);

        connect(other, "reader", false, 100).expectDisconnect(ReasonCodes.IMPLEMENTATION_SPECIFIC_ERROR);
        final MqttConnAckMessage answer = connectAgain(other.client(), MqttVersion.MQTT_5, "reader");

        assertFalse(answer.variableHeader().isSessionPresent());
    }

    @Test
    void shouldSendWhatIsRetainedOnlyOnceWhenTheSessionGoesOn() {
        other.client().connect(MqttVersion.MQTT_5, "c").send(publication("r", 1, 1, "value", false, true));
        broker.work();
        final TestClient reader = connect(broker, "reader", false, 100);
        reader.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "r")
                .build());
        assertEquals(MqttMessageType.SUBACK, reader.receive().fixedHeader().messageType());
        assertEquals(List.of("value"), payloads(reader, 1));
        broker.drop(reader);

        final TestClient again = connect(other, "reader", false, 100);
        other.work();

        again.expectNothing();
    }

    @Test
    void shouldTellWhatIsLeftWhenAMessageExpiresWhileTheClientIsAway() {
        final TestClient reader = connect(broker, "reader", false, 100);
        reader.subscribe("a", 1);
        broker.drop(reader);
        other.link().timestampNs(other.nowNs());
        other.link().publish("a", MessageHeaders.encode(Map.of("$expiryMs", "10000")), new byte[] {'x'});
        other.link().publish("a", MessageHeaders.encode(Map.of("$expiryMs", "4000")), new byte[] {'y'});
        other.advance(6);

        final TestClient again = connect(other, "reader", false, 100);
        other.work();

        final MqttPublishMessage message = (MqttPublishMessage) again.receive();
        assertEquals("x", message.payload().toString(StandardCharsets.UTF_8));
        message.release();
        assertEquals(
                4,
                ((IntegerProperty) message.variableHeader()
                                .properties()
                                .getProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL))
                        .value());
        again.expectNothing();
    }

    @Test
    void shouldDeliverRetainedMessageWhenSubscribing() {
        final TestClient writer = other.client().connect(MqttVersion.MQTT_5, "c");
        for (int i = 1; i <= 5; i++) {
            writer.send(publication("r/" + i, 1, i, "v" + i, false, true)).expectPubAck(i, 0);
        }
        writer.send(publication("r/3", 1, 6, "", false, true)).expectPubAck(6, 0);
        broker.work();

        final TestClient reader = connect(broker, "reader", false, 100);
        reader.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "r/+")
                .build());

        assertEquals(MqttMessageType.SUBACK, reader.receive().fixedHeader().messageType());
        final List<String> values = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            final MqttPublishMessage message = (MqttPublishMessage) reader.receive();
            assertNotNull(message, values::toString);
            assertTrue(message.fixedHeader().isRetain());
            values.add(message.payload().toString(StandardCharsets.UTF_8));
            message.release();
            reader.acknowledge(message.variableHeader().packetId());
        }
        reader.expectNothing();
        assertEquals(List.of("v1", "v2", "v4", "v5"), values);
        broker.advance(1);
        assertTrue(
                cluster.updates().stream().anyMatch(update -> update.startsWith("0 reader RETAINED_SENT")),
                cluster.updates()::toString);
        writer.publish("r/1", 1, 7, "live");
        broker.work();
        reader.expectPublish("r/1", 1, "live");
    }

    @Test
    void shouldPublishTheWillWhenTheConnectionIsLost() {
        final TestClient reader = other.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("w", 1);
        final TestClient client = connectWithWill("w");

        broker.drop(client);
        other.work();

        reader.expectPublish("w", 1, "gone");
    }

    @Test
    void shouldForgetTheWillWhenTheClientLeaves() {
        final TestClient reader = other.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("w", 1);
        final TestClient client = connectWithWill("w");

        client.send(MqttMessageBuilders.disconnect().reasonCode((byte) 0).build());
        other.work();

        reader.expectNothing();
    }

    @Test
    void shouldPublishTheWillWhenTheClientLeavesAndSaysSo() {
        final TestClient reader = other.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("w", 1);
        final TestClient client = connectWithWill("w");

        client.send(MqttMessageBuilders.disconnect().reasonCode((byte) 4).build());
        other.work();

        reader.expectPublish("w", 1, "gone");
    }

    @Test
    void shouldEndAllConnectionsWhenAShardForgotTheGateway() {
        final TestClient client = connect(broker, "c", false, 100);

        broker.link().loseMembership();
        broker.work();

        client.expectDisconnect(ReasonCodes.IMPLEMENTATION_SPECIFIC_ERROR);
        assertTrue(cluster.hasSession(0, "c"));
    }

    @Test
    void shouldAnswerEverySubscribeWhenOneInBetweenIsRefused() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        broker.link().answersSessions(false);
        final List<String> filters = List.of("a", "$share/g/a", "b");
        for (int i = 0; i < filters.size(); i++) {
            client.send(MqttMessageBuilders.subscribe()
                    .messageId(i + 1)
                    .addSubscription(MqttQoS.AT_LEAST_ONCE, filters.get(i))
                    .build());
        }

        broker.link().answersSessions(true);
        broker.work();

        for (int i = 1; i <= filters.size(); i++) {
            final MqttMessage answer = client.receive();
            assertNotNull(answer, "expected SUBACK " + i);
            assertEquals(i, ((MqttMessageIdVariableHeader) answer.variableHeader()).messageId());
        }
    }

    @Test
    void shouldLeaveOutTheClientsOwnMessagesWhenItsSessionGoesOn() {
        final TestClient client = connect(broker, "c", false, 100);
        client.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(
                        "a",
                        new MqttSubscriptionOption(
                                MqttQoS.AT_LEAST_ONCE,
                                true,
                                false,
                                MqttSubscriptionOption.RetainedHandlingPolicy.SEND_AT_SUBSCRIBE))
                .build());
        broker.drop(client);

        final TestClient again = connect(other, "c", false, 100);
        again.publish("a", 1, 1, "own").expectPubAck(1, 0);
        other.work();

        again.expectNothing();
    }

    @Test
    void shouldEndTheOtherSubscriptionsWhenOneFilterIsNone() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("a", 1);

        client.send(MqttMessageBuilders.unsubscribe()
                .messageId(5)
                .addTopicFilter("a")
                .addTopicFilter("a/#/b")
                .addTopicFilter("none")
                .build());

        final MqttUnsubAckMessage answer = (MqttUnsubAckMessage) client.receive();
        assertEquals(
                List.of((short) 0, (short) 0x8F, (short) 0x11), answer.payload().unsubscribeReasonCodes());
    }

    @Test
    void shouldEndTheConnectionWhenNobodyKnowsFromWhereASubscriptionCounts() {
        final TestClient client = connect(broker, "c", false, 100);
        final TestClient bystander = broker.client().connect(MqttVersion.MQTT_5, "bystander");
        broker.link().changesTwice();
        client.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "a")
                .build());
        client.expectDisconnect(ReasonCodes.IMPLEMENTATION_SPECIFIC_ERROR);

        final TestClient again = connect(broker, "c", false, 100);
        bystander.publish("a", 1, 1, "x").expectPubAck(1, 0);
        broker.work();

        again.expectPublish("a", 1, "x");
    }

    @Test
    void shouldReleaseWhereTheMessageIsWhenItsTopicIsRouted() {
        broker.link().isRouted(true);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.publish("1b", 2, 7, "x");
        expect(client, MqttMessageType.PUBREC, 7, 0);
        assertEquals(List.of(7), cluster.packets(1, "c"));
        send(client, MqttMessageType.PUBREL, 7);
        expect(client, MqttMessageType.PUBCOMP, 7, 0);

        assertEquals(List.of(), cluster.packets(1, "c"));
    }

    @Test
    void shouldReleaseEverywhereWhenTheAnswerWasLost() {
        broker.link().commitsAtOnce(false);
        broker.link().isRouted(true);
        final TestClient client = connect(broker, "c", false, 100);
        client.publish("1b", 2, 7, "x");
        broker.link().commitSilently(1);
        // Taken over before the shards knew of the message, so that nobody was told its shard.
        client.publish("1b", 2, 8, "y");
        broker.link().refuse(2, ResultCode.PACKET_KNOWN);
        broker.work();
        client.expectNothing();
        broker.link().answerKnown(1);
        broker.work();
        expect(client, MqttMessageType.PUBREC, 7, 0);
        expect(client, MqttMessageType.PUBREC, 8, 0);

        send(client, MqttMessageType.PUBREL, 7);

        expect(client, MqttMessageType.PUBCOMP, 7, 0);
        assertEquals(List.of(), cluster.packets(1, "c"));
    }

    @Test
    void shouldKeepTheWillInTheShardOfItsTopicWhenThatIsRouted() {
        broker.link().isRouted(true);
        connectWithWill("1w");
        assertTrue(cluster.hasWill(1, "c"));
        assertFalse(cluster.hasWill(0, "c"));
    }

    @Test
    void shouldLeaveNoPieceConnectedWhenTheNewerConnectionIsRefused() {
        connect(broker, "c", false, 100);
        cluster.refuses(1, ResultCode.STATE_FULL);

        broker.client().send(connectPacket("c"));

        assertFalse(cluster.isConnected(0, "c"));
        assertFalse(cluster.isConnected(1, "c"));
        assertTrue(cluster.hasSession(0, "c"));
    }

    @Test
    void shouldNotTakeANewPieceForTheSessionWhenTheConnectionBeforeGaveUp() {
        final TestClient reader = connect(broker, "1c", false, 100);
        reader.subscribe("#", 1);
        broker.drop(reader);
        cluster.expire(0, "1c");
        broker.link().answersSessions(false);
        final TestClient hasty = broker.client();
        hasty.send(connectPacket("1c"));
        hasty.close();
        broker.link().answersSessions(true);
        broker.work();

        final MqttConnAckMessage answer = connectAgain(broker.client(), MqttVersion.MQTT_5, "1c");

        assertFalse(answer.variableHeader().isSessionPresent());
    }

    @Test
    void shouldWaitForAClusterThatIsNotReady() {
        cluster.isSeeded(false);
        final TestClient client = broker.client();
        client.send(connectPacket("c"));
        client.expectNothing();

        cluster.isSeeded(true);
        broker.advance(1);

        assertEquals(MqttMessageType.CONNACK, client.receive().fixedHeader().messageType());
    }

    @Test
    void shouldLeaveTheSessionToTheNewerConnectionWhenTheOlderWouldBeginAnew() {
        broker.drop(connect(broker, "c", false, 100));
        cluster.expire(1, "c");
        broker.link().answersSessions(false);
        final TestClient older = broker.client();
        older.send(connectPacket("c"));
        final TestClient newer = broker.client();
        newer.send(connectPacket("c"));
        older.expectClosed();

        broker.link().answersSessions(true);
        broker.work();

        assertEquals(MqttMessageType.CONNACK, newer.receive().fixedHeader().messageType());
        newer.publish("a", 2, 1, "x");
        expect(newer, MqttMessageType.PUBREC, 1, 0);
        assertTrue(newer.server().isOpen());
    }

    private static MqttMessage connectPacket(final String clientId) {
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 100));
        return MqttMessageBuilders.connect()
                .properties(properties)
                .protocolVersion(MqttVersion.MQTT_5)
                .clientId(clientId)
                .cleanSession(false)
                .keepAlive(30)
                .build();
    }

    @Test
    void shouldGiveWayWhenAnotherGatewayOpensTheSessionMeanwhile() {
        broker.link().answersSessions(false);
        final TestClient slow = broker.client();
        slow.send(connectPacket("c"));
        // Its home shard has answered, but the gateway has not heard of it.
        final TestClient fast = connect(other, "c", false, 100);

        broker.link().answersSessions(true);
        broker.work();

        slow.expectClosed();
        assertTrue(fast.server().isOpen());
        fast.publish("a", 2, 1, "x");
        expect(fast, MqttMessageType.PUBREC, 1, 0);
    }

    @ParameterizedTest
    @CsvSource({"0, 1, 1", "1, 1, 0", "2, 0, 0"})
    void shouldSendRetainedMessagesAsTheSubscriptionSays(final int handling, final int atFirst, final int again) {
        broker.client()
                .connect(MqttVersion.MQTT_5, "c")
                .send(publication("a", 1, 1, "old", false, true))
                .send(publication("a", 1, 2, "value", false, true));
        final TestClient reader = broker.client().connect(MqttVersion.MQTT_5, "reader");

        for (final int expected : List.of(atFirst, again)) {
            subscribe(reader, "a", false, handling);
            if (expected == 1) {
                final MqttPublishMessage message = (MqttPublishMessage) reader.receive();
                assertNotNull(message);
                assertTrue(message.fixedHeader().isRetain());
                assertEquals("value", message.payload().toString(StandardCharsets.UTF_8));
                message.release();
            }
            reader.expectNothing();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldPassTheRetainFlagOnOnlyWhereItIsAskedFor(final boolean isAskedFor) {
        final TestClient reader = broker.client().connect(MqttVersion.MQTT_5, "reader");
        subscribe(reader, "a", isAskedFor, 0);

        broker.client().connect(MqttVersion.MQTT_5, "c").send(publication("a", 1, 1, "x", false, true));

        final MqttPublishMessage message = (MqttPublishMessage) reader.receive();
        assertEquals(isAskedFor, message.fixedHeader().isRetain());
        message.release();
    }

    @Test
    void shouldRetainNothingWhenTheFlagIsNotSetOrThePayloadIsEmpty() {
        final TestClient writer = broker.client().connect(MqttVersion.MQTT_5, "c");
        writer.publish("plain", 1, 1, "x");
        writer.send(publication("empty", 1, 2, "", false, true));

        final TestClient reader = broker.client().connect(MqttVersion.MQTT_5, "reader");
        subscribe(reader, "#", false, 0);

        reader.expectNothing();
    }

    @Test
    void shouldTakeAPacketIdForANewMessageWhenTheOneBeforeIsComplete() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        for (int i = 0; i < 2; i++) {
            client.publish("a", 2, 7, "x");
            expect(client, MqttMessageType.PUBREC, 7, 0);
            send(client, MqttMessageType.PUBREL, 7);
            expect(client, MqttMessageType.PUBCOMP, 7, 0);
        }

        assertEquals(2, cluster.messageCount());
    }

    @Test
    void shouldTakeAPacketIdForANewMessageWhenTheOneBeforeWasRefused() {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.publish("a", 2, 7, "x");
        broker.link().refuse(1, ResultCode.TOO_MANY_TOPICS);
        broker.work();
        expect(client, MqttMessageType.PUBREC, 7, ReasonCodes.QUOTA_EXCEEDED);

        client.publish("a", 2, 7, "y");
        broker.link().commit(2);
        broker.work();

        expect(client, MqttMessageType.PUBREC, 7, 0);
        assertEquals(List.of(7), cluster.packets(0, "c"));
    }

    @Test
    void shouldAnswerQos2InOrderWhenTheClusterAnswersOutOfOrder() {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.publish("a", 2, 7, "x").publish("1b", 2, 8, "y");

        broker.link().commit(2);
        broker.work();
        client.expectNothing();
        broker.link().commit(1);
        broker.work();

        expect(client, MqttMessageType.PUBREC, 7, 0);
        expect(client, MqttMessageType.PUBREC, 8, 0);
    }

    @Test
    void shouldReleaseInTheOrderOfTheReceipts() {
        final TestClient reader = broker.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("a", 2);
        broker.client().connect(MqttVersion.MQTT_5, "c").publish("a", 2, 1, "x").publish("a", 2, 2, "y");
        final int first = reader.expectPublish("a", 2, "x").variableHeader().packetId();
        final int second = reader.expectPublish("a", 2, "y").variableHeader().packetId();

        send(reader, MqttMessageType.PUBREC, first);
        send(reader, MqttMessageType.PUBREC, second);

        expect(reader, MqttMessageType.PUBREL, first, 0);
        expect(reader, MqttMessageType.PUBREL, second, 0);
    }

    @Test
    void shouldEndTheDeliveryWhenTheClientRefusesAMessageWithQos2() {
        final TestClient reader = broker.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("a", 2);
        broker.client().connect(MqttVersion.MQTT_5, "c").publish("a", 2, 1, "x");
        final int packetId = reader.expectPublish("a", 2, "x").variableHeader().packetId();

        reader.sendHex(String.format("50 03 %02x %02x 97", packetId >> 8, packetId & 0xFF));

        reader.expectNothing();
        broker.advance(1);
        assertTrue(cluster.updates().contains("0 reader CURSOR 1"), cluster.updates()::toString);
    }

    @Test
    void shouldReleaseAMessageThatExpiredMeanwhileWhenTheClientHasIt() {
        final TestClient reader = broker.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("a", 2);
        broker.link().timestampNs(broker.nowNs());
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, 5));
        broker.client().connect(MqttVersion.MQTT_5, "c").send(TestClient.publication("a", 2, 1, "x", properties));
        final int packetId = reader.expectPublish("a", 2, "x").variableHeader().packetId();
        broker.advance(10);

        send(reader, MqttMessageType.PUBREC, packetId);

        expect(reader, MqttMessageType.PUBREL, packetId, 0);
    }

    @Test
    void shouldGoOnWithTheHandshakeWhenAMessageExpiredAfterItsPubRec() {
        broker.link().timestampNs(broker.nowNs());
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.PUBLICATION_EXPIRY_INTERVAL, 5));
        final TestClient client = connect(broker, "c", false, 100);
        client.send(TestClient.publication("a", 2, 7, "x", properties));
        expect(client, MqttMessageType.PUBREC, 7, 0);
        broker.advance(10);

        client.send(TestClient.publication("a", 2, 7, "x", properties));
        expect(client, MqttMessageType.PUBREC, 7, 0);
        send(client, MqttMessageType.PUBREL, 7);

        expect(client, MqttMessageType.PUBCOMP, 7, 0);
        assertEquals(1, cluster.messageCount());
        assertEquals(List.of(), cluster.packets(0, "c"));
    }

    @Test
    void shouldRetainTheWillAndKeepItsPropertiesWhenItIsToBeRetained() {
        final TestClient client = broker.client();
        final MqttProperties will = new MqttProperties();
        will.add(new MqttProperties.UserProperty("b", "1"));
        will.add(new MqttProperties.UserProperty("a", "2"));
        client.tryConnect(
                MqttVersion.MQTT_5,
                "c",
                builder -> builder.willFlag(true)
                        .willTopic("w")
                        .willMessage("gone".getBytes(StandardCharsets.UTF_8))
                        .willQoS(MqttQoS.EXACTLY_ONCE)
                        .willRetain(true)
                        .willProperties(will),
                MqttProperties.NO_PROPERTIES);
        broker.drop(client);

        final TestClient reader = other.client().connect(MqttVersion.MQTT_5, "reader");
        subscribe(reader, "w", false, 0, MqttQoS.EXACTLY_ONCE);

        final MqttPublishMessage message = (MqttPublishMessage) reader.receive();
        assertNotNull(message);
        assertTrue(message.fixedHeader().isRetain());
        assertEquals(MqttQoS.EXACTLY_ONCE, message.fixedHeader().qosLevel());
        assertEquals(
                List.of("b=1", "a=2"),
                message.variableHeader().properties().getProperties(MqttProperties.USER_PROPERTY).stream()
                        .map(property -> ((MqttProperties.UserProperty) property).value())
                        .map(pair -> pair.key + "=" + pair.value)
                        .toList());
        message.release();
    }

    @Test
    void shouldForgetADelayedWillWhenTheClientComesBackInTime() {
        final TestClient reader = other.client().connect(MqttVersion.MQTT_5, "reader");
        reader.subscribe("w", 1);
        final MqttProperties will = new MqttProperties();
        will.add(new IntegerProperty(MqttProperties.WILL_DELAY_INTERVAL, 10));
        final MqttProperties expiry = new MqttProperties();
        expiry.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 100));
        final TestClient client = broker.client();
        client.tryConnect(
                MqttVersion.MQTT_5,
                "c",
                builder -> builder.willFlag(true)
                        .willTopic("w")
                        .willMessage("gone".getBytes(StandardCharsets.UTF_8))
                        .willProperties(will),
                expiry);
        broker.drop(client);
        reader.expectNothing();

        connect(other, "c", false, 100);
        cluster.runWills();
        other.work();

        reader.expectNothing();
    }

    @Test
    void shouldRefuseAWillThatCannotBePublished() {
        final MqttConnAckMessage answer = broker.client()
                .tryConnect(
                        MqttVersion.MQTT_5,
                        "c",
                        builder -> builder.willFlag(true)
                                .willTopic("$SYS/x")
                                .willMessage("gone".getBytes(StandardCharsets.UTF_8)),
                        MqttProperties.NO_PROPERTIES);

        assertEquals(
                MqttConnectReturnCode.CONNECTION_REFUSED_TOPIC_NAME_INVALID,
                answer.variableHeader().connectReturnCode());
    }

    @ParameterizedTest
    @CsvSource({"false, 156", "true, 157"})
    void shouldSendClientsElsewhereWhenTheGatewayIsDrained(final boolean isMoved, final int code) {
        broker.link().commitsAtOnce(false);
        final TestClient busy = connect(broker, "busy", false, 100);
        final TestClient older = connect(broker, MqttVersion.MQTT_3_1_1, "older");
        busy.publish("a", 1, 1, "x");

        broker.context().drainState().begin(new DrainNotice(isMoved, "other:1883"));
        for (final TestClient client : List.of(busy, older)) {
            client.server().pipeline().fireUserEventTriggered(MqttConnectionHandler.DRAIN);
        }
        broker.work();
        older.expectClosed();
        busy.expectNothing();
        broker.link().commitsAtOnce(true);
        broker.work();

        busy.expectPubAck(1, 0);
        final MqttMessage last = busy.receive();
        assertEquals(MqttMessageType.DISCONNECT, last.fixedHeader().messageType());
        final MqttReasonCodeAndPropertiesVariableHeader header =
                (MqttReasonCodeAndPropertiesVariableHeader) last.variableHeader();
        assertEquals(code, header.reasonCode() & 0xFF);
        assertEquals("other:1883", referenceOf(header.properties()));
        assertTrue(cluster.hasSession(0, "busy"));

        final TestClient late = broker.client();
        final MqttConnAckMessage refusal =
                late.tryConnect(MqttVersion.MQTT_5, "late", builder -> {}, MqttProperties.NO_PROPERTIES);
        assertEquals(code, refusal.variableHeader().connectReturnCode().byteValue() & 0xFF);
        assertEquals("other:1883", referenceOf(refusal.variableHeader().properties()));
        assertEquals(
                MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
                broker.client()
                        .tryConnect(MqttVersion.MQTT_3_1_1, "old", builder -> {}, MqttProperties.NO_PROPERTIES)
                        .variableHeader()
                        .connectReturnCode());
    }

    @Test
    void shouldAnswerSubscriptionsAndReleasesBeforeItEndsWhenTheGatewayIsDrained() {
        final TestClient subscribing = connect(broker, "subscribing", false, 100);
        final TestClient leaving = connect(broker, "leaving", false, 100);
        final TestClient releasing = connect(broker, "releasing", false, 100);
        leaving.subscribe("a", 1);
        releasing.publish("b", 2, 7, "x");
        expect(releasing, MqttMessageType.PUBREC, 7, 0);
        broker.link().answersSessions(false);
        subscribing.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "a")
                .build());
        leaving.send(MqttMessageBuilders.unsubscribe()
                .messageId(6)
                .addTopicFilter("a")
                .build());
        send(releasing, MqttMessageType.PUBREL, 7);
        final List<TestClient> clients = List.of(subscribing, leaving, releasing);

        for (final TestClient client : clients) {
            client.server().pipeline().fireUserEventTriggered(MqttConnectionHandler.DRAIN);
        }
        broker.work();
        clients.forEach(TestClient::expectNothing);
        broker.link().answersSessions(true);
        broker.work();

        assertEquals(
                List.of(MqttMessageType.SUBACK, MqttMessageType.UNSUBACK, MqttMessageType.PUBCOMP),
                clients.stream()
                        .map(client -> client.receive().fixedHeader().messageType())
                        .toList());
        clients.forEach(client -> client.expectDisconnect(ReasonCodes.SERVER_SHUTTING_DOWN));
        assertEquals(List.of(), cluster.packets(0, "releasing"));
    }

    @Test
    void shouldTakeASubscriptionBackWhenOneOfTheShardsRefusesIt() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("kept", 0);
        client.subscribe("changed", 0);
        cluster.takesNoSubscriptions(1);

        client.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "#")
                .addSubscription(MqttQoS.AT_LEAST_ONCE, "changed")
                .build());

        final MqttSubAckMessage answer = (MqttSubAckMessage) client.receive();
        assertEquals(
                List.of(ReasonCodes.QUOTA_EXCEEDED, ReasonCodes.QUOTA_EXCEEDED),
                answer.payload().reasonCodes());
        assertEquals(List.of("kept"), cluster.filters(0, "c"));
        assertEquals(List.of("kept"), cluster.filters(1, "c"));
        client.expectNothing();
        broker.link().publish("a", new byte[0], new byte[1]);
        broker.work();
        client.expectNothing();

        cluster.takesNoSubscriptions(-1);
        assertEquals(List.of(1), client.subscribe("#", 1));
        broker.link().publish("1", new byte[0], new byte[1]);
        broker.work();
        client.expectPublish("1", 1, "\0");
    }

    private static String referenceOf(final MqttProperties properties) {
        return ((MqttProperties.StringProperty) properties.getProperty(MqttProperties.SERVER_REFERENCE)).value();
    }

    private static void subscribe(
            final TestClient client, final String filter, final boolean isRetainAsPublished, final int handling) {
        subscribe(client, filter, isRetainAsPublished, handling, MqttQoS.AT_LEAST_ONCE);
    }

    private static void subscribe(
            final TestClient client,
            final String filter,
            final boolean isRetainAsPublished,
            final int handling,
            final MqttQoS qos) {
        client.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(
                        filter,
                        new MqttSubscriptionOption(
                                qos,
                                false,
                                isRetainAsPublished,
                                MqttSubscriptionOption.RetainedHandlingPolicy.valueOf(handling)))
                .build());
        assertEquals(MqttMessageType.SUBACK, client.receive().fixedHeader().messageType());
    }

    private TestClient connectWithWill(final String topic) {
        final TestClient client = broker.client();
        client.tryConnect(
                MqttVersion.MQTT_5,
                "c",
                builder -> builder.willFlag(true)
                        .willTopic(topic)
                        .willMessage("gone".getBytes(StandardCharsets.UTF_8))
                        .willQoS(MqttQoS.AT_LEAST_ONCE),
                MqttProperties.NO_PROPERTIES);
        return client;
    }

    private static TestClient connect(
            final TestBroker broker, final String clientId, final boolean isCleanStart, final int expirySeconds) {
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, expirySeconds));
        final TestClient client = broker.client();
        client.tryConnect(MqttVersion.MQTT_5, clientId, builder -> builder.cleanSession(isCleanStart), properties);
        return client;
    }

    private static TestClient connect(final TestBroker broker, final MqttVersion version, final String clientId) {
        final TestClient client = broker.client();
        connectAgain(client, version, clientId);
        return client;
    }

    private static MqttConnAckMessage connectAgain(
            final TestClient client, final MqttVersion version, final String clientId) {
        final MqttProperties properties = new MqttProperties();
        if (version == MqttVersion.MQTT_5) {
            properties.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 100));
        }
        return client.tryConnect(version, clientId, builder -> builder.cleanSession(false), properties);
    }

    private static List<String> payloads(final TestClient client, final int count) {
        final List<String> payloads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            final MqttPublishMessage message = (MqttPublishMessage) client.receive();
            assertNotNull(message, payloads::toString);
            payloads.add(message.payload().toString(StandardCharsets.UTF_8));
            message.release();
            client.acknowledge(message.variableHeader().packetId());
        }
        return payloads;
    }

    private static MqttProperties identifier(final int identifier) {
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER, identifier));
        return properties;
    }

    private static int identifierOf(final MqttPublishMessage message) {
        return ((IntegerProperty)
                        message.variableHeader().properties().getProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER))
                .value();
    }

    private static MqttPublishMessage expectAgain(
            final TestClient client, final String topic, final int qos, final String payload) {
        final MqttPublishMessage message = (MqttPublishMessage) client.receive();
        assertNotNull(message);
        assertTrue(message.fixedHeader().isDup());
        assertEquals(topic, message.variableHeader().topicName());
        assertEquals(qos, message.fixedHeader().qosLevel().value());
        assertEquals(payload, message.payload().toString(StandardCharsets.UTF_8));
        message.release();
        return message;
    }

    private static MqttPublishMessage publication(
            final String topic,
            final int qos,
            final int packetId,
            final String payload,
            final boolean isDuplicate,
            final boolean isRetained) {
        return new MqttPublishMessage(
                new MqttFixedHeader(MqttMessageType.PUBLISH, isDuplicate, MqttQoS.valueOf(qos), isRetained, 0),
                new MqttPublishVariableHeader(topic, packetId, MqttProperties.NO_PROPERTIES),
                Unpooled.copiedBuffer(payload, StandardCharsets.UTF_8));
    }

    private static void send(final TestClient client, final MqttMessageType type, final int packetId) {
        client.send(new MqttMessage(
                new MqttFixedHeader(
                        type,
                        false,
                        type == MqttMessageType.PUBREL ? MqttQoS.AT_LEAST_ONCE : MqttQoS.AT_MOST_ONCE,
                        false,
                        0),
                MqttMessageIdVariableHeader.from(packetId)));
    }

    private static void expect(
            final TestClient client, final MqttMessageType type, final int packetId, final int reasonCode) {
        final MqttMessage message = client.receive();
        assertNotNull(message, () -> "expected a " + type + " for " + packetId);
        assertEquals(type, message.fixedHeader().messageType());
        final MqttMessageIdVariableHeader header = (MqttMessageIdVariableHeader) message.variableHeader();
        assertEquals(packetId, header.messageId());
        assertEquals(
                reasonCode,
                header instanceof final MqttPubReplyMessageVariableHeader reply ? reply.reasonCode() & 0xFF : 0);
    }
}
