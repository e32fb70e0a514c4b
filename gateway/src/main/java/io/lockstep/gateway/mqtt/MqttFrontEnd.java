package io.lockstep.gateway.mqtt;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Listens for MQTT, over as many transports as are wanted. Made, drained and closed by the thread that owns the gateway.
 */
public final class MqttFrontEnd implements AutoCloseable {
    private static final int ACCEPT_BACKLOG = 1024;

    private final ChannelGroup connections = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE, true);
    private final List<MqttListener> listeners = new ArrayList<>();
    private final MqttContext context;
    private final EventLoopGroup eventLoops;

    /**
     * Creates a front end that does not listen yet.
     *
     * @param context    shared by all connections.
     * @param eventLoops that run the connections; stays the caller's.
     */
    public MqttFrontEnd(final MqttContext context, final EventLoopGroup eventLoops) {
        this.context = context;
        this.eventLoops = eventLoops;
    }

    /**
     * Begins to listen.
     *
     * @param transport     that carries the bytes.
     * @param listenAddress host and port; port 0 takes any that is free.
     * @param tls           certificates of a secure transport at the time of a connection, else null.
     * @throws IllegalStateException where the port cannot be had.
     */
    public void listen(
            final MqttTransport transport, final InetSocketAddress listenAddress, final Supplier<SslContext> tls) {
        final ListenerCounters counters = new ListenerCounters();
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
                        MqttPipeline.addTransport(
                                channel.pipeline(), transport, tls == null ? null : tls.get(), context, counters);
                        MqttPipeline.addMqtt(channel.pipeline(), context);
                    }
                })
                .bind(listenAddress)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IllegalStateException(
                    "cannot listen for MQTT on %s (%s): %s"
                            .formatted(
                                    listenAddress,
                                    transport.key(),
                                    bound.cause().getMessage()),
                    bound.cause());
        }
        listeners.add(new MqttListener(transport, bound.channel(), counters));
    }

    /**
     * Where it listens.
     *
     * @return the listeners in the order in which they were added.
     */
    public List<MqttListener> listeners() {
        return List.copyOf(listeners);
    }

    /** Ends the connections of users that the policy does not know any more; any thread. */
    public void onAccessChanged() {
        for (final Channel channel : connections) {
            channel.eventLoop()
                    .execute(() -> channel.pipeline().fireUserEventTriggered(MqttConnectionHandler.ACCESS_CHANGED));
        }
    }

    /**
     * Sends all clients elsewhere, in no particular order over a time, so that the other gateways are not stormed; each is
     * answered what was read from it. Who connects is refused with the same words. Returns at once; any thread.
     *
     * @param notice what they are told.
     * @param overNs how long it takes until the last one is told.
     */
    public void sendElsewhere(final DrainNotice notice, final long overNs) {
        context.drainState().begin(notice);
        for (final Channel channel : connections) {
            channel.eventLoop()
                    .schedule(
                            () -> channel.pipeline().fireUserEventTriggered(MqttConnectionHandler.DRAIN),
                            overNs == 0 ? 0 : ThreadLocalRandom.current().nextLong(overNs),
                            TimeUnit.NANOSECONDS)
                    .addListener(future -> {});
        }
    }

    /**
     * Stops listening, answers what was read, tells every client that the gateway stops, and closes. Waits no longer than
     * the drain time-out.
     */
    public void drain() {
        listeners.forEach(MqttListener::close);
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
        listeners.forEach(MqttListener::close);
        connections.close().awaitUninterruptibly();
    }
}
