package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.mqtt.MqttMessage;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttVersion;
import io.netty.util.ReferenceCountUtil;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** What becomes of clients that do not read what they are sent. */
@ExtendWith(LeakCheck.class)
class MqttUnreadTest {
    private static final int PINGS = 10_000;
    private static final int UNSENT_TIMEOUT_SECONDS =
            (int) TimeUnit.NANOSECONDS.toSeconds(MqttConnection.UNSENT_TIMEOUT_NS);
    private static final int CLOSE_TIMEOUT_SECONDS =
            (int) TimeUnit.NANOSECONDS.toSeconds(MqttConnection.CLOSE_TIMEOUT_NS);

    private final TestBroker broker = new TestBroker();
    private final Socket socket = new Socket();

    /** The buffers of a socket: when they are full, nothing goes out. */
    private static final class Socket extends ChannelOutboundHandlerAdapter {
        private boolean isFull;

        @Override
        public void flush(final ChannelHandlerContext ctx) throws Exception {
            if (!isFull) {
                super.flush(ctx);
            }
        }
    }

    @AfterEach
    void close() {
        broker.close();
    }

    @Test
    void shouldReadNoMoreWhenAnswersAreNotRead() {
        // given
        final TestClient client = connect();
        socket.isFull = true;

        // when
        ping(client);

        // then
        assertFalse(client.server().config().isAutoRead());
        final long unsentBytes = client.server().bytesBeforeWritable();
        assertTrue(unsentBytes < 2 * MqttConnection.MAX_UNSENT_BYTES, () -> "waiting bytes: " + unsentBytes);

        // when
        socket.isFull = false;
        client.server().flush();
        broker.work();

        // then
        assertTrue(client.server().config().isAutoRead());
        for (int i = 0; i < PINGS; i++) {
            assertEquals(
                    MqttMessageType.PINGRESP,
                    assertInstanceOf(MqttMessage.class, client.receive())
                            .fixedHeader()
                            .messageType());
        }
        client.expectNothing();
    }

    @Test
    void shouldEndTheConnectionWhenAnswersStayUnread() {
        // given
        final TestClient client = connect();
        socket.isFull = true;
        ping(client);

        // when
        client.advance(UNSENT_TIMEOUT_SECONDS - 1);

        // then
        assertTrue(client.server().isOpen());

        // when
        client.advance(1);
        client.advance(CLOSE_TIMEOUT_SECONDS);

        // then
        assertFalse(client.server().isOpen());
    }

    @Test
    void shouldCloseInTimeWhenTheDisconnectIsNotRead() {
        // given
        final TestClient client = connect();
        socket.isFull = true;

        // when a packet comes that no client sends
        client.sendHex("d0 00");

        // then
        assertTrue(client.server().isOpen());
        client.advance(CLOSE_TIMEOUT_SECONDS - 1);
        assertTrue(client.server().isOpen());
        client.advance(1);
        assertFalse(client.server().isOpen());
    }

    @Test
    void shouldCloseInTimeWhenTheRefusalOfAConnectIsNotRead() {
        // given
        final TestClient client = broker.client();
        client.server().pipeline().addFirst(socket);
        socket.isFull = true;

        // when the protocol is of a version that does not exist
        client.sendHex("10 0d 00 04 4d 51 54 54 09 02 00 1e 00 01 63");

        // then
        assertTrue(client.server().isOpen());
        client.advance(CLOSE_TIMEOUT_SECONDS);
        assertFalse(client.server().isOpen());
    }

    @Test
    void shouldEndTheConnectionWhenPongsAreNotRead() {
        final EmbeddedChannel channel = new EmbeddedChannel(socket, new WebSocketPings());

        // when little waits
        channel.writeInbound(new PingWebSocketFrame());

        // then
        assertTrue(channel.isOpen());
        assertInstanceOf(PingWebSocketFrame.class, channel.readInbound());

        // when much waits
        socket.isFull = true;
        channel.write(Unpooled.wrappedBuffer(new byte[(int) MqttConnection.MAX_UNSENT_BYTES + (64 << 10)]))
                .addListener(future -> {});
        channel.writeInbound(new PingWebSocketFrame());

        // then
        assertFalse(channel.isOpen());
        channel.finishAndReleaseAll();
    }

    @Test
    void shouldEndASilentClientWhenItOnlyReads() {
        // given a keep-alive of 30 s
        final TestClient client = connect();
        client.subscribe("a", 0);
        client.advance(30);

        // when the socket fills, and the client reads
        socket.isFull = true;
        for (int i = 0; i < 4; i++) {
            broker.link().publish("a", new byte[0], new byte[32 << 10]);
        }
        broker.work();
        assertFalse(client.server().isWritable());
        socket.isFull = false;
        client.server().flush();
        broker.work();
        assertTrue(client.server().isWritable());
        client.advance(15);

        // then
        assertFalse(client.server().isOpen());
        for (MqttMessage message = client.receive(); message != null; message = client.receive()) {
            ReferenceCountUtil.release(message);
        }
    }

    private TestClient connect() {
        final TestClient client = broker.client();
        client.server().pipeline().addFirst(socket);
        return client.connect(MqttVersion.MQTT_5, "c");
    }

    private static void ping(final TestClient client) {
        for (int i = 0; i < PINGS; i++) {
            client.server().writeInbound(Unpooled.wrappedBuffer(new byte[] {(byte) 0xC0, 0}));
        }
    }
}
