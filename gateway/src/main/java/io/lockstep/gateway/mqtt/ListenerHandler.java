package io.lockstep.gateway.mqtt;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.TooLongFrameException;
import io.netty.handler.codec.http.websocketx.CorruptedWebSocketFrameException;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import javax.net.ssl.SSLException;

/**
 * Counts the connections of a listener, and ends those on which TLS or WebSocket failed: that is the peer's affair, no
 * error of the gateway. Event loop only.
 */
final class ListenerHandler extends ChannelInboundHandlerAdapter {
    private final ListenerCounters counters;

    ListenerHandler(final ListenerCounters counters) {
        this.counters = counters;
    }

    @Override
    public void channelActive(final ChannelHandlerContext ctx) {
        counters.connectionsOpened().increment();
        ctx.fireChannelActive();
    }

    @Override
    public void channelInactive(final ChannelHandlerContext ctx) {
        counters.connectionsClosed().increment();
        ctx.fireChannelInactive();
    }

    @Override
    public void userEventTriggered(final ChannelHandlerContext ctx, final Object event) {
        if (event instanceof final SslHandshakeCompletionEvent handshake && !handshake.isSuccess()) {
            counters.handshakesFailed().increment();
        }
        ctx.fireUserEventTriggered(event);
    }

    @Override
    public void exceptionCaught(final ChannelHandlerContext ctx, final Throwable cause) {
        if (isOfTransport(cause) || isOfTransport(cause.getCause())) {
            ctx.close().addListener(future -> {});
        } else {
            ctx.fireExceptionCaught(cause);
        }
    }

    private static boolean isOfTransport(final Throwable cause) {
        return cause instanceof SSLException
                || cause instanceof CorruptedWebSocketFrameException
                || cause instanceof TooLongFrameException;
    }
}
