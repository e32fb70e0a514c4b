package io.lockstep.gateway;

import io.lockstep.gateway.mqtt.DrainNotice;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.QueryStringDecoder;
import io.netty.handler.timeout.ReadTimeoutHandler;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Health and status of a gateway over HTTP: {@code GET /health} answers 200 while clients can be served and 503 otherwise,
 * {@code GET /status} tells counters; both in JSON. {@code POST /drain} sends the clients elsewhere; only who asks from the
 * same machine may. Requests run on the event loops.
 */
final class HttpEndpoint implements AutoCloseable {
    private static final int MAX_REQUEST_BYTES = 8 << 10;
    private static final int READ_TIMEOUT_SECONDS = 30;

    private static final int MAX_DRAIN_SECONDS = 3_600;

    /** Sends the clients elsewhere. */
    interface Drain {
        /** As {@link io.lockstep.gateway.mqtt.MqttFrontEnd#sendElsewhere}. */
        void begin(DrainNotice notice, long overNs);
    }

    private final GatewayStatus status;
    private final Drain drain;
    private final Channel listener;

    HttpEndpoint(
            final GatewayStatus status,
            final Drain drain,
            final EventLoopGroup eventLoops,
            final InetSocketAddress listenAddress) {
        this.status = status;
        this.drain = drain;
        final ChannelFuture bound = new ServerBootstrap()
                .group(eventLoops)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(final SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new ReadTimeoutHandler(READ_TIMEOUT_SECONDS))
                                .addLast(new HttpServerCodec())
                                .addLast(new HttpObjectAggregator(MAX_REQUEST_BYTES))
                                .addLast(new RequestHandler());
                    }
                })
                .bind(listenAddress)
                .awaitUninterruptibly();
        if (!bound.isSuccess()) {
            throw new IllegalStateException(
                    "cannot listen for HTTP on %s: %s"
                            .formatted(listenAddress, bound.cause().getMessage()),
                    bound.cause());
        }
        this.listener = bound.channel();
    }

    int port() {
        return ((InetSocketAddress) listener.localAddress()).getPort();
    }

    @Override
    public void close() {
        listener.close().syncUninterruptibly();
    }

    private FullHttpResponse answer(final ChannelHandlerContext ctx, final FullHttpRequest request) {
        if (!request.decoderResult().isSuccess()) {
            return response(ctx, HttpResponseStatus.BAD_REQUEST, "{\"error\":\"bad request\"}");
        }
        if (HttpMethod.POST.equals(request.method())) {
            return answerPost(ctx, new QueryStringDecoder(request.uri()));
        }
        if (!HttpMethod.GET.equals(request.method())) {
            return response(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, "{\"error\":\"only GET and POST\"}");
        }
        final String path = new QueryStringDecoder(request.uri()).path();
        if (path.equals("/health")) {
            return response(
                    ctx,
                    status.isHealthy() ? HttpResponseStatus.OK : HttpResponseStatus.SERVICE_UNAVAILABLE,
                    status.healthJson());
        }
        return path.equals("/status")
                ? response(ctx, HttpResponseStatus.OK, status.statusJson())
                : response(ctx, HttpResponseStatus.NOT_FOUND, "{\"error\":\"there are /health and /status\"}");
    }

    private FullHttpResponse answerPost(final ChannelHandlerContext ctx, final QueryStringDecoder uri) {
        if (!uri.path().equals("/drain")) {
            return response(ctx, HttpResponseStatus.NOT_FOUND, "{\"error\":\"POST is for /drain\"}");
        }
        // Where the endpoint is bound to an address of the machine, its own callers come from that address.
        final boolean isLocal = ctx.channel().remoteAddress() instanceof final InetSocketAddress peer
                && ctx.channel().localAddress() instanceof final InetSocketAddress own
                && (peer.getAddress().isLoopbackAddress() || peer.getAddress().equals(own.getAddress()));
        if (!isLocal) {
            return response(ctx, HttpResponseStatus.FORBIDDEN, "{\"error\":\"ask from the gateway's own machine\"}");
        }
        try {
            final int seconds = Integer.parseInt(parameter(uri, "seconds", "0"));
            if (seconds < 0 || seconds > MAX_DRAIN_SECONDS) {
                throw new IllegalArgumentException("seconds takes 0 to " + MAX_DRAIN_SECONDS);
            }
            drain.begin(
                    new DrainNotice(
                            Boolean.parseBoolean(parameter(uri, "moved", "false")),
                            parameter(uri, "serverReference", "")),
                    TimeUnit.SECONDS.toNanos(seconds));
            return response(ctx, HttpResponseStatus.OK, status.statusJson());
        } catch (final IllegalArgumentException ex) {
            // The text of the exception may hold what was sent, with characters that break the JSON.
            return response(
                    ctx, HttpResponseStatus.BAD_REQUEST, "{\"error\":\"seconds, moved or serverReference is wrong\"}");
        }
    }

    private static String parameter(final QueryStringDecoder uri, final String name, final String missing) {
        final List<String> values = uri.parameters().get(name);
        return values == null ? missing : values.get(0);
    }

    private static FullHttpResponse response(
            final ChannelHandlerContext ctx, final HttpResponseStatus code, final String json) {
        final ByteBuf body = ByteBufUtil.writeUtf8(ctx.alloc(), json);
        final FullHttpResponse response = new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, code, body);
        response.headers().set(HttpHeaderNames.CONTENT_TYPE, "application/json; charset=utf-8");
        HttpUtil.setContentLength(response, body.readableBytes());
        return response;
    }

    private final class RequestHandler extends SimpleChannelInboundHandler<FullHttpRequest> {
        @Override
        protected void channelRead0(final ChannelHandlerContext ctx, final FullHttpRequest request) {
            final FullHttpResponse response = answer(ctx, request);
            final boolean isKeptAlive = HttpUtil.isKeepAlive(request);
            HttpUtil.setKeepAlive(response, isKeptAlive);
            final ChannelFuture written = ctx.writeAndFlush(response);
            written.addListener(isKeptAlive ? ChannelFutureListener.CLOSE_ON_FAILURE : ChannelFutureListener.CLOSE);
        }

        @Override
        public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
            // A client that went away or sent no HTTP concerns nobody else.
            ctx.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }
}
