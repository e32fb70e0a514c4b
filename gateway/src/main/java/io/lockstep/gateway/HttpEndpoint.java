package io.lockstep.gateway;

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

/**
 * Health and status of a gateway over HTTP: {@code GET /health} answers 200 while clients can be served and 503 otherwise,
 * {@code GET /status} tells counters; both in JSON. Requests run on the event loops.
 */
final class HttpEndpoint implements AutoCloseable {
    private static final int MAX_REQUEST_BYTES = 8 << 10;
    private static final int READ_TIMEOUT_SECONDS = 30;

    private final GatewayStatus status;
    private final Channel listener;

    HttpEndpoint(final GatewayStatus status, final EventLoopGroup eventLoops, final InetSocketAddress listenAddress) {
        this.status = status;
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
        if (!HttpMethod.GET.equals(request.method())) {
            return response(ctx, HttpResponseStatus.METHOD_NOT_ALLOWED, "{\"error\":\"only GET\"}");
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
