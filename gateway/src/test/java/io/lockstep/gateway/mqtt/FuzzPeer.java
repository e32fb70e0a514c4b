package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.util.ReferenceCountUtil;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * One whose bytes go through the pipeline of a transport, and who looks whether the gateway's are those of the protocol. Belongs
 * to the test's thread.
 */
final class FuzzPeer implements TestPeer {
    // Section 3.14.2.1, codes for servers and for both.
    static final Set<Integer> DISCONNECT_CODES = Set.of(
            0x81, 0x82, 0x83, 0x89, 0x8B, 0x8D, 0x8E, 0x8F, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99, 0x9A, 0x9B);

    private static final String SWITCHING = "HTTP/1.1 101 ";
    private static final String HEADER_END = "\r\n\r\n";
    private static final int CONNACK = 2;
    private static final int DISCONNECT = 14;

    private final EmbeddedChannel server = new EmbeddedChannel();
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final MqttTransport transport;

    FuzzPeer(
            final TestBroker broker,
            final MqttTransport transport,
            final ListenerCounters counters,
            final ByteBufAllocator allocator) {
        this.transport = transport;
        server.config().setAllocator(allocator);
        server.freezeTime();
        server.pipeline().addLast("socket", new Socket());
        MqttPipeline.addTransport(server.pipeline(), transport, null, broker.context(), counters);
        MqttPipeline.addMqtt(server.pipeline(), broker.context());
        server.pipeline().fireChannelActive();
    }

    boolean isOpen() {
        return server.isOpen();
    }

    /** Sends bytes, if the connection is still there. */
    void write(final byte[] bytes, final int from, final int to) {
        if (server.isOpen()) {
            try {
                server.writeInbound(server.alloc().buffer(to - from).writeBytes(bytes, from, to - from));
            } catch (final CorruptedWebSocketFrameException ex) {
                // An embedded channel that is closed within a read loses its handlers before the read is over.
                assertNull(server.pipeline().get(ListenerHandler.class), "nobody took " + ex);
            }
        }
    }

    @Override
    public void work() {
        server.runPendingTasks();
        server.checkException();
        for (ByteBuf bytes = server.readOutbound(); bytes != null; bytes = server.readOutbound()) {
            received.writeBytes(ByteBufUtil.getBytes(bytes));
            bytes.release();
        }
    }

    @Override
    public void advance(final long seconds) {
        server.advanceTimeBy(seconds, TimeUnit.SECONDS);
        server.runScheduledPendingTasks();
    }

    @Override
    public void close() {
        server.finishAndReleaseAll();
    }

    /** Checks everything that the gateway sent, and adds the reason codes of CONNACK and DISCONNECT. */
    void check(final Set<Integer> seen) {
        final byte[] bytes = received.toByteArray();
        if (transport == MqttTransport.TCP) {
            checkPackets(bytes, seen);
            return;
        }
        final String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (text.startsWith(SWITCHING)) {
            checkPackets(unframed(bytes, text.indexOf(HEADER_END) + HEADER_END.length()), seen);
        } else {
            assertTrue(text.isEmpty() || text.startsWith("HTTP/1.1 4"), text);
        }
    }

    private void checkPackets(final byte[] bytes, final Set<Integer> seen) {
        boolean isConnected = false;
        boolean isEnded = false;
        for (int index = 0; index < bytes.length; ) {
            final int type = (bytes[index] & 0xFF) >> 4;
            int length = 0;
            int shift = 0;
            do {
                index++;
                length |= (bytes[index] & 0x7F) << shift;
                shift += 7;
            } while ((bytes[index] & 0x80) != 0);
            index++;
            assertFalse(isEnded, "something follows the last packet");
            assertEquals(!isConnected, type == CONNACK, "a CONNACK comes once, before all else");
            isConnected = true;
            if (type == CONNACK || type == DISCONNECT) {
                final int code = bytes[index + (type == CONNACK ? 1 : 0)] & 0xFF;
                seen.add(code);
                isEnded = type == DISCONNECT || code != 0;
                assertTrue(type == CONNACK || DISCONNECT_CODES.contains(code), () -> Integer.toHexString(code));
            }
            index += length;
            assertTrue(index <= bytes.length, "a packet is cut off");
        }
        assertTrue(!isEnded || !server.isOpen(), "the connection is open behind its last packet");
    }

    /** What the binary frames hold; pongs and the last frame are the transport's affair. */
    private static byte[] unframed(final byte[] bytes, final int start) {
        final ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (int index = start; index < bytes.length; ) {
            final int opcode = bytes[index] & 0x0F;
            int length = bytes[index + 1];
            index += 2;
            if (length == 126) {
                length = (bytes[index] & 0xFF) << 8 | (bytes[index + 1] & 0xFF);
                index += 2;
            }
            assertTrue(opcode == 2 || opcode >= 8, "a frame of another kind");
            if (opcode == 2) {
                content.writeBytes(Arrays.copyOfRange(bytes, index, index + length));
            }
            index += length;
        }
        return content.toByteArray();
    }

    /** Refuses what a real channel refuses: a WebSocket that was never opened has nobody to encode its last frame. */
    private static final class Socket extends ChannelOutboundHandlerAdapter {
        @Override
        public void write(final ChannelHandlerContext ctx, final Object message, final ChannelPromise promise) {
            if (message instanceof ByteBuf) {
                ctx.write(message, promise).addListener(future -> {});
            } else {
                ReferenceCountUtil.release(message);
                promise.setFailure(new UnsupportedOperationException("the socket takes bytes, but not " + message));
            }
        }
    }
}
