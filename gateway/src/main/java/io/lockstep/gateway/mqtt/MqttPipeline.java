package io.lockstep.gateway.mqtt;

import io.netty.channel.ChannelPipeline;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolConfig;
import io.netty.handler.codec.http.websocketx.WebSocketServerProtocolHandler;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandler;
import java.util.concurrent.TimeUnit;

/** The handlers of a connection, in their order from the network to the session. No state. */
final class MqttPipeline {
    /** The first of MQTT's own handlers. */
    static final String FIRST = "flush";

    private static final int MAX_FLUSHES = 64;
    private static final int MAX_REQUEST_BYTES = 8 << 10;
    // Two bytes, eight for the length, four for the mask.
    private static final int FRAME_HEADER_BYTES = 14;

    private MqttPipeline() {}

    /** Handlers that turn what a transport carries into the bytes of MQTT. */
    static void addTransport(
            final ChannelPipeline pipeline,
            final MqttTransport transport,
            final SslContext tls,
            final MqttContext context,
            final ListenerCounters counters) {
        final long timeoutMs = TimeUnit.NANOSECONDS.toMillis(context.limits().connectTimeoutNs());
        if (transport.isSecure()) {
            final SslHandler handler = tls.newHandler(pipeline.channel().alloc());
            handler.setHandshakeTimeoutMillis(timeoutMs);
            pipeline.addLast("tls", handler);
        }
        if (transport.isWebSocket()) {
            final WebSocketServerProtocolConfig config = WebSocketServerProtocolConfig.newBuilder()
                    .websocketPath(WebSocketUpgrade.PATH)
                    .checkStartsWith(true)
                    .subprotocols(WebSocketUpgrade.SUB_PROTOCOL)
                    .handshakeTimeoutMillis(timeoutMs)
                    .maxFramePayloadLength(context.limits().maxPacketBytes() + FRAME_HEADER_BYTES)
                    .build();
            pipeline.addLast("http", new HttpServerCodec())
                    .addLast("request", new HttpObjectAggregator(MAX_REQUEST_BYTES))
                    .addLast("upgrade", new WebSocketUpgrade(counters))
                    .addLast("pings", new WebSocketPings())
                    .addLast("webSocket", new WebSocketServerProtocolHandler(config))
                    .addLast("frames", new WebSocketPackets());
        }
        pipeline.addLast("listener", new ListenerHandler(counters));
    }

    /** Handlers of MQTT itself. */
    static void addMqtt(final ChannelPipeline pipeline, final MqttContext context) {
        final PacketSizeGuard sizeGuard = new PacketSizeGuard(context.counters());
        // Packets decoded from one read wait in the flow control while a connection is paused.
        pipeline.addLast(FIRST, new FlushConsolidationHandler(MAX_FLUSHES, true))
                .addLast("size", sizeGuard)
                .addLast("framer", new PacketFramer(context.limits().maxPacketBytes(), context.counters()))
                .addLast(
                        "decoder",
                        new MqttDecoder(
                                context.limits().maxPacketBytes(),
                                context.limits().maxClientIdBytes()))
                .addLast("encoder", MqttEncoder.INSTANCE)
                .addLast("flow", new FlowControlHandler())
                .addLast("connection", new MqttConnectionHandler(context, sizeGuard));
    }
}
