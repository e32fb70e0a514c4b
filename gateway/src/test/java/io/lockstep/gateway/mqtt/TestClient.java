package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttConnAckMessage;
import io.netty.handler.codec.mqtt.MqttConnectReturnCode;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.codec.mqtt.MqttFixedHeader;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageBuilders;
import io.netty.handler.codec.mqtt.MqttMessageIdVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import io.netty.handler.codec.mqtt.MqttPubReplyMessageVariableHeader;
import io.netty.handler.codec.mqtt.MqttPublishMessage;
import io.netty.handler.codec.mqtt.MqttPublishVariableHeader;
import io.netty.handler.codec.mqtt.MqttQoS;
import io.netty.handler.codec.mqtt.MqttReasonCodeAndPropertiesVariableHeader;
import io.netty.handler.codec.mqtt.MqttSubAckMessage;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.ReferenceCountUtil;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/** A raw MQTT client whose bytes go through the front end's pipeline in the test's own thread. */
final class TestClient implements TestPeer {
    private static final int MAX_PACKET_BYTES = 4 << 20;

    private final TestBroker broker;
    private final EmbeddedChannel server;
    private final StringBuilder received = new StringBuilder();
    private final EmbeddedChannel codec = new EmbeddedChannel(new MqttDecoder(MAX_PACKET_BYTES), MqttEncoder.INSTANCE);

    TestClient(final TestBroker broker) {
        this.broker = broker;
        this.server = new EmbeddedChannel();
        server.freezeTime();
        MqttPipeline.addMqtt(server.pipeline(), broker.context());
        server.pipeline().fireChannelActive();
    }

    EmbeddedChannel server() {
        return server;
    }

    @Override
    public void work() {
        server.runPendingTasks();
        server.checkException();
        for (ByteBuf bytes = server.readOutbound(); bytes != null; bytes = server.readOutbound()) {
            received.append(ByteBufUtil.hexDump(bytes));
            codec.writeInbound(bytes);
        }
    }

    /** Bytes from the gateway so far. */
    int receivedBytes() {
        return received.length() / 2;
    }

    /** All that came from the gateway so far. */
    String receivedHex() {
        return received.toString();
    }

    @Override
    public void advance(final long seconds) {
        server.advanceTimeBy(seconds, TimeUnit.SECONDS);
        server.runScheduledPendingTasks();
    }

    /** Sends without letting the bridge work. */
    TestClient write(final MqttMessage message) {
        codec.writeOutbound(message);
        for (ByteBuf bytes = codec.readOutbound(); bytes != null; bytes = codec.readOutbound()) {
            server.writeInbound(bytes);
        }
        return this;
    }

    TestClient send(final MqttMessage message) {
        write(message);
        broker.work();
        return this;
    }

    TestClient sendHex(final String hex) {
        server.writeInbound(Unpooled.wrappedBuffer(HexFormat.ofDelimiter(" ").parseHex(hex)));
        broker.work();
        return this;
    }

    TestClient connect(final MqttVersion version, final String clientId) {
        final MqttConnAckMessage answer = tryConnect(version, clientId, builder -> {}, MqttProperties.NO_PROPERTIES);
        assertEquals(
                MqttConnectReturnCode.CONNECTION_ACCEPTED,
                answer.variableHeader().connectReturnCode());
        return this;
    }

    MqttConnAckMessage tryConnect(
            final MqttVersion version,
            final String clientId,
            final Consumer<MqttMessageBuilders.ConnectBuilder> changes,
            final MqttProperties properties) {
        final MqttMessageBuilders.ConnectBuilder builder = MqttMessageBuilders.connect()
                .protocolVersion(version)
                .clientId(clientId)
                .cleanSession(true)
                .keepAlive(30)
                .properties(properties);
        changes.accept(builder);
        send(builder.build());
        return assertInstanceOf(MqttConnAckMessage.class, receive());
    }

    List<Integer> subscribe(final String filter, final int qos) {
        return subscribe(filter, qos, MqttProperties.NO_PROPERTIES);
    }

    List<Integer> subscribe(final String filter, final int qos, final MqttProperties properties) {
        send(MqttMessageBuilders.subscribe()
                .messageId(77)
                .addSubscription(MqttQoS.valueOf(qos), filter)
                .properties(properties)
                .build());
        final MqttSubAckMessage answer = assertInstanceOf(MqttSubAckMessage.class, receive());
        assertEquals(77, answer.variableHeader().messageId());
        return answer.payload().reasonCodes();
    }

    static MqttPublishMessage publication(
            final String topic,
            final int qos,
            final int packetId,
            final String payload,
            final MqttProperties properties) {
        return new MqttPublishMessage(
                new MqttFixedHeader(MqttMessageType.PUBLISH, false, MqttQoS.valueOf(qos), false, 0),
                new MqttPublishVariableHeader(topic, packetId, properties),
                Unpooled.copiedBuffer(payload, StandardCharsets.UTF_8));
    }

    TestClient publish(final String topic, final int qos, final int packetId, final String payload) {
        return send(publication(topic, qos, packetId, payload, MqttProperties.NO_PROPERTIES));
    }

    TestClient acknowledge(final int packetId) {
        return send(MqttMessageBuilders.pubAck().packetId(packetId).build());
    }

    /** The next packet from the gateway, or null. */
    MqttMessage receive() {
        return codec.readInbound();
    }

    MqttPublishMessage expectPublish(final String topic, final int qos, final String payload) {
        final MqttMessage message = receive();
        assertNotNull(message, "expected a PUBLISH to " + topic + " with " + payload);
        final MqttPublishMessage publish = assertInstanceOf(MqttPublishMessage.class, message);
        assertEquals(topic, publish.variableHeader().topicName());
        assertEquals(payload, publish.payload().toString(StandardCharsets.UTF_8));
        assertEquals(qos, publish.fixedHeader().qosLevel().value());
        assertFalse(publish.fixedHeader().isDup());
        assertFalse(publish.fixedHeader().isRetain());
        // The variable header stays readable.
        publish.release();
        return publish;
    }

    /** Both, in any order. */
    void expectPubAckAndPublish(final String topic, final String payload) {
        MqttMessage message = receive();
        if (message instanceof MqttPublishMessage) {
            assertEquals(payload, ((MqttPublishMessage) message).payload().toString(StandardCharsets.UTF_8));
            ReferenceCountUtil.release(message);
            message = receive();
            assertNotNull(message, "expected a PUBACK");
            assertEquals(MqttMessageType.PUBACK, message.fixedHeader().messageType());
        } else {
            assertNotNull(message, "expected a PUBACK");
            assertEquals(MqttMessageType.PUBACK, message.fixedHeader().messageType());
            expectPublish(topic, 0, payload);
        }
    }

    void expectPubAck(final int packetId, final int reasonCode) {
        final MqttMessage message = receive();
        assertNotNull(message, "expected a PUBACK for " + packetId);
        assertEquals(MqttMessageType.PUBACK, message.fixedHeader().messageType());
        final MqttMessageIdVariableHeader header = (MqttMessageIdVariableHeader) message.variableHeader();
        assertEquals(packetId, header.messageId());
        final int code =
                header instanceof final MqttPubReplyMessageVariableHeader reply ? reply.reasonCode() & 0xFF : 0;
        assertEquals(reasonCode, code);
    }

    void expectNothing() {
        final MqttMessage message = receive();
        ReferenceCountUtil.release(message);
        assertNull(message);
    }

    void expectDisconnect(final int reasonCode) {
        final MqttMessage message = receive();
        assertNotNull(message, "expected a DISCONNECT");
        assertEquals(MqttMessageType.DISCONNECT, message.fixedHeader().messageType());
        final int code = ((MqttReasonCodeAndPropertiesVariableHeader) message.variableHeader()).reasonCode() & 0xFF;
        assertEquals(Integer.toHexString(reasonCode), Integer.toHexString(code));
        expectClosed();
    }

    void expectClosed() {
        expectNothing();
        assertFalse(server.isOpen(), "the connection is open");
    }

    @Override
    public void close() {
        server.finishAndReleaseAll();
        codec.finishAndReleaseAll();
    }
}
