package io.lockstep.gateway.mqtt;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.mqtt.MqttDecoder;
import io.netty.handler.codec.mqtt.MqttEncoder;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;

/**
 * Listens for MQTT over TCP. Listeners for TLS and WebSocket will put their handlers in front of the same pipeline. Made,
 * drained and closed by the thread that owns the gateway.
 */
public final class MqttFrontEnd implements AutoCloseable {
    private static final int ACCEPT_BACKLOG = 1024;
    private static final int MAX_FLUSHES = 64;

    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final MqttContext context;
    private final Channel listener;

    /**
     * Begins to listen.
     *
     * @param context       shared by all connections.
     * @param eventLoops    that run the connections; stays the caller's.
     * @param listenAddress host and port; port 0 takes any that is free.
     */
    public MqttFrontEnd(
            final MqttContext context, final EventLoopGroup eventLoops, final InetSocketAddress listenAddress) {
        this.context = context;
        final ChannelFuture bound = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, ACCEPT_BACKLOG)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.SO_KEEPALIVE, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(final SocketChannel channel) {
                        connections.add(channel);
                        addHandlers(channel.pipeline(), context);
                    }
                })
                .bind(listenAddress)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IllegalStateException(
                    "cannot listen for MQTT on %s: %s"
                            .formatted(listenAddress, bound.cause().getMessage()),
                    bound.cause());
        }
        this.listener = bound.channel();
    }

    /**
     * The port on which clients connect.
     *
     * @return the port.
     */
    public int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    /**
     * Stops listening, answers what was read, tells every client that the gateway stops, and closes. Waits no longer than
     * the drain time-out.
     */
    public void drain() {
        listener.close().syncUninterruptibly();
        for (final Channel channel : connections) {
            channel.eventLoop().execute(() -> channel.pipeline().fireUserEventTriggered(MqttConnectionHandler.DRAIN));
        }
        if (!connections
                .newCloseFuture()
                .awaitUninterruptibly(context.limits().drainTimeoutNs(), TimeUnit.NANOSECONDS)) {
            context.logger().accept(connections.size() + " connections were closed before the cluster answered them");
        }
    }

    /** Closes what is still open, without a word. Closing twice is harmless. */
    @Override
    public void close() {
        listener.close().syncUninterruptibly();
        connections.close().awaitUninterruptibly();
    }

    static void addHandlers(final ChannelPipeline pipeline, final MqttContext context) {
        // Packets decoded from one read wait in the flow control while a connection is paused.
        pipeline.addLast("flush", new FlushConsolidationHandler(MAX_FLUSHES, true))
                .addLast(
                        "decoder",
                        new MqttDecoder(
                                context.limits().maxPacketBytes(),
                                context.limits().maxClientIdBytes()))
                .addLast("encoder", MqttEncoder.INSTANCE)
                .addLast("flow", new FlowControlHandler())
                .addLast("connection", new MqttConnectionHandler(context));
    }
}
