package io.lockstep.gateway.mqtt;

import io.lockstep.gateway.bridge.GatewayCounters;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.codec.mqtt.MqttConnectVariableHeader;
import io.netty.handler.codec.mqtt.MqttMessageFactory;
import io.netty.handler.codec.mqtt.MqttMessageType;
import io.netty.handler.codec.mqtt.MqttProperties;
import java.util.List;

/**
 * Cuts the bytes of a connection into packets and passes on those that keep the {@link PacketRules}, one buffer for each.
 * The first that does not is passed on as an invalid message, and nothing after it: whoever breaks the protocol is not
 * listened to any more. A packet that is too long is refused when its length is known, not when it is there.
 */
final class PacketFramer extends ByteToMessageDecoder {
    private static final int MAX_LENGTH_BYTES = 4;

    // Stands for a CONNECT whose version is known and whose other bytes are not to be trusted.
    private static final MqttConnectVariableHeader CONNECT_5 = new MqttConnectVariableHeader(
            "MQTT", 5, false, false, false, 0, false, false, 0, MqttProperties.NO_PROPERTIES);

    private final PacketRules rules = new PacketRules();
    private final GatewayCounters counters;
    private final int maxPacketBytes;
    private boolean hasConnect;
    private boolean isBroken;

    PacketFramer(final int maxPacketBytes, final GatewayCounters counters) {
        this.maxPacketBytes = maxPacketBytes;
        this.counters = counters;
    }

    @Override
    protected void decode(final ChannelHandlerContext ctx, final ByteBuf in, final List<Object> out) {
        if (isBroken) {
            in.skipBytes(in.readableBytes());
            return;
        }
        try {
            frame(in, out);
        } catch (final BadPacketException ex) {
            isBroken = true;
            in.skipBytes(in.readableBytes());
            out.add(MqttMessageFactory.newInvalidMessage(null, !hasConnect && rules.isMqtt5() ? CONNECT_5 : null, ex));
        }
    }

    private void frame(final ByteBuf in, final List<Object> out) {
        final int start = in.readerIndex();
        final int firstByte = in.getUnsignedByte(start);
        rules.checkFirstByte(firstByte);
        final int lengthBytes = lengthBytes(in, start + 1);
        if (lengthBytes == 0) {
            return;
        }
        final int bodyStart = start + 1 + lengthBytes;
        final int bodyLength = new WireReader(in, start + 1, bodyStart).readVariable();
        if (1 + lengthBytes + bodyLength > maxPacketBytes) {
            throw new BadPacketException(ReasonCodes.PACKET_TOO_LARGE, "the packet is longer than the gateway takes");
        }
        if (in.writerIndex() - bodyStart < bodyLength) {
            return;
        }
        rules.check(in, firstByte, bodyStart, bodyStart + bodyLength);
        hasConnect = true;
        counters.packetsIn().increment();
        counters.bytesIn().add(1L + lengthBytes + bodyLength);
        if (firstByte >> 4 == MqttMessageType.PUBLISH.value()) {
            counters.publishesIn().increment();
        }
        out.add(in.readRetainedSlice(1 + lengthBytes + bodyLength));
    }

    /** Number of bytes of the remaining length, 0 where more have to come. */
    private static int lengthBytes(final ByteBuf in, final int start) {
        for (int i = 0; i < MAX_LENGTH_BYTES; i++) {
            if (start + i == in.writerIndex()) {
                return 0;
            }
            if ((in.getByte(start + i) & 0x80) == 0) {
                return i + 1;
            }
        }
        throw BadPacketException.malformed("the remaining length has more than four bytes");
    }
}
