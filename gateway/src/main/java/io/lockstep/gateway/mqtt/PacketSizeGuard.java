package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.GatewayCounters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.TooLongFrameException;

/**
 * Counts packets, and sends no packet that is longer than the client takes (MQTT 5.0, [MQTT-3.1.2-24]): its write fails, which ends the
 * connection. Whoever makes packets leaves out what need not be there before it comes to that. Event loop only.
 */
final class PacketSizeGuard extends ChannelOutboundHandlerAdapter {
    private final GatewayCounters counters;
    private long maxPacketBytes = ConnectSettings.ANY_PACKET_SIZE;

    PacketSizeGuard(final GatewayCounters counters) {
        this.counters = counters;
    }

    void maxPacketBytes(final long newMaxPacketBytes) {
        maxPacketBytes = newMaxPacketBytes;
    }

    long maxPacketBytes() {
        return maxPacketBytes;
    }

    @Override
    public void write(final ChannelHandlerContext ctx, final Object message, final ChannelPromise promise) {
        if (message instanceof final ByteBuf packet) {
            final int lengthBytes = packet.readableBytes();
            if (lengthBytes > maxPacketBytes) {
                packet.release();
                promise.setFailure(new TooLongFrameException(
                        "a packet of " + lengthBytes + " bytes for a client that takes " + maxPacketBytes));
                return;
            }
            counters.packetsOut().increment();
            counters.bytesOut().add(lengthBytes);
        }
        ctx.write(message, promise).addListener(future -> {});
    }
}
