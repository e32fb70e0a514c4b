package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.SysTopics;
import io.lockstep.gateway.session.GatewayLimits;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttProperties.BinaryProperty;
import io.netty.handler.codec.mqtt.MqttProperties.IntegerProperty;
import io.netty.handler.codec.mqtt.MqttProperties.MqttProperty;
import io.netty.handler.codec.mqtt.MqttProperties.StringProperty;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What MQTT 5.0 adds to a connection: aliases, limits of the client, reasons in words, information for requests. */
@ExtendWith(LeakCheck.class)
class MqttPropertiesTest {
    private static final byte[] NO_HEADERS = new byte[0];

    private TestBroker broker = new TestBroker();

    @AfterEach
    void close() {
        broker.close();
    }

    @Test
    void shouldKnowTheTopicWhenItsAliasIsSent() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        final TestClient other = broker.client().connect(MqttVersion.MQTT_5, "other");

        client.send(aliased("long/name", 16, "1"));
        client.send(aliased("", 16, "2"));
        client.send(aliased("another", 16, "3"));
        client.send(aliased("", 16, "4"));
        other.send(aliased("", 16, "5"));

        assertEquals(
                List.of("long/name", "long/name", "another", "another"),
                broker.link().offeredTopics());
        other.expectDisconnect(ReasonCodes.PROTOCOL_ERROR);
    }

    @Test
    void shouldForgetTheAliasWhenItIsGivenToATopicThatIsTooLong() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.send(aliased("a", 1, "x"));
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.TOPIC_ALIAS, 1));

        client.send(TestClient.publication("x".repeat(1_025), 1, 7, "y", properties));
        client.expectPubAck(7, ReasonCodes.TOPIC_NAME_INVALID);
        client.send(aliased("", 1, "z"));

        client.expectDisconnect(ReasonCodes.PROTOCOL_ERROR);
        assertEquals(List.of("a"), broker.link().offeredTopics());
    }

    @Test
    void shouldRefuseEveryAliasWhenTheMaximumIsZero() {
        broker.close();
        broker = new TestBroker(GatewayLimits.DEFAULTS.withTopicAliasMaximum(0), 0);
        final TestClient client = broker.client();
        final MqttConnAckMessage answer = connect(client, aliasMaximum(5));
        assertEquals(
                0,
                answer.variableHeader()
                        .properties()
                        .getProperty(MqttProperties.TOPIC_ALIAS_MAXIMUM)
                        .value());

        client.send(aliased("a", 1, "x"));

        client.expectDisconnect(ReasonCodes.TOPIC_ALIAS_INVALID);
    }

    @Test
    void shouldSendAliasesUpToTheMaximumOfTheClient() {
        final TestClient client = broker.client();
        connect(client, aliasMaximum(2));
        client.subscribe("#", 0);

        for (final String topic : List.of("long/a", "s", "long/a", "long/b", "long/c", "long/b", "long/c")) {
            broker.link().publish(topic, NO_HEADERS, bytes("x"));
        }
        broker.work();

        assertEquals(
                List.of("long/a=1", "s=0", "=1", "long/b=2", "long/c=0", "=2", "long/c=0"), topicsAndAliases(client));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1})
    void shouldSendNoAliasWhenTheClientTakesNone(final int maximum) {
        final TestClient client = broker.client();
        connect(client, maximum < 0 ? new MqttProperties() : aliasMaximum(maximum));
        client.subscribe("#", 0);

        broker.link().publish("long/a", NO_HEADERS, bytes("x"));
        broker.link().publish("long/a", NO_HEADERS, bytes("x"));
        broker.work();

        assertEquals(List.of("long/a=0", "long/a=0"), topicsAndAliases(client));
    }

    @Test
    void shouldGiveNoAliasWhenTheMessageThatWouldTellItIsTooLong() {
        final TestClient client = broker.client();
        final MqttProperties properties = aliasMaximum(2);
        properties.add(new IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, 64));
        connect(client, properties);
        client.subscribe("#", 0);

        broker.link().publish("long/a", NO_HEADERS, new byte[100]);
        broker.link().publish("long/a", NO_HEADERS, bytes("x"));
        broker.work();

        assertEquals(List.of("long/a=1"), topicsAndAliases(client));
    }

    @Test
    void shouldPublishWithQos1WhenTheAliasIsKnown() {
        final TestClient client = broker.client();
        connect(client, aliasMaximum(1));
        client.subscribe("#", 1);

        broker.link().publish("long/a", NO_HEADERS, bytes("x"));
        broker.link().publish("long/a", NO_HEADERS, bytes("y"));
        broker.work();

        // With two shards, the ids of the first are the multiples of three.
        assertEquals(3, client.expectPublish("long/a", 1, "x").variableHeader().packetId());
        assertEquals(6, client.expectPublish("", 1, "y").variableHeader().packetId());
    }

    @Test
    void shouldSayWhyInWordsWhenAPacketIsRefused() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.publish("$SYS/a", 1, 8, "y");
        assertNotNull(reasonOf(MqttMessageType.PUBACK, client.receive(), 8, ReasonCodes.TOPIC_NAME_INVALID));
        client.publish("a", 1, 9, "y");
        assertNull(reasonOf(MqttMessageType.PUBACK, client.receive(), 9, ReasonCodes.SUCCESS));
        assertNotNull(reasonOfSubAck(client, "a/#/b"));
        assertNull(reasonOfSubAck(client, "a"));
        client.sendHex("c1 00");
        assertNotNull(reasonOfDisconnect(client.receive()));
    }

    @Test
    void shouldSayWhyOnlyWhereItMayWhenProblemInformationIsNotWanted() {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.REQUEST_PROBLEM_INFORMATION, 0));
        connect(client, properties);

        client.publish("$SYS/a", 1, 8, "y");
        assertNull(reasonOf(MqttMessageType.PUBACK, client.receive(), 8, ReasonCodes.TOPIC_NAME_INVALID));
        assertNull(reasonOfSubAck(client, "a/#/b"));
        client.sendHex("c1 00");
        assertNotNull(reasonOfDisconnect(client.receive()));
    }

    @Test
    void shouldSayNothingInWordsWhenReasonStringsAreOff() {
        final TestBroker silent = new TestBroker(GatewayLimits.DEFAULTS, new MqttOptions("", false, SysTopics.OFF));
        try {
            final TestClient client = silent.client().connect(MqttVersion.MQTT_5, "c");
            client.publish("$SYS/a", 1, 8, "y");
            assertNull(reasonOf(MqttMessageType.PUBACK, client.receive(), 8, ReasonCodes.TOPIC_NAME_INVALID));
            assertNull(reasonOfSubAck(client, "a/#/b"));
            client.sendHex("c1 00");
            assertNull(reasonOfDisconnect(client.receive()));

            final MqttProperties properties = new MqttProperties();
            properties.add(new StringProperty(MqttProperties.AUTHENTICATION_METHOD, "x"));
            final MqttConnAckMessage refusal =
                    silent.client().tryConnect(MqttVersion.MQTT_5, "d", builder -> {}, properties);
            assertNull(refusal.variableHeader().properties().getProperty(MqttProperties.REASON_STRING));
            assertNotNull(broker.client()
                    .tryConnect(MqttVersion.MQTT_5, "d", builder -> {}, properties)
                    .variableHeader()
                    .properties()
                    .getProperty(MqttProperties.REASON_STRING));
        } finally {
            silent.close();
        }
    }

    @Test
    void shouldLeaveTheReasonOutWhenThePacketWouldBeTooLong() {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, 32));
        connect(client, properties);

        client.publish("$SYS/a", 1, 8, "y");
        assertNull(reasonOf(MqttMessageType.PUBACK, client.receive(), 8, ReasonCodes.TOPIC_NAME_INVALID));
        assertNull(reasonOfSubAck(client, "a/#/b"));
        client.sendHex("c1 00");
        assertNull(reasonOfDisconnect(client.receive()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLeaveTheReasonOutOfTheHandshakesOfQos2WhenThePacketWouldBeTooLong(final boolean fits) {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, fits ? 100 : 32));
        connect(client, properties);

        client.publish("$SYS/a", 2, 8, "y");
        final String ofPubRec = reasonOf(MqttMessageType.PUBREC, client.receive(), 8, ReasonCodes.TOPIC_NAME_INVALID);
        client.sendHex("62 02 00 4d");
        final String ofPubComp =
                reasonOf(MqttMessageType.PUBCOMP, client.receive(), 77, ReasonCodes.PACKET_IDENTIFIER_NOT_FOUND);
        client.sendHex("50 02 00 4e");
        final String ofPubRel =
                reasonOf(MqttMessageType.PUBREL, client.receive(), 78, ReasonCodes.PACKET_IDENTIFIER_NOT_FOUND);

        assertEquals(fits, ofPubRec != null);
        assertEquals(fits, ofPubComp != null);
        assertEquals(fits, ofPubRel != null);
    }

    @Test
    void shouldCloseWhenTheClientTakesNoPacketAsLongAsTheAnswer() {
        final TestClient first = broker.client().connect(MqttVersion.MQTT_5, "first");
        final int lengthBytes = first.receivedBytes();
        for (int limit = 1; limit < 2 * lengthBytes; limit++) {
            final TestClient client = broker.client();
            final MqttProperties properties = new MqttProperties();
            properties.add(new IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, limit));
            client.send(MqttMessageBuilders.connect()
                    .protocolVersion(MqttVersion.MQTT_5)
                    .clientId("c" + limit)
                    .cleanSession(true)
                    .keepAlive(30)
                    .properties(properties)
                    .build());

            final int received = client.receivedBytes();
            assertTrue(received <= limit, received + " bytes for a client that takes " + limit);
            assertEquals(received > 0, client.server().isOpen());
            assertEquals(limit >= lengthBytes, received > 0, "CONNACK has " + lengthBytes + " bytes");
            client.receive();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 40, 200})
    void shouldKeepToTheClientsLimitWhenItIsRefused(final int limit) {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.MAXIMUM_PACKET_SIZE, limit));
        properties.add(new StringProperty(MqttProperties.AUTHENTICATION_METHOD, "SCRAM"));
        client.send(MqttMessageBuilders.connect()
                .protocolVersion(MqttVersion.MQTT_5)
                .clientId("c")
                .cleanSession(true)
                .properties(properties)
                .build());

        assertTrue(client.receivedBytes() <= limit);
        final MqttConnAckMessage answer = (MqttConnAckMessage) client.receive();
        assertEquals(limit > 1, answer != null);
        assertEquals(
                limit >= 200,
                answer != null
                        && answer.variableHeader().properties().getProperty(MqttProperties.REASON_STRING) != null);
        client.expectClosed();
    }

    @Test
    void shouldTellWhereRepliesGoWhenTheClientAsks() {
        final MqttProperties wanted = new MqttProperties();
        wanted.add(new IntegerProperty(MqttProperties.REQUEST_RESPONSE_INFORMATION, 1));
        final MqttProperties unwanted = new MqttProperties();
        unwanted.add(new IntegerProperty(MqttProperties.REQUEST_RESPONSE_INFORMATION, 0));

        final MqttConnAckMessage answer = connect(broker.client(), wanted);
        final MqttConnAckMessage silent = connect(broker.client(), unwanted);

        assertEquals("answers", text(answer.variableHeader().properties(), MqttProperties.RESPONSE_INFORMATION));
        assertNull(text(silent.variableHeader().properties(), MqttProperties.RESPONSE_INFORMATION));
    }

    @Test
    void shouldPassARequestOnWithItsResponseTopicAndCorrelationData() {
        final TestClient responder = broker.client().connect(MqttVersion.MQTT_5, "responder");
        responder.subscribe("ask", 0);
        final TestClient requester = broker.client().connect(MqttVersion.MQTT_5, "requester");
        final MqttProperties properties = new MqttProperties();
        properties.add(new StringProperty(MqttProperties.RESPONSE_TOPIC, "answers/7"));
        properties.add(new BinaryProperty(MqttProperties.CORRELATION_DATA, new byte[] {0, 1, -1}));

        requester.send(TestClient.publication("ask", 0, 0, "?", properties));

        final MqttProperties received =
                responder.expectPublish("ask", 0, "?").variableHeader().properties();
        assertEquals("answers/7", text(received, MqttProperties.RESPONSE_TOPIC));
        assertEquals(3, ((BinaryProperty) received.getProperty(MqttProperties.CORRELATION_DATA)).value().length);
    }

    @Test
    void shouldRefuseThePayloadWhenItIsNotTheTextThatItSays() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.send(text(1, 7, new byte[] {'o', 'k'}));
        client.expectPubAck(7, ReasonCodes.SUCCESS);
        client.send(text(1, 8, new byte[] {(byte) 0xC0, (byte) 0xAF}));
        client.expectPubAck(8, ReasonCodes.PAYLOAD_FORMAT_INVALID);
        client.send(text(0, 0, new byte[] {(byte) 0xFF}));
        client.expectDisconnect(ReasonCodes.PAYLOAD_FORMAT_INVALID);

        assertEquals(List.of("a"), broker.link().offeredTopics());
    }

    @Test
    void shouldDisconnectWhenAClientSendsASubscriptionIdentifier() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.sendHex("30 06 00 01 61 02 0b 01");

        client.expectDisconnect(ReasonCodes.PROTOCOL_ERROR);
    }

    @Test
    void shouldDisconnectWhenExpiryIsRaisedFromZeroAtTheEnd() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.sendHex("e0 07 00 05 11 00 00 00 01");

        client.expectDisconnect(ReasonCodes.PROTOCOL_ERROR);
    }

    @ParameterizedTest
    @ValueSource(strings = {"e0 00", "e0 01 04", "e0 07 00 05 11 00 00 00 00", "e0 02 00 00"})
    void shouldCloseWithoutAWordWhenTheClientLeaves(final String hex) {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");

        client.sendHex(hex);

        client.expectClosed();
        assertEquals(0, broker.counters().clientsDisconnected().sum());
    }

    @Test
    void shouldTakeTheExpiryAtTheEndWhenTheClientHadAskedForOne() {
        final TestClient client = broker.client();
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.SESSION_EXPIRY_INTERVAL, 10));
        connect(client, properties);

        client.sendHex("e0 07 00 05 11 00 00 00 01");

        client.expectClosed();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "10 0e 00 04 4d 51 54 54 05 03 00 1e 00 00 01 63",
                "10 0e 00 04 4d 51 54 54 05 02 00 1e 00 00 01 ff"
            })
    void shouldSayWhyWhenAConnectIsMalformed(final String hex) {
        final TestClient client = broker.client();

        client.sendHex(hex);

        assertEquals("2003008100", client.receivedHex());
        client.receive();
        client.expectClosed();
        assertEquals(0, broker.counters().sessionsOpened().sum());
    }

    @Test
    void shouldCloseWithoutAWordWhenAnMqtt3ConnectIsMalformed() {
        final TestClient client = broker.client();

        client.sendHex("10 0d 00 04 4d 51 54 54 04 03 00 1e 00 01 63");

        client.expectClosed();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "30 04 00 02 c0 af",
                "30 05 00 03 ed a0 80",
                "30 04 00 02 61 00",
                "82 06 00 01 00 01 00 00",
                "a2 05 00 01 00 01 ff"
            })
    void shouldCloseWithoutAWordWhenAnMqtt3PacketHoldsBadText(final String hex) {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_3_1_1, "c");

        client.sendHex(hex);

        client.expectClosed();
    }

    @Test
    void shouldKeepTheByteOrderMarkWhenATopicHasOne() {
        final TestClient client = broker.client().connect(MqttVersion.MQTT_5, "c");
        client.subscribe("\uFEFFa", 0);
        client.subscribe("a", 0);

        client.publish("\uFEFFa", 0, 0, "x");

        client.expectPublish("\uFEFFa", 0, "x");
        client.expectNothing();
        assertEquals(List.of("\uFEFFa"), broker.link().offeredTopics());
    }

    private static MqttConnAckMessage connect(final TestClient client, final MqttProperties properties) {
        return client.tryConnect(MqttVersion.MQTT_5, "c" + System.identityHashCode(client), builder -> {}, properties);
    }

    private static MqttProperties aliasMaximum(final int maximum) {
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.TOPIC_ALIAS_MAXIMUM, maximum));
        return properties;
    }

    private static MqttMessage aliased(final String topic, final int alias, final String payload) {
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.TOPIC_ALIAS, alias));
        return TestClient.publication(topic, 0, 0, payload, properties);
    }

    private static MqttMessage text(final int qos, final int packetId, final byte[] payload) {
        final MqttProperties properties = new MqttProperties();
        properties.add(new IntegerProperty(MqttProperties.PAYLOAD_FORMAT_INDICATOR, 1));
        return MqttMessageBuilders.publish()
                .topicName("a")
                .qos(MqttQoS.valueOf(qos))
                .messageId(packetId)
                .properties(properties)
                .payload(Unpooled.wrappedBuffer(payload))
                .build();
    }

    private static List<String> topicsAndAliases(final TestClient client) {
        final List<String> seen = new ArrayList<>();
        for (MqttMessage message = client.receive(); message != null; message = client.receive()) {
            final MqttPublishMessage publish = assertInstanceOf(MqttPublishMessage.class, message);
            final MqttProperty<?> alias = publish.variableHeader().properties().getProperty(MqttProperties.TOPIC_ALIAS);
            seen.add(publish.variableHeader().topicName() + "=" + (alias == null ? 0 : alias.value()));
            publish.release();
        }
        return seen;
    }

    private static String reasonOf(
            final MqttMessageType type, final MqttMessage message, final int packetId, final int reasonCode) {
        assertEquals(type, message.fixedHeader().messageType());
        final MqttPubReplyMessageVariableHeader header =
                assertInstanceOf(MqttPubReplyMessageVariableHeader.class, message.variableHeader());
        assertEquals(packetId, header.messageId());
        assertEquals(reasonCode, header.reasonCode() & 0xFF);
        return text(header.properties(), MqttProperties.REASON_STRING);
    }

    private static String reasonOfSubAck(final TestClient client, final String filter) {
        client.send(MqttMessageBuilders.subscribe()
                .messageId(5)
                .addSubscription(MqttQoS.AT_MOST_ONCE, filter)
                .build());
        final MqttSubAckMessage answer = assertInstanceOf(MqttSubAckMessage.class, client.receive());
        return text(answer.idAndPropertiesVariableHeader().properties(), MqttProperties.REASON_STRING);
    }

    private static String reasonOfDisconnect(final MqttMessage message) {
        assertEquals(MqttMessageType.DISCONNECT, message.fixedHeader().messageType());
        return text(
                ((MqttReasonCodeAndPropertiesVariableHeader) message.variableHeader()).properties(),
                MqttProperties.REASON_STRING);
    }

    private static String text(final MqttProperties properties, final int propertyId) {
        final MqttProperty<?> property = properties.getProperty(propertyId);
        return property == null ? null : ((StringProperty) property).value();
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
