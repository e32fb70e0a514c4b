package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.codecs.ResultCode;
import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.FakeCluster;
import io.lockstep.gateway.session.GatewayLimits;
import io.lockstep.gateway.session.OpeningLimits;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Clients that all connect at once. */
@ExtendWith(LeakCheck.class)
class MqttStormTest {
    private static final int MAX_OPENING = 2;
    private static final int TIMEOUT_SECONDS = 10;

    private final FakeCluster cluster = new FakeCluster();
    private final TestBroker broker = new TestBroker(
            GatewayLimits.DEFAULTS.withOpenings(
                    new OpeningLimits(MAX_OPENING, TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS))),
            cluster);

    @BeforeEach
    void begin() {
        broker.link().answersSessions(false);
    }

    @AfterEach
    void close() {
        broker.close();
    }

    @Test
    void shouldOpenSoManyAtOnceAndTheOthersInTheirOrder() {
        final List<TestClient> clients = connect("c0", "c1", "c2", "c3", "c4");

        assertEquals(List.of("c0", "c1"), opened(5));
        broker.link().answersSessions(true);
        broker.work();

        clients.forEach(client -> assertEquals(0, code(client)));
        assertEquals(List.of("c0", "c1", "c2", "c3", "c4"), opened(5));
        assertEquals(5, broker.counters().sessionsOpened().sum());
    }

    @Test
    void shouldRefuseAsBusyWhenItWasNotTheClientsTurnInTime() {
        final List<TestClient> clients = connect("c0", "c1", "c2", "c3");
        final TestClient old = broker.client();
        old.send(connectPacket(MqttVersion.MQTT_3_1_1, "old"));
        broker.advance(TIMEOUT_SECONDS - 1);
        clients.forEach(TestClient::expectNothing);

        broker.advance(1);

        assertEquals(0x89, code(clients.get(2)));
        assertEquals(0x89, code(clients.get(3)));
        assertEquals(3, code(old));
        clients.get(2).expectClosed();
        assertEquals(List.of("c0", "c1"), opened(4));
        broker.link().answersSessions(true);
        broker.work();
        assertEquals(0, code(clients.get(0)));
        assertEquals(0, code(clients.get(1)));
        assertEquals(List.of("c0", "c1"), opened(4));
    }

    @Test
    void shouldAskTheClusterForNothingWhenTheClientLeftBeforeItsTurn() {
        final List<TestClient> clients = connect("c0", "c1", "c2", "c3");

        broker.drop(clients.get(2));
        broker.link().answersSessions(true);
        broker.work();

        assertEquals(List.of("c0", "c1", "c3"), opened(4));
        assertEquals(0, code(clients.get(3)));
    }

    @Test
    void shouldKeepNoPlaceWhenTheClientLeftWhileItsSessionWasOpened() {
        final List<TestClient> clients = connect("c0", "c1", "c2");

        broker.drop(clients.get(0));
        broker.drop(clients.get(1));
        assertFalse(cluster.hasSession(0, "c2"));
        broker.link().answersSessions(true);
        broker.work();

        assertEquals(0, code(clients.get(2)));
        final List<TestClient> later = connect("d0", "d1", "d2");
        later.forEach(client -> assertEquals(0, code(client)));
    }

    @Test
    void shouldLetTheNewestHaveTheSessionWhenBothWait() {
        connect("c0", "c1");
        final TestClient older = connect("c2").get(0);
        final TestClient newer = connect("c2").get(0);

        older.expectClosed();
        broker.link().answersSessions(true);
        broker.work();

        assertEquals(0, code(newer));
        assertTrue(newer.server().isOpen());
    }

    @Test
    void shouldGiveThePlaceToTheNextWhenTheClusterRefuses() {
        broker.link().answersSessions(true);
        cluster.refuses(1, ResultCode.STATE_FULL);
        for (final TestClient client : connect("c0", "c1", "c2", "c3")) {
            assertEquals(0x97, code(client));
        }

        cluster.refuses(-1, null);
        assertEquals(0, code(connect("d").get(0)));
    }

    private List<TestClient> connect(final String... clientIds) {
        final List<TestClient> clients = new ArrayList<>();
        for (final String clientId : clientIds) {
            final TestClient client = broker.client();
            client.send(connectPacket(MqttVersion.MQTT_5, clientId));
            clients.add(client);
        }
        return clients;
    }

    private static MqttConnectMessage connectPacket(final MqttVersion version, final String clientId) {
        return MqttMessageBuilders.connect()
                .protocolVersion(version)
                .clientId(clientId)
                .cleanSession(true)
                .keepAlive(60)
                .build();
    }

    private List<String> opened(final int count) {
        final List<String> opened = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            if (cluster.hasSession(0, "c" + i)) {
                opened.add("c" + i);
            }
        }
        return opened;
    }

    private static int code(final TestClient client) {
        return assertInstanceOf(MqttConnAckMessage.class, client.receive())
                        .variableHeader()
                        .connectReturnCode()
                        .byteValue()
                & 0xFF;
    }
}
