package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.FakeClusterLink;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class MqttPublishTest {
    private TestBroker broker = new TestBroker();

    @AfterEach
    void close() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource(MqttVersion.class)
    void shouldAnswerOnlyAfterTheCommitWhenQosIs1(final MqttVersion version) {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(version, "c");

        client.publish("a", 1, 7, "x");
        client.expectNothing();
        assertEquals(List.of(1L), broker.link().unansweredIds());
        broker.link().commit(1);
        broker.work();

        client.expectPubAck(7, 0);
        client.expectNothing();
    }

    @Test
    void shouldAnswerInOrderWhenTheClusterAnswersOutOfOrder() {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.publish("a", 1, 7, "x").publish("b", 1, 8, "y").publish("c", 1, 9, "z");

        broker.link().commit(3);
        broker.link().refuse(2, ResultCode.TOO_MANY_TOPICS);
        broker.work();
        client.expectNothing();
        broker.link().commit(1);
        broker.work();

        client.expectPubAck(7, 0);
        client.expectPubAck(8, ReasonCodes.QUOTA_EXCEEDED);
        client.expectPubAck(9, 0);
    }

    @Test
    void shouldPublishToThePartitionOfTheClientWhenTheTopicHasPartitions() {
        broker.client()
                .connect(MqttVersion.MQTT_5, "abc")
                .publish("spread/a", 1, 7, "x")
                .expectPubAck(7, 0);
        broker.client().connect(MqttVersion.MQTT_3_1_1, "d").publish("spread/a", 0, 0, "y");
        broker.work();

        assertEquals(List.of("spread/a/$3", "spread/a/$1"), broker.link().offeredTopics());
    }

    @Test
    void shouldTakeAPacketIdAgainWhenItWasAnswered() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.publish("a", 1, 7, "x").expectPubAck(7, 0);
        client.publish("a", 1, 7, "y").expectPubAck(7, 0);

        assertEquals(List.of("a", "a"), broker.link().offeredTopics());
    }

    @Test
    void shouldAnswerNothingWhenQosIs0() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.publish("a", 0, 0, "x");

        client.expectNothing();
        assertEquals(1, broker.counters().messagesAccepted().sum());
    }

    @ParameterizedTest
    @CsvSource({
        "BAD_TOPIC, 90",
        "TOPIC_UNKNOWN, 90",
        "BAD_PARTITION, 90",
        "READ_ONLY, 97",
        "STATE_FULL, 97",
        "HEADERS_TOO_LARGE, 83",
        "MALFORMED, 80"
    })
    void shouldPassTheReasonOnWhenTheClusterRefuses(final ResultCode code, final String reasonCode) {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.publish("a", 1, 7, "x");

        broker.link().refuse(1, code);
        broker.work();

        client.expectPubAck(7, Integer.parseInt(reasonCode, 16));
        assertTrue(client.server().isOpen());
    }

    @Test
    void shouldCloseWhenTheClusterRefusesAnMqtt3Message() {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");
        client.publish("a", 1, 7, "x");

        broker.link().refuse(1, ResultCode.READ_ONLY);
        broker.work();

        client.expectClosed();
    }

    @Test
    void shouldEndWithoutAnswerWhenTheOutcomeIsUnknown() {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.publish("a", 1, 7, "x");

        broker.link().forget(1);
        broker.work();

        client.expectDisconnect(ReasonCodes.SERVER_BUSY);
        assertEquals(1, broker.counters().messagesUnknown().sum());
    }

    @Test
    void shouldRefuseTopicInOrderWhenItIsReserved() {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.publish("a", 1, 7, "x").publish("$SYS/a", 1, 8, "y").publish("x".repeat(1_025), 1, 9, "z");
        client.expectNothing();
        broker.link().commit(1);
        broker.work();

        client.expectPubAck(7, 0);
        client.expectPubAck(8, ReasonCodes.TOPIC_NAME_INVALID);
        client.expectPubAck(9, ReasonCodes.TOPIC_NAME_INVALID);
        assertEquals(List.of("a"), broker.link().offeredTopics());
    }

    @ParameterizedTest
    @EnumSource(
            value = MqttVersion.class,
            names = {"MQTT_3_1_1", "MQTT_5"})
    void shouldPublishToTopicsWithADollarAndDeliverThemByTheirNameOnly(final MqttVersion version) {
        final TestClient client = broker.client().connect(version, "c");
        client.subscribe("+", 0);
        client.subscribe("$data/#", 0);

        client.publish("$TopicA", 1, 7, "x");
        client.expectPubAck(7, 0);
        client.publish("$data/a", 0, 0, "y");

        client.expectPublish("$data/a", 0, "y");
        client.expectNothing();
        assertEquals(List.of("$TopicA", "$data/a"), broker.link().offeredTopics());
    }

    @Test
    void shouldCloseWhenMqtt3TopicIsReserved() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");

        client.publish("$SYS/a", 1, 8, "y");

        client.expectClosed();
    }

    @Test
    void shouldDisconnectWhenResponseTopicHasWildcard() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        final MqttProperties properties = new MqttProperties();
        properties.add(new StringProperty(MqttProperties.RESPONSE_TOPIC, "answers/#"));

        client.send(TestClient.publication("a", 1, 1, "x", properties));

        client.expectDisconnect(ReasonCodes.PROTOCOL_ERROR);
    }

    @Test
    void shouldDisconnectWhenMqtt5ClientExceedsReceiveMaximum() {
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS.withClientBounds(2, 1 << 20), 0);
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.publish("a", 1, 1, "x").publish("a", 1, 2, "x");
        assertTrue(client.server().isOpen());
        client.publish("a", 1, 3, "x");

        client.expectDisconnect(ReasonCodes.RECEIVE_MAXIMUM_EXCEEDED);
    }

    @Test
    void shouldStopReadingWhenMqtt3ClientHasTooMuchInFlight() {
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS.withClientBounds(2, 1 << 20), 0);
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");

        for (int i = 1; i <= 6; i++) {
            client.publish("a", 1, i, "x");
        }
        assertFalse(client.server().config().isAutoRead());
        assertEquals(2, broker.link().unansweredIds().size());
        broker.advance(600);
        assertTrue(client.server().isOpen(), "the pause is not the client's silence");
        broker.link().commitsAtOnce(true);
        broker.work();

        for (int i = 1; i <= 6; i++) {
            client.expectPubAck(i, 0);
        }
        assertTrue(client.server().config().isAutoRead());
    }

    @Test
    void shouldStopReadingOnlyFromTheFloodingClientWhenTheClusterIsSlow() {
        broker.link().commitsAtOnce(false);
        final TestClient flood = broker.client().connect(MqttVersion.MQTT_5, "flood");
        final TestClient other = broker.client().connect(MqttVersion.MQTT_5, "other");

        for (int i = 0; i < 1_000; i++) {
            flood.write(TestClient.publication("flood", 0, 0, "x", MqttProperties.NO_PROPERTIES));
        }
        broker.work();
        other.publish("other", 1, 5, "y");

        final int limit = GatewayLimits.DEFAULTS.maxUnsettledMessages();
        assertFalse(flood.server().config().isAutoRead());
        assertEquals(limit, Collections.frequency(broker.link().offeredTopics(), "flood"));
        assertEquals("other", broker.link().offeredTopics().get(limit));
        broker.link().commit(limit + 1);
        broker.work();
        other.expectPubAck(5, 0);
        broker.link().commitsAtOnce(true);
        broker.work();
        assertEquals(1_000, Collections.frequency(broker.link().offeredTopics(), "flood"));
        assertTrue(flood.server().config().isAutoRead());
    }

    @Test
    void shouldKeepOrderWhenTheLinkIsBackPressured() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("#", 1);
        broker.link().backPressuredShardId(FakeClusterLink.ALL);

        client.publish("a", 1, 1, "1").publish("b", 1, 2, "2").publish("a", 1, 3, "3");
        assertEquals(List.of(), broker.link().offeredTopics());
        broker.link().backPressuredShardId(FakeClusterLink.NONE);
        broker.work();

        assertEquals(List.of("a", "b", "a"), broker.link().offeredTopics());
        assertEquals(3, broker.counters().messagesAccepted().sum());
    }

    @Test
    void shouldServeOthersWhenOneShardIsBackPressured() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        broker.link().backPressuredShardId(1);

        client.publish("1/a", 1, 1, "x").publish("0/a", 1, 2, "y").publish("1/b", 1, 3, "z");
        final TestClient other = broker.client().connect(MqttVersion.MQTT_5, "other");
        assertEquals(List.of(1), other.subscribe("1/#", 1));

        assertEquals(List.of("0/a"), broker.link().offeredTopics());
        other.expectNothing();
        broker.link().backPressuredShardId(FakeClusterLink.NONE);
        broker.work();
        assertEquals(List.of("0/a", "1/a", "1/b"), broker.link().offeredTopics());
        other.expectPublish("1/a", 1, "x");
        other.expectPublish("1/b", 1, "z");
    }

    @Test
    void shouldStayBoundedWhenTheQueueIsFull() {
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS.withQueue(4, 1 << 20), 0);
        broker.link().backPressuredShardId(FakeClusterLink.ALL);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        for (int i = 1; i <= 20; i++) {
            client.publish("a", 1, i, "x");
        }
        assertFalse(client.server().config().isAutoRead());

        broker.link().backPressuredShardId(FakeClusterLink.NONE);
        for (int i = 0; i < 20; i++) {
            broker.advance(1);
        }

        for (int i = 1; i <= 20; i++) {
            client.expectPubAck(i, 0);
        }
        assertTrue(client.server().config().isAutoRead());
    }

    @Test
    void shouldGiveUpWhatAShardDoesNotTakeInTime() {
        // given
        final TestClient asking = broker.client().connect(MqttVersion.MQTT_5, "asking");
        final TestClient older = broker.client().connect(MqttVersion.MQTT_3_1_1, "older");
        final TestClient silent = broker.client().connect(MqttVersion.MQTT_5, "silent");
        broker.link().backPressuredShardId(1);
        asking.publish("1/a", 1, 7, "x");
        older.publish("1/b", 1, 7, "x");
        for (int i = 0; i < 300; i++) {
            silent.write(TestClient.publication("1/c", 0, 0, "x", MqttProperties.NO_PROPERTIES));
        }
        broker.work();
        assertFalse(silent.server().config().isAutoRead());

        // when
        broker.advance(29);
        asking.expectNothing();
        assertTrue(older.server().isOpen());
        broker.advance(1);

        // then
        asking.expectDisconnect(ReasonCodes.SERVER_BUSY);
        older.expectClosed();
        silent.expectNothing();
        assertTrue(silent.server().isOpen());
        assertTrue(silent.server().config().isAutoRead());
        assertEquals(2 + 256, broker.counters().messagesUnknown().sum());
        broker.link().backPressuredShardId(FakeClusterLink.NONE);
        broker.work();
        assertEquals(Collections.nCopies(300 - 256, "1/c"), broker.link().offeredTopics());
    }

    @Test
    void shouldPublishNothingBehindAMissingMessageWhenItsSenderSendsAgain() {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.publish("a", 1, 1, "1");
        broker.link().backPressuredShardId(FakeClusterLink.ALL);
        client.publish("a", 1, 2, "2").publish("b", 1, 3, "3");

        broker.link().forget(1);
        broker.link().backPressuredShardId(FakeClusterLink.NONE);
        broker.work();

        client.expectDisconnect(ReasonCodes.SERVER_BUSY);
        assertEquals(List.of("a"), broker.link().offeredTopics());
        assertEquals(3, broker.counters().messagesUnknown().sum());
        assertEquals(1, broker.counters().clientsDisconnected().sum());
        assertEquals(1, broker.counters().sessionsClosed().sum());
    }

    @Test
    void shouldPublishOnlyWhatNobodySendsAgainWhenItsSenderIsGone() {
        broker.link().backPressuredShardId(1);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.publish("1/a", 1, 1, "x").publish("1/b", 0, 0, "y");
        client.send(MqttMessageBuilders.disconnect().build());

        broker.link().backPressuredShardId(FakeClusterLink.NONE);
        broker.work();

        assertEquals(List.of("1/b"), broker.link().offeredTopics());
    }

    @Test
    void shouldServeOtherShardsWhenOneHoldsAsMuchAsItMay() {
        // given
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS.withQueue(8, 1 << 20), 0);
        broker.link().backPressuredShardId(1);
        final List<TestClient> stuck = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            stuck.add(broker.client().connect(MqttVersion.MQTT_5, "stuck" + i).publish("1/a", 1, 1, "x"));
        }

        // when
        final TestClient other = broker.client().connect(MqttVersion.MQTT_5, "other");
        final List<Integer> granted = other.subscribe("0/#", 0);
        other.publish("0/a", 1, 5, "y");

        // then
        assertEquals(List.of(0), granted);
        other.expectPubAck(5, 0);
        other.expectPublish("0/a", 0, "y");
        broker.advance(30);
        // Some waited in the bridge and some before it: for none does it last longer.
        broker.advance(1);
        stuck.forEach(client -> client.expectDisconnect(ReasonCodes.SERVER_BUSY));
        assertEquals(20, broker.counters().messagesUnknown().sum());
        assertTrue(other.server().isOpen());
    }

    @Test
    void shouldPublishWhatWasSentWhenClientLeavesAtOnce() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        for (int i = 0; i < 100; i++) {
            client.write(TestClient.publication("a", 0, 0, "x", MqttProperties.NO_PROPERTIES));
        }
        client.send(MqttMessageBuilders.disconnect().build());

        assertEquals(100, broker.counters().messagesAccepted().sum());
        client.expectClosed();
    }

    @Test
    void shouldAnswerPingWhilePublishesWait() {
        broker.link().commitsAtOnce(false);
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");
        client.publish("a", 1, 1, "x");

        client.send(MqttMessage.PINGREQ);

        assertEquals(MqttMessageType.PINGRESP, client.receive().fixedHeader().messageType());
    }

    @Test
    void shouldAnswerWhatWasReadWhenTheGatewayStops() {
        broker.link().commitsAtOnce(false);
        final TestClient busy = broker.client().connect(MqttVersion.MQTT_5, "busy");
        final TestClient idle = broker.client().connect(MqttVersion.MQTT_5, "idle");
        final TestClient older = broker.client().connect(MqttVersion.MQTT_3_1_1, "older");
        busy.publish("a", 1, 1, "x").publish("a", 1, 2, "y").publish("a", 0, 0, "z");

        for (final TestClient client : List.of(busy, idle, older)) {
            client.server().pipeline().fireUserEventTriggered(MqttConnectionHandler.DRAIN);
        }
        broker.work();

        idle.expectDisconnect(ReasonCodes.SERVER_SHUTTING_DOWN);
        older.expectClosed();
        busy.expectNothing();
        broker.link().commitsAtOnce(true);
        broker.work();
        busy.expectPubAck(1, 0);
        busy.expectPubAck(2, 0);
        busy.expectDisconnect(ReasonCodes.SERVER_SHUTTING_DOWN);
    }
}
