package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

@ExtendWith(LeakCheck.class)
class MqttConnectTest {
    private TestBroker broker = new TestBroker();

    @AfterEach
    void close() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource(MqttVersion.class)
    void shouldAcceptWhenClientConnects(final MqttVersion version) {
        final TestClient client = broker.client();

        final MqttConnAckMessage answer = client.tryConnect(version, "c", builder -> {}, MqttProperties.NO_PROPERTIES);

        assertEquals(
                MqttConnectReturnCode.CONNECTION_ACCEPTED,
                answer.variableHeader().connectReturnCode());
        assertFalse(answer.variableHeader().isSessionPresent());
        client.expectNothing();
        assertTrue(client.server().isOpen());
    }

    @Test
    void shouldSayWhatIsThereWhenMqtt5ClientConnects() {
        final MqttProperties wishes = new MqttProperties();
        wishes.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 3_600));

        final MqttConnAckMessage answer = broker.client()
                .tryConnect(
                        MqttVersion.MQTT_5, "", builder -> builder.keepAlive(0).cleanSession(false), wishes);

        final MqttProperties properties = answer.variableHeader().properties();
        assertEquals(1, number(properties, MqttProperties.RETAIN_AVAILABLE));
        // Without these, QoS 2 is there, and the session lives on as long as was asked.
        assertNull(properties.getProperty(MqttProperties.MAXIMUM_QOS));
        assertNull(properties.getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL));
        assertEquals(1, number(properties, MqttProperties.WILDCARD_SUBSCRIPTION_AVAILABLE));
        assertEquals(1, number(properties, MqttProperties.SHARED_SUBSCRIPTION_AVAILABLE));
        assertEquals(1, number(properties, MqttProperties.SUBSCRIPTION_IDENTIFIER_AVAILABLE));
        assertEquals(16, number(properties, MqttProperties.TOPIC_ALIAS_MAXIMUM));
        assertNull(properties.getProperty(MqttProperties.RESPONSE_INFORMATION));
        assertEquals(60, number(properties, MqttProperties.SERVER_KEEP_ALIVE));
        assertEquals(100, number(properties, MqttProperties.RECEIVE_MAXIMUM));
        assertEquals(GatewayLimits.DEFAULTS.maxPacketBytes(), number(properties, MqttProperties.MAXIMUM_PACKET_SIZE));
        final MqttProperty<?> assigned = properties.getProperty(MqttProperties.ASSIGNED_CLIENT_IDENTIFIER);
        assertTrue(((StringProperty) assigned).value().startsWith("lockstep-"));
    }

    @Test
    void shouldLeaveKeepAliveAndIdAloneWhenTheyAreFine() {
        final MqttConnAckMessage answer =
                broker.client().tryConnect(MqttVersion.MQTT_5, "mine", builder -> {}, MqttProperties.NO_PROPERTIES);

        final MqttProperties properties = answer.variableHeader().properties();
        assertNull(properties.getProperty(MqttProperties.SERVER_KEEP_ALIVE));
        assertNull(properties.getProperty(MqttProperties.ASSIGNED_CLIENT_IDENTIFIER));
        assertNull(properties.getProperty(MqttProperties.SESSION_EXPIRY_INTERVAL));
    }

    @Test
    void shouldRefuseEmptyIdWhenMqtt3SessionIsToStay() {
        assertRefused(
                MqttConnectReturnCode.CONNECTION_REFUSED_IDENTIFIER_REJECTED,
                MqttVersion.MQTT_3_1_1,
                "",
                builder -> builder.cleanSession(false),
                MqttProperties.NO_PROPERTIES);
    }

    @Test
    void shouldAcceptEmptyIdWhenMqtt3SessionIsClean() {
        broker.client().connect(MqttVersion.MQTT_3_1_1, "");
        broker.client().connect(MqttVersion.MQTT_3_1_1, "");

        assertEquals(2, broker.counters().sessionsOpened().sum());
        assertEquals(0, broker.counters().sessionsClosed().sum());
    }

    @Test
    void shouldRefuseIdWhenItIsTooLong() {
        assertRefused(
                MqttConnectReturnCode.CONNECTION_REFUSED_CLIENT_IDENTIFIER_NOT_VALID,
                MqttVersion.MQTT_5,
                "x".repeat(1_025),
                builder -> {},
                MqttProperties.NO_PROPERTIES);
    }

    @Test
    void shouldRefuseWhenEnhancedAuthenticationIsAskedFor() {
        final MqttProperties properties = new MqttProperties();
        properties.add(new StringProperty(MqttProperties.AUTHENTICATION_METHOD, "SCRAM"));

        assertRefused(
                MqttConnectReturnCode.CONNECTION_REFUSED_BAD_AUTHENTICATION_METHOD,
                MqttVersion.MQTT_5,
                "c",
                builder -> {},
                properties);
    }

    @Test
    void shouldRefuseWhenReceiveMaximumIsZero() {
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.RECEIVE_MAXIMUM, 0));

        assertRefused(
                MqttConnectReturnCode.CONNECTION_REFUSED_PROTOCOL_ERROR,
                MqttVersion.MQTT_5,
                "c",
                builder -> {},
                properties);
    }

    @Test
    void shouldRefuseWhenTheClusterIsNotThere() {
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS, 2);

        assertRefused(
                MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5,
                MqttVersion.MQTT_5,
                "c",
                builder -> {},
                MqttProperties.NO_PROPERTIES);
        assertRefused(
                MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE,
                MqttVersion.MQTT_3_1_1,
                "c",
                builder -> {},
                MqttProperties.NO_PROPERTIES);
        assertFalse(broker.proxy().isHealthy());

        broker.advance(1);
        broker.advance(1);
        broker.client().connect(MqttVersion.MQTT_5, "c");
        assertTrue(broker.proxy().isHealthy());
    }

    @Test
    void shouldRefuseWhenTheReaderHasNoPositionYet() {
        broker.link().isLive(false);

        assertRefused(
                MqttConnectReturnCode.CONNECTION_REFUSED_SERVER_UNAVAILABLE_5,
                MqttVersion.MQTT_5,
                "c",
                builder -> {},
                MqttProperties.NO_PROPERTIES);
    }

    @Test
    void shouldRefuseWhenThereAreTooManySessions() {
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS.withCounts(1, 10), 0);
        broker.client().connect(MqttVersion.MQTT_5, "first");

        assertRefused(
                MqttConnectReturnCode.CONNECTION_REFUSED_QUOTA_EXCEEDED,
                MqttVersion.MQTT_5,
                "second",
                builder -> {},
                MqttProperties.NO_PROPERTIES);
        broker.client().connect(MqttVersion.MQTT_5, "first");
    }

    @ParameterizedTest
    @EnumSource(
            value = MqttVersion.class,
            names = {"MQTT_3_1_1", "MQTT_5"})
    void shouldEndTheOlderConnectionWhenClientIdIsTakenOver(final MqttVersion version) {
        final TestClient older = broker.client().connect(version, "c");
        older.subscribe("a", 1);

        final TestClient newer = broker.client().connect(version, "c");

        if (version == MqttVersion.MQTT_5) {
            older.expectDisconnect(ReasonCodes.SESSION_TAKEN_OVER);
        } else {
            older.expectClosed();
        }
        broker.link().publish("a", new byte[0], "x".getBytes(StandardCharsets.UTF_8));
        broker.work();
        newer.expectNothing();
        assertTrue(newer.server().isOpen());
        newer.subscribe("a", 1);
        broker.link().publish("a", new byte[0], "y".getBytes(StandardCharsets.UTF_8));
        broker.work();
        newer.expectPublish("a", 1, "y");
    }

    @ParameterizedTest
    @EnumSource(
            value = MqttVersion.class,
            names = {"MQTT_3_1_1", "MQTT_5"})
    void shouldDisconnectWhenClientIsSilentForOneAndAHalfKeepAlives(final MqttVersion version) {
        final TestClient client = broker.client().connect(version, "c");

        broker.advance(44);
        assertTrue(client.server().isOpen());
        client.send(MqttMessage.PINGREQ);
        assertEquals(MqttMessageType.PINGRESP, client.receive().fixedHeader().messageType());
        broker.advance(44);
        assertTrue(client.server().isOpen());
        broker.advance(2);

        if (version == MqttVersion.MQTT_5) {
            client.expectDisconnect(ReasonCodes.KEEP_ALIVE_TIMEOUT);
        } else {
            client.expectClosed();
        }
    }

    @Test
    void shouldStayWhenMqtt3KeepAliveIsZero() {
        final TestClient client = broker.client();
        client.tryConnect(MqttVersion.MQTT_3_1_1, "c", builder -> builder.keepAlive(0), MqttProperties.NO_PROPERTIES);

        broker.advance(1_000_000);

        assertTrue(client.server().isOpen());
    }

    @Test
    void shouldCloseWhenNoConnectComes() {
        final TestClient client = broker.client();
        client.sendHex("10 20");

        broker.advance(9);
        assertTrue(client.server().isOpen());
        broker.advance(2);

        client.expectClosed();
    }

    @Test
    void shouldCloseWhenFirstPacketIsNoConnect() {
        final TestClient client = broker.client();

        client.sendHex("c0 00");

        client.expectClosed();
    }

    @Test
    void shouldDisconnectWhenConnectComesTwice() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.send(MqttMessageBuilders.connect()
                .protocolVersion(MqttVersion.MQTT_5)
                .clientId("c")
                .build());

        client.expectDisconnect(ReasonCodes.PROTOCOL_ERROR);
    }

    @Test
    void shouldRefuseWhenTheProtocolHasAnotherName() {
        final TestClient client = broker.client();

        client.sendHex("10 0e 00 04 4d 51 54 58 05 02 00 1e 00 00 01 63");

        assertEquals("20020001", client.receivedHex());
        client.receive();
        client.expectClosed();
    }

    @ParameterizedTest
    @CsvSource({
        // Enhanced authentication, a reserved flag, another version.
        "10 12 00 04 4d 51 54 54 05 02 00 1e 04 15 00 01 61 00 01 63",
        "10 0e 00 04 4d 51 54 54 05 03 00 1e 00 00 01 63",
        "10 0d 00 04 4d 51 54 54 09 02 00 1e 00 01 63"
    })
    void shouldProcessNothingBehindARefusedConnect(final String connect) {
        final TestClient client = broker.client();

        client.sendHex(connect + " 30 05 00 01 61 00 78 30 04 00 01 61 78");

        assertTrue(client.receivedHex().startsWith("20"), client.receivedHex());
        client.receive();
        client.expectClosed();
        assertEquals(java.util.List.of(), broker.link().offeredTopics());
    }

    @Test
    void shouldRefuseWhenProtocolVersionIsUnknown() {
        final TestClient client = broker.client();

        client.sendHex("10 0d 00 04 4d 51 54 54 09 02 00 1e 00 01 63");

        final MqttConnAckMessage answer = (MqttConnAckMessage) client.receive();
        assertEquals(
                MqttConnectReturnCode.CONNECTION_REFUSED_UNACCEPTABLE_PROTOCOL_VERSION,
                answer.variableHeader().connectReturnCode());
        client.expectClosed();
    }

    @ParameterizedTest
    @CsvSource({
        // A packet type that does not exist.
        "'00 00', 81",
        // PUBLISH with QoS 3.
        "'36 03 00 01 61', 81",
        // PUBLISH to a wildcard.
        "'30 04 00 01 23 00', 90",
        // PUBLISH to a topic that is no UTF-8: a surrogate.
        "'30 06 00 03 ed a0 80 00', 81",
        // SUBSCRIBE with wrong flags.
        "'80 07 00 01 00 00 01 61 00', 81",
        // Length of more than four bytes.
        "'30 ff ff ff ff 01', 81",
        // Longer than the gateway takes.
        "'30 ff ff ff 7f 00 01 61', 95",
        // AUTH without an authentication method in the CONNECT.
        "'f0 00', 82",
        // PUBREL, although no QoS 2 message can be in flight.
        // SUBACK is for servers.
        "'90 04 00 01 00 00', 82",
        // PUBLISH with topic alias 0, and with one above the maximum.
        "'30 07 00 01 61 03 23 00 00', 94",
        "'30 07 00 01 61 03 23 00 11', 94",
        // PUBLISH with an alias that stands for nothing.
        "'30 06 00 00 03 23 00 01', 82",
        // PUBLISH without topic.
        "'30 03 00 00 00', 82",
        // PUBLISH with QoS 2.
        // PUBLISH with retain.
        // PUBLISH to a reserved topic with QoS 0.
        "'30 08 00 05 24 64 65 61 64 00', 90",
        // SUBSCRIBE without a filter.
        "'82 03 00 01 00', 82",
    })
    void shouldSayWhyWhenPacketCannotBeTaken(final String hex, final String reasonCode) {
        final TestClient bystander = broker.client().connect(MqttVersion.MQTT_5, "bystander");
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.sendHex(hex);

        client.expectDisconnect(Integer.parseInt(reasonCode, 16));
        final TestClient older = broker.client().connect(MqttVersion.MQTT_3_1_1, "older");
        bystander.send(MqttMessage.PINGREQ);
        assertEquals(MqttMessageType.PINGRESP, bystander.receive().fixedHeader().messageType());
        older.close();
    }

    @ParameterizedTest
    @CsvSource({"00 00", "36 03 00 01 61", "30 03 00 01 23", "30 07 00 05 24 64 65 61 64"})
    void shouldCloseWhenMqtt3PacketCannotBeTaken(final String hex) {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");

        client.sendHex(hex);

        client.expectClosed();
    }

    @Test
    void shouldForgetTheSessionWhenClientDisconnects() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("a", 0);

        client.send(MqttMessageBuilders.disconnect().build());

        client.expectClosed();
        assertEquals(1, broker.counters().sessionsClosed().sum());
        broker.link().publish("a", new byte[0], new byte[1]);
        broker.work();
        assertEquals(0, broker.counters().messagesOut().sum());
    }

    private void assertRefused(
            final MqttConnectReturnCode expected,
            final MqttVersion version,
            final String clientId,
            final java.util.function.Consumer<MqttMessageBuilders.ConnectBuilder> changes,
            final MqttProperties properties) {
        final TestClient client = broker.client();
        final MqttConnAckMessage answer = client.tryConnect(version, clientId, changes, properties);
        assertEquals(expected, answer.variableHeader().connectReturnCode());
        client.expectClosed();
    }

    private static int number(final MqttProperties properties, final int propertyId) {
        return ((IntegerProperty) properties.getProperty(propertyId)).value();
    }
}
