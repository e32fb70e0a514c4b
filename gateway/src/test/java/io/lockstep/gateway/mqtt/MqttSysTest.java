package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.access.rules.AccessRules;
import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.FakeCluster;
import io.lockstep.gateway.bridge.SysTopics;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption;
import io.netty.handler.codec.mqtt.MqttSubscriptionOption.RetainedHandlingPolicy;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What gateways tell of themselves: two gateways and one cluster in memory. */
@ExtendWith(LeakCheck.class)
class MqttSysTest {
    private static final int INTERVAL_SECONDS = 10;

    private final FakeCluster cluster = new FakeCluster();
    private final TestBroker broker = new TestBroker(GatewayLimits.DEFAULTS, cluster);
    private final TestBroker other = new TestBroker(GatewayLimits.DEFAULTS, cluster);

    @AfterEach
    void close() {
        broker.close();
        other.close();
    }

    @Test
    void shouldTellAtOnceAsRetainedAndAgainAtTheInterval() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        assertEquals(List.of(1), client.subscribe("$SYS/broker/version", 1));
        assertEquals(Map.of("$SYS/broker/version", "lockstep test retained"), received(client));
        client.subscribe("$SYS/broker/uptime", 0);
        assertEquals(Map.of("$SYS/broker/uptime", "0 seconds retained"), received(client));

        broker.advance(INTERVAL_SECONDS - 1);
        client.expectNothing();
        broker.advance(1);
        assertEquals(
                Map.of("$SYS/broker/version", "lockstep test", "$SYS/broker/uptime", INTERVAL_SECONDS + " seconds"),
                received(client));
    }

    @Test
    void shouldTellNothingWhenTheFilterBeginsWithAWildcardOrTheSubscriptionEnded() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("#", 1);
        client.subscribe("+/broker/uptime", 1);
        client.subscribe("$SYS/broker/uptime", 1);
        received(client);

        client.send(MqttMessageBuilders.unsubscribe()
                .messageId(5)
                .addTopicFilter("$SYS/broker/uptime")
                .build());
        client.receive();
        broker.advance(INTERVAL_SECONDS);

        client.expectNothing();
    }

    @Test
    void shouldTellEachTopicForTheBrokerAndForTheGatewayByItsId() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.subscribe("$SYS/#", 0);

        final Set<String> topics = received(client).keySet();
        assertTrue(
                topics.containsAll(Set.of(
                        "$SYS/broker/version",
                        "$SYS/broker/uptime",
                        "$SYS/broker/clients/connected",
                        "$SYS/broker/clients/total",
                        "$SYS/broker/clients/maximum",
                        "$SYS/broker/messages/received",
                        "$SYS/broker/messages/sent",
                        "$SYS/broker/bytes/received",
                        "$SYS/broker/bytes/sent",
                        "$SYS/broker/publish/messages/received",
                        "$SYS/broker/publish/messages/sent",
                        "$SYS/broker/publish/messages/dropped",
                        "$SYS/broker/subscriptions/count",
                        "$SYS/broker/load/messages/received/1min",
                        "$SYS/broker/load/connections/15min",
                        "$SYS/gateways/" + TestBroker.GATEWAY_ID + "/load/publish/sent/5min")),
                topics::toString);
        assertEquals(
                topics.stream()
                        .filter(topic -> topic.startsWith("$SYS/broker/"))
                        .count(),
                topics.stream()
                        .filter(topic -> topic.startsWith("$SYS/gateways/" + TestBroker.GATEWAY_ID + '/'))
                        .count());
    }

    @Test
    void shouldCountClientsPacketsAndSubscriptions() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("a", 0);
        final TestClient leaving = broker.client().connect(MqttVersion.MQTT_3_1_1, "leaving");
        leaving.publish("a", 1, 7, "x");
        broker.drop(leaving);
        received(client);

        client.subscribe("$SYS/broker/#", 0);

        final Map<String, String> values = received(client);
        assertEquals("1 retained", values.get("$SYS/broker/clients/connected"));
        assertEquals("1 retained", values.get("$SYS/broker/clients/total"));
        assertEquals("2 retained", values.get("$SYS/broker/clients/maximum"));
        assertEquals("2 retained", values.get("$SYS/broker/subscriptions/count"));
        // CONNECT, SUBSCRIBE, CONNECT, PUBLISH, SUBSCRIBE; then CONNACK, SUBACK, CONNACK, PUBACK, PUBLISH.
        assertEquals("5 retained", values.get("$SYS/broker/messages/received"));
        assertEquals("5 retained", values.get("$SYS/broker/messages/sent"));
        assertEquals("1 retained", values.get("$SYS/broker/publish/messages/received"));
        assertEquals("1 retained", values.get("$SYS/broker/publish/messages/sent"));
        assertEquals(broker.counters().bytesIn().sum() + " retained", values.get("$SYS/broker/bytes/received"));
        assertEquals("0.00 retained", values.get("$SYS/broker/load/publish/received/1min"));
        broker.advance(INTERVAL_SECONDS);
        // One in a sixth of a minute, and so 6 in a minute times 1 - e^(-1/6).
        assertEquals("0.92", received(client).get("$SYS/broker/load/publish/received/1min"));
    }

    @Test
    void shouldSayHowManyBytesWentToAndFro() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        // A CONNECT with a client id of one character has 16 bytes.
        assertEquals(16, broker.counters().bytesIn().sum());
        assertEquals(client.receivedBytes(), broker.counters().bytesOut().sum());
    }

    @Test
    void shouldHeedRetainHandlingIdentifiersAndRetainAsPublished() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER, 9));
        client.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(
                        "$SYS/broker/uptime",
                        new MqttSubscriptionOption(
                                MqttQoS.AT_LEAST_ONCE, false, true, RetainedHandlingPolicy.DONT_SEND_AT_SUBSCRIBE))
                .properties(properties)
                .build());
        client.receive();
        client.expectNothing();

        broker.advance(INTERVAL_SECONDS);

        final MqttPublishMessage message = (MqttPublishMessage) client.receive();
        assertTrue(message.fixedHeader().isRetain());
        assertEquals(
                9,
                message.variableHeader()
                        .properties()
                        .getProperty(MqttProperties.SUBSCRIPTION_IDENTIFIER)
                        .value());
        message.release();
    }

    @Test
    void shouldGoOnAtAnotherGatewayWithItsValuesWhenTheSessionDoes() {
        final MqttProperties keep = new MqttProperties();
        keep.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 100));
        final TestClient client = broker.client();
        client.tryConnect(MqttVersion.MQTT_5, "c", builder -> builder.cleanSession(false), keep);
        client.subscribe("$SYS/broker/clients/maximum", 1);
        received(client);
        broker.drop(client);
        other.client().connect(MqttVersion.MQTT_5, "d");

        final TestClient again = other.client();
        again.tryConnect(MqttVersion.MQTT_5, "c", builder -> builder.cleanSession(false), keep);
        again.expectNothing();
        other.advance(INTERVAL_SECONDS);

        assertEquals(Map.of("$SYS/broker/clients/maximum", "2"), received(again));
        again.expectNothing();
    }

    @Test
    void shouldTellOnlyWhatTheClientMayRead() {
        final AccessPolicy policy = AccessPolicy.open();
        policy.rules(AccessRules.parse(
                "rules.txt",
                List.of(
                        "allow * subscribe $SYS/#",
                        "allow * read $SYS/broker/uptime",
                        "deny * read $SYS/#",
                        "deny * subscribe #")));
        final TestBroker guarded = new TestBroker(policy);
        try {
            final TestClient client = guarded.client().connect(MqttVersion.MQTT_5, "c");

            client.subscribe("$SYS/#", 0);
            assertEquals(Map.of("$SYS/broker/uptime", "0 seconds retained"), received(client));
            guarded.advance(INTERVAL_SECONDS);

            assertEquals(Map.of("$SYS/broker/uptime", "10 seconds"), received(client));
        } finally {
            guarded.close();
        }
    }

    @Test
    void shouldTellNothingWhenItIsOff() {
        final TestBroker silent = new TestBroker(GatewayLimits.DEFAULTS, new MqttOptions("", true, SysTopics.OFF));
        try {
            final TestClient client = silent.client().connect(MqttVersion.MQTT_5, "c");

            assertEquals(List.of(1), client.subscribe("$SYS/#", 1));
            silent.advance(INTERVAL_SECONDS);

            client.expectNothing();
        } finally {
            silent.close();
        }
    }

    @Test
    void shouldPublishNothingThroughTheCluster() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("$SYS/#", 1);
        broker.advance(INTERVAL_SECONDS);

        assertEquals(0, cluster.messageCount());
        assertTrue(received(client).size() > 1);
    }

    /** Values by topic; of several the last one. */
    private static Map<String, String> received(final TestClient client) {
        final Map<String, String> values = new TreeMap<>();
        for (MqttMessage message = client.receive(); message != null; message = client.receive()) {
            if (message instanceof final MqttPublishMessage publish) {
                assertEquals(MqttQoS.AT_MOST_ONCE, publish.fixedHeader().qosLevel());
                values.put(
                        publish.variableHeader().topicName(),
                        publish.payload().toString(StandardCharsets.UTF_8)
                                + (publish.fixedHeader().isRetain() ? " retained" : ""));
                publish.release();
            }
        }
        return values;
    }
}
