package io.lockstep.testkit.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.config.GatewayEndpoint;
import io.lockstep.gateway.GatewayConfig;
import io.lockstep.gateway.LockstepGateway;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.testkit.Await;
import io.lockstep.testkit.ExpectedErrors;
import io.lockstep.testkit.LocalCluster;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.agrona.CloseHelper;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The client libraries that everybody has, unmodified, against two gateways and three nodes with two shards: Eclipse Paho, HiveMQ
 * and MQTT.js.
 */
@Timeout(value = 3, unit = TimeUnit.MINUTES)
class MqttClientsSystemTest {
    private static final int BASE_PORT = 26_000;
    private static final int GATEWAY_PORT = 26_400;
    private static final int PORTS_PER_GATEWAY = 3;
    private static final int SESSION_SECONDS = 600;

    private static final ClientMessage.Properties PROPERTIES = new ClientMessage.Properties(
            List.of(
                    new ClientMessage.UserProperty("unit", "\u00B0C"),
                    new ClientMessage.UserProperty("site", "north"),
                    new ClientMessage.UserProperty("site", "south")),
            "text/plain; charset=utf-8",
            "answers/here",
            "question 1",
            3_600);

    // It tells every packet.
    private static final Logger PAHO_LOGGER = Logger.getLogger("org.eclipse.paho");

    private static final List<String> LOG = new CopyOnWriteArrayList<>();
    private static final AtomicReference<Throwable> FAILURE = new AtomicReference<>();
    private static final List<LockstepGateway> GATEWAYS = new ArrayList<>();
    private static LocalCluster cluster;
    private static MqttJs node;

    private final List<AutoCloseable> opened = new ArrayList<>();

    /** A library, the version of MQTT and what carries it. */
    private enum Kind {
        PAHO_5(5, false),
        PAHO_5_WEB_SOCKET(5, true),
        PAHO_3(4, false),
        HIVEMQ_5(5, false),
        HIVEMQ_5_WEB_SOCKET(5, true),
        HIVEMQ_3(4, false),
        MQTT_JS_5(5, false),
        MQTT_JS_5_WEB_SOCKET(5, true),
        MQTT_JS_3(4, false);

        private final int version;
        private final boolean isWebSocket;

        Kind(final int version, final boolean isWebSocket) {
            this.version = version;
            this.isWebSocket = isWebSocket;
        }

        boolean isMqtt5() {
            return version == 5;
        }

        EverydayClient connect(final int port, final EverydayClient.Options options) throws Exception {
            final String address = "localhost:" + port;
            return switch (this) {
                case PAHO_5 -> new PahoMqtt5("tcp://" + address, options);
                case PAHO_5_WEB_SOCKET -> new PahoMqtt5("ws://" + address + "/mqtt", options);
                case PAHO_3 -> new PahoMqtt3("tcp://" + address, options);
                case HIVEMQ_5, HIVEMQ_5_WEB_SOCKET -> new HiveMqtt5(port, isWebSocket, options);
                case HIVEMQ_3 -> new HiveMqtt3(port, options);
                case MQTT_JS_5, MQTT_JS_3 -> node.connect("mqtt://" + address, version, options);
                case MQTT_JS_5_WEB_SOCKET -> node.connect("ws://" + address + "/mqtt", version, options);
            };
        }
    }

    @BeforeAll
    static void start() throws Exception {
        PAHO_LOGGER.setLevel(Level.WARNING);
        node = MqttJs.start();
        cluster = LocalCluster.on(BASE_PORT).shards(2).start();
        for (int id = 0; id < 2; id++) {
            final int port = GATEWAY_PORT + id * PORTS_PER_GATEWAY;
            GATEWAYS.add(LockstepGateway.start(
                    new GatewayConfig(
                            "test",
                            new GatewayEndpoint(
                                    id,
                                    "localhost",
                                    port,
                                    GatewayEndpoint.NO_PORT,
                                    port + 1,
                                    GatewayEndpoint.NO_PORT,
                                    port + 2,
                                    null),
                            cluster.config().nodes(),
                            GatewayLimits.DEFAULTS),
                    LOG::add,
                    FAILURE::set));
        }
        Await.await(
                "both gateways are healthy",
                60,
                () -> GATEWAYS.stream().allMatch(LockstepGateway::isHealthy),
                () -> LOG.toString());
    }

    @AfterAll
    static void stop() throws Exception {
        if (cluster == null) {
            CloseHelper.close(node);
            return;
        }
        try {
            node.close();
            GATEWAYS.forEach(LockstepGateway::close);
            assertNull(FAILURE.get(), LOG::toString);
            for (final LockstepGateway gateway : GATEWAYS) {
                assertEquals(0, gateway.counters().errors().sum(), LOG::toString);
            }
            assertEquals(List.of(), cluster.unexpectedErrors(ExpectedErrors.ofLostNodes()), cluster::log);
        } finally {
            cluster.close();
        }
    }

    @AfterEach
    void close() {
        CloseHelper.closeAll(opened);
    }

    @Test
    void shouldUnderstandEachOtherWhenTheirGatewaysDiffer() throws Exception {
        // given
        final Map<Kind, EverydayClient> subscribers = new EnumMap<>(Kind.class);
        for (final Kind kind : Kind.values()) {
            final EverydayClient subscriber = connect(kind, 1, EverydayClient.Options.of("reader-" + kind));
            assertEquals(2, subscriber.subscribe("all/#", 2), kind::name);
            subscribers.put(kind, subscriber);
        }

        // when
        final List<ClientMessage> published = new ArrayList<>();
        for (final Kind kind : Kind.values()) {
            final EverydayClient publisher = connect(kind, 0, EverydayClient.Options.of("writer-" + kind));
            final ClientMessage.Properties properties = kind.isMqtt5() ? PROPERTIES : ClientMessage.Properties.NONE;
            for (int qos = 0; qos <= 2; qos++) {
                final ClientMessage message = new ClientMessage("all/" + kind, qos, "\u00E4 " + qos).with(properties);
                publisher.publish(message);
                published.add(message);
            }
        }

        // then
        for (final Kind kind : Kind.values()) {
            final EverydayClient subscriber = subscribers.get(kind);
            awaitCount(kind, subscriber, published.size());
            final List<ClientMessage> expected = published.stream()
                    .map(message -> message.delivered(2, kind.isMqtt5()))
                    .toList();
            assertEquals(byTopic(expected), byTopic(withExpiry(subscriber.received())), kind::name);
        }
    }

    @Test
    void shouldBringWhatAClientPublishesRightBehindItsSubscription() throws Exception {
        try (MqttTestClient client = new MqttTestClient(GATEWAY_PORT, "hasty", null)) {
            for (int i = 1; i <= 20; i++) {
                // when: nothing waits for the SUBACK
                client.sendSubscribe("hasty/" + i, 1);
                client.publish("hasty/" + i, 1, i, false, "message " + i);

                // then
                final MqttTestClient.Packet packet = client.read(MqttTestClient.PUBLISH);
                client.answer(MqttTestClient.PUBACK, packet.packetId());
                assertEquals("message " + i, packet.payload());
                assertEquals(1, client.read(MqttTestClient.SUBACK).reasonCode());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void shouldTellTheNewestRetainedMessageWhenItSubscribes(final Kind kind) throws Exception {
        final ClientMessage.Properties properties = kind.isMqtt5() ? PROPERTIES : ClientMessage.Properties.NONE;
        final String prefix = "kept/" + kind;
        final EverydayClient publisher = connect(kind, 0, EverydayClient.Options.of("keeper-" + kind));
        publisher.publish(new ClientMessage(prefix + "/a", 1, "old").retained());
        final ClientMessage newest =
                new ClientMessage(prefix + "/a", 1, "new").retained().with(properties);
        publisher.publish(newest);
        publisher.publish(new ClientMessage(prefix + "/b", 2, "gone").retained());
        publisher.publish(new ClientMessage(prefix + "/b", 2, "").retained());

        final EverydayClient subscriber = connect(kind, 1, EverydayClient.Options.of("visitor-" + kind));
        subscriber.subscribe(prefix + "/#", 1);
        awaitCount(kind, subscriber, 1);
        final ClientMessage later = new ClientMessage(prefix + "/b", 1, "later");
        publisher.publish(later);

        awaitCount(kind, subscriber, 2);
        assertEquals(List.of(newest, later), withExpiry(subscriber.received()));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void shouldPublishTheWillOnceWhenTheNetworkIsCut(final Kind kind) throws Exception {
        // given
        final ClientMessage will = new ClientMessage("wills/" + kind, 1, "dead")
                .with(kind.isMqtt5() ? PROPERTIES : ClientMessage.Properties.NONE);
        final EverydayClient watcher = connect(kind, 1, EverydayClient.Options.of("watcher-" + kind));
        watcher.subscribe("wills/" + kind, 2);
        final CutRelay relay = relay(kind, 0);
        open(kind.connect(
                relay.port(), EverydayClient.Options.of("dying-" + kind).withWill(will)));
        final EverydayClient leaving = kind.connect(
                port(kind, 0), EverydayClient.Options.of("leaving-" + kind).withWill(will));

        // when
        leaving.close();
        relay.close();

        // then
        awaitCount(kind, watcher, 1);
        final ClientMessage after = new ClientMessage("wills/" + kind, 2, "after");
        watcher.publish(after);
        awaitCount(kind, watcher, 2);
        assertEquals(List.of(will, after), withExpiry(watcher.received()));
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void shouldGoOnAtTheOtherGatewayWhenTheNetworkIsCut(final Kind kind) throws Exception {
        // given
        final String topic = "away/" + kind;
        final EverydayClient.Options session =
                EverydayClient.Options.of("away-" + kind).withSession(SESSION_SECONDS);
        final EverydayClient publisher = connect(kind, 1, EverydayClient.Options.of("home-" + kind));
        final CutRelay relay = relay(kind, 0);
        final EverydayClient first = open(kind.connect(relay.port(), session));
        assertEquals(false, first.isSessionPresent());
        assertEquals(2, first.subscribe("away/" + kind + "/#", 2));
        // Nothing is to be acknowledged when the network is cut: the libraries' own state ends with them.
        final ClientMessage before = publish(publisher, new ClientMessage(topic + "/0", 0, "before"));
        awaitCount(kind, first, 1);
        assertEquals(List.of(before), first.received());

        // when
        relay.close();
        final List<ClientMessage> expected = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            // Some clients hand out a message with QoS 2 when it is released, behind later ones with QoS 1.
            final int qos = 1 + i % 2;
            expected.add(publish(publisher, new ClientMessage(topic + "/" + qos, qos, "away " + i)));
        }
        final EverydayClient second = kind.connect(port(kind, 1), session);

        // then
        assertTrue(second.isSessionPresent());
        awaitCount(kind, second, expected.size());
        expected.add(publish(publisher, new ClientMessage(topic + "/1", 1, "back")));
        awaitCount(kind, second, expected.size());
        assertEquals(byTopic(expected), byTopic(second.received()));
        second.close();

        // and after an orderly farewell
        final ClientMessage last = publish(publisher, new ClientMessage(topic + "/1", 1, "again"));
        final EverydayClient third = open(kind.connect(port(kind, 0), session));
        assertTrue(third.isSessionPresent());
        Await.await(kind + " has the last message", () -> third.received().contains(last));
        // What came right before the farewell may not have been acknowledged.
        final List<ClientMessage> anew = new ArrayList<>(third.received());
        anew.removeAll(expected);
        assertEquals(List.of(last), anew);
    }

    private static ClientMessage publish(final EverydayClient publisher, final ClientMessage message) throws Exception {
        publisher.publish(message);
        return message;
    }

    private EverydayClient connect(final Kind kind, final int gateway, final EverydayClient.Options options)
            throws Exception {
        return open(kind.connect(port(kind, gateway), options));
    }

    private <T extends AutoCloseable> T open(final T closeable) {
        opened.add(closeable);
        return closeable;
    }

    private CutRelay relay(final Kind kind, final int gateway) throws Exception {
        return open(new CutRelay(port(kind, gateway)));
    }

    private static int port(final Kind kind, final int gateway) {
        return GATEWAY_PORT + gateway * PORTS_PER_GATEWAY + (kind.isWebSocket ? 1 : 0);
    }

    private static void awaitCount(final Kind kind, final EverydayClient client, final int count) {
        Await.await(
                count + " messages of " + kind,
                EverydayClient.TIMEOUT_SECONDS,
                () -> client.received().size() >= count,
                () -> client.received() + " " + LOG);
    }

    /** The order counts within a topic only. */
    private static List<ClientMessage> byTopic(final List<ClientMessage> messages) {
        return messages.stream()
                .sorted(Comparator.comparing(ClientMessage::topic))
                .toList();
    }

    /** Messages with the time that they were published with, after a look that no more and not all of it is left. */
    private static List<ClientMessage> withExpiry(final List<ClientMessage> messages) {
        return messages.stream()
                .map(message -> {
                    final long remainingSeconds = message.properties().expirySeconds();
                    if (remainingSeconds == 0) {
                        return message;
                    }
                    assertTrue(
                            remainingSeconds > PROPERTIES.expirySeconds() - EverydayClient.TIMEOUT_SECONDS
                                    && remainingSeconds <= PROPERTIES.expirySeconds(),
                            message::toString);
                    return message.with(message.properties().withExpiry(PROPERTIES.expirySeconds()));
                })
                .toList();
    }
}
