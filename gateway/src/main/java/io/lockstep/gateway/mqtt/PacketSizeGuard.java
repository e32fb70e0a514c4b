package io.lockstep.gateway.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.TooLongFrameException;

/**
 * Sends no packet that is longer than the client takes (MQTT 5.0, [MQTT-3.1.2-24]): its write fails, which ends the
 * connection. Whoever makes packets leaves out what need not be there before it comes to that. Event loop only.
 */
final class PacketSizeGuard extends ChannelOutboundHandlerAdapter {
    private long maxPacketBytes = ConnectSettings.ANY_PACKET_SIZE;

    void maxPacketBytes(final long newMaxPacketBytes) {
        maxPacketBytes = newMaxPacketBytes;
    }

    long maxPacketBytes() {
        return maxPacketBytes;
    }

    @Override
    public void write(final ChannelHandlerContext ctx, final Object message, final ChannelPromise promise) {
        if (message instanceof final ByteBuf packet && packet.readableBytes() > maxPacketBytes) {
            final int lengthBytes = packet.readableBytes();
            packet.release();
            promise.setFailure(new TooLongFrameException(
                    "a packet of " + lengthBytes + " bytes for a client that takes " + maxPacketBytes));
            return;
        }
        ctx.write(message, promise).addListener(future -> {});
    }
}
