package io.lockstep.gateway.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.ContinuationWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import java.util.List;

/**
 * Takes the bytes of MQTT out of binary frames, whose borders mean nothing ([MQTT-6.0.0-2]), and puts each packet into one.
 * Any other frame with data ends the connection ([MQTT-6.0.0-1]). Event loop only.
 */
final class WebSocketPackets extends MessageToMessageCodec<WebSocketFrame, ByteBuf> {
    WebSocketPackets() {
        super(WebSocketFrame.class, ByteBuf.class);
    }

    @Override
    protected void decode(final ChannelHandlerContext ctx, final WebSocketFrame frame, final List<Object> out) {
        if (frame instanceof BinaryWebSocketFrame || frame instanceof ContinuationWebSocketFrame) {
            out.add(frame.content().retain());
        } else {
            ctx.close().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
        }
    }

    @Override
    protected void encode(final ChannelHandlerContext ctx, final ByteBuf packet, final List<Object> out) {
        out.add(new BinaryWebSocketFrame(packet.retain()));
    }
}
