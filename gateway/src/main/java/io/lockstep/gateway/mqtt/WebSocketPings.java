package io.lockstep.gateway.mqtt;

import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.util.ReferenceCountUtil;

/**
 * Ends a connection that asks for pongs and does not read them: they are answered without the {@link MqttConnection}, which
 * bounds all other answers. Event loop only.
 */
final class WebSocketPings extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(final ChannelHandlerContext ctx, final Object message) throws Exception {
        if (message instanceof PingWebSocketFrame
                && ctx.channel().bytesBeforeWritable() > MqttConnection.MAX_UNSENT_BYTES) {
            ReferenceCountUtil.release(message);
            ctx.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        } else {
            super.channelRead(ctx, message);
        }
    }
}
