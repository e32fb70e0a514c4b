package io.lockstep.gateway.mqtt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.lockstep.gateway.LeakCheck;
import io.lockstep.gateway.bridge.GatewayCounters;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.mqtt.MqttMessage;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bytes that the protocol forbids, and those beside them that it allows. */
@ExtendWith(LeakCheck.class)
class PacketRulesTest {
    private static final int MAX_PACKET_BYTES = 100;
    private static final int GOOD = 0;
    private static final String CONNECT_5 = "10 0e 00 04 4d 51 54 54 05 02 00 1e 00 00 01 63";
    private static final String CONNECT_3 = "10 0d 00 04 4d 51 54 54 04 02 00 1e 00 01 63";

    @ParameterizedTest
    @CsvSource({
        // The first packet is a CONNECT, and the only one.
        "c0 00, 82",
        CONNECT_5 + ", 0",
        CONNECT_5 + " 10, 82",
        // Reserved flags of the fixed header.
        "11, 81",
        CONNECT_5 + " c1, 81",
        CONNECT_5 + " 60, 81",
        CONNECT_5 + " 63, 81",
        CONNECT_5 + " 80, 81",
        CONNECT_5 + " a0, 81",
        CONNECT_5 + " 42, 81",
        CONNECT_5 + " e1, 81",
        CONNECT_5 + " f1, 81",
        // Packet types that do not exist or are for servers.
        CONNECT_5 + " 00, 81",
        CONNECT_5 + " 20, 82",
        CONNECT_5 + " 90, 82",
        CONNECT_5 + " b0, 82",
        CONNECT_5 + " d0, 82",
        // Remaining length: too many bytes, more than needed, longer than is taken.
        CONNECT_5 + " 30 ff ff ff ff 01, 81",
        CONNECT_5 + " c0 80 00, 81",
        CONNECT_5 + " 30 84 00 00 01 61 00, 81",
        CONNECT_5 + " 30 63, 95",
        CONNECT_5 + " 30 62, 0",
        // Flags of the CONNECT: reserved, will without the will flag, QoS 3.
        "10 0e 00 04 4d 51 54 54 05 03 00 1e 00 00 01 63, 81",
        "10 0e 00 04 4d 51 54 54 05 0a 00 1e 00 00 01 63, 81",
        "10 0e 00 04 4d 51 54 54 05 22 00 1e 00 00 01 63, 81",
        "10 15 00 04 4d 51 54 54 05 1e 00 1e 00 00 01 63 00 00 01 77 00 01 78, 81",
        // Flags and payload of the CONNECT agree.
        "10 0e 00 04 4d 51 54 54 05 82 00 1e 00 00 01 63, 81",
        "10 0e 00 04 4d 51 54 54 05 42 00 1e 00 00 01 63, 81",
        "10 0f 00 04 4d 51 54 54 05 02 00 1e 00 00 01 63 00, 81",
        "10 11 00 04 4d 51 54 54 05 82 00 1e 00 00 01 63 00 01 75, 0",
        "10 11 00 04 4d 51 54 54 05 42 00 1e 00 00 01 63 00 01 75, 0",
        "10 10 00 04 4d 51 54 54 04 42 00 1e 00 01 63 00 01 75, 81",
        "10 0c 00 04 4d 51 54 54 05 02 00 1e 00 00, 81",
        // A will topic with a wildcard, a client id, a user name and a protocol name that are no UTF-8.
        "10 15 00 04 4d 51 54 54 05 06 00 1e 00 00 01 63 00 00 01 23 00 01 78, 90",
        "10 0e 00 04 4d 51 54 54 05 02 00 1e 00 00 01 ff, 81",
        "10 11 00 04 4d 51 54 54 05 82 00 1e 00 00 01 63 00 01 80, 81",
        "10 0e 00 04 4d 51 54 c0 05 02 00 1e 00 00 01 63, 81",
        // Properties of the CONNECT: twice, 0, neither 0 nor 1, not of this packet, cut off, data without a method.
        "10 14 00 04 4d 51 54 54 05 02 00 1e 06 21 00 01 21 00 01 00 01 63, 82",
        "10 11 00 04 4d 51 54 54 05 02 00 1e 03 21 00 00 00 01 63, 82",
        "10 13 00 04 4d 51 54 54 05 02 00 1e 05 27 00 00 00 00 00 01 63, 82",
        "10 10 00 04 4d 51 54 54 05 02 00 1e 02 17 02 00 01 63, 82",
        "10 10 00 04 4d 51 54 54 05 02 00 1e 02 19 02 00 01 63, 82",
        "10 11 00 04 4d 51 54 54 05 02 00 1e 03 23 00 01 00 01 63, 81",
        "10 10 00 04 4d 51 54 54 05 02 00 1e 02 21 00 00 01 63, 81",
        "10 12 00 04 4d 51 54 54 05 02 00 1e 04 16 00 01 61 00 01 63, 82",
        "10 10 00 04 4d 51 54 54 05 02 00 1e 02 7f 00 00 01 63, 81",
        "10 18 00 04 4d 51 54 54 05 02 00 1e 0a 26 00 00 00 00 26 00 00 00 00 00 01 63, 0",
        // PUBLISH: QoS 3, a duplicate with QoS 0, packet id 0, cut off, wildcards, no UTF-8, U+0000, an overlong form.
        CONNECT_5 + " 36 06, 81",
        CONNECT_5 + " 38 04, 81",
        CONNECT_5 + " 32 06 00 01 61 00 00 00, 81",
        CONNECT_5 + " 30 02 00 01, 81",
        CONNECT_5 + " 30 04 00 01 2b 00, 90",
        CONNECT_5 + " 30 06 00 03 ed a0 80 00, 81",
        CONNECT_5 + " 30 04 00 01 00 00, 81",
        CONNECT_5 + " 30 05 00 02 c0 af 00, 81",
        CONNECT_5 + " 30 06 00 03 ef bb bf 00, 0",
        // PUBLISH: payload format 2, a property twice, one of another packet, lengths that contradict each other.
        CONNECT_5 + " 30 06 00 01 61 02 01 02, 82",
        CONNECT_5 + " 30 08 00 01 61 04 01 01 01 01, 82",
        CONNECT_5 + " 30 09 00 01 61 05 11 00 00 00 01, 81",
        CONNECT_5 + " 30 06 00 01 61 03 01 01, 81",
        CONNECT_5 + " 30 0b 00 01 61 07 26 00 01 61 00 01 c1, 81",
        // Answers: cut off, packet id 0, a code that is none, a property that is none of theirs, bytes behind the end.
        CONNECT_5 + " 40 01 00, 81",
        CONNECT_5 + " 40 02 00 00, 81",
        CONNECT_5 + " 40 03 00 01 01, 82",
        CONNECT_5 + " 62 03 00 01 10, 82",
        CONNECT_5 + " 40 03 00 01 10, 0",
        CONNECT_5 + " 40 04 00 01 00 00, 0",
        CONNECT_5 + " 40 07 00 01 00 03 23 00 01, 81",
        CONNECT_5 + " 40 05 00 01 00 00 00, 81",
        CONNECT_5 + " 40 0c 00 01 00 08 1f 00 01 61 1f 00 01 61, 82",
        CONNECT_3 + " 40 03 00 01 00, 81",
        CONNECT_3 + " 40 02 00 01, 0",
        // SUBSCRIBE: no filter, packet id 0, reserved bits, QoS 3, retain handling 3, no-local and shared, identifier
        // 0.
        CONNECT_5 + " 82 03 00 01 00, 82",
        CONNECT_5 + " 82 07 00 00 00 00 01 61 00, 81",
        CONNECT_5 + " 82 07 00 01 00 00 01 61 40, 81",
        CONNECT_5 + " 82 07 00 01 00 00 01 61 03, 81",
        CONNECT_5 + " 82 07 00 01 00 00 01 61 30, 82",
        CONNECT_5 + " 82 07 00 01 00 00 01 61 2e, 0",
        CONNECT_5 + " 82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 61 04, 82",
        CONNECT_5 + " 82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 61 00, 0",
        CONNECT_5 + " 82 09 00 01 02 0b 00 00 01 61 00, 82",
        CONNECT_5 + " 82 0b 00 01 04 0b 01 0b 02 00 01 61 00, 82",
        CONNECT_5 + " 82 0c 00 01 05 0b 80 80 80 80 00 01 61 00, 81",
        CONNECT_5 + " 82 06 00 01 00 00 01 61, 81",
        CONNECT_5 + " 82 07 00 01 00 00 01 ff 00, 81",
        CONNECT_3 + " 82 06 00 01 00 01 61 04, 81",
        CONNECT_3 + " 82 06 00 01 00 01 61 02, 0",
        CONNECT_3 + " 82 02 00 01, 82",
        // UNSUBSCRIBE: no filter, packet id 0, no UTF-8, a property that is none of its.
        CONNECT_5 + " a2 03 00 01 00, 82",
        CONNECT_5 + " a2 06 00 00 00 00 01 61, 81",
        CONNECT_5 + " a2 06 00 01 00 00 01 ff, 81",
        CONNECT_5 + " a2 08 00 01 02 0b 01 00 01 61, 81",
        CONNECT_5 + " a2 06 00 01 00 00 01 61, 0",
        CONNECT_3 + " a2 02 00 01, 82",
        // PINGREQ has no body.
        CONNECT_5 + " c0 01 00, 81",
        CONNECT_5 + " c0 00, 0",
        // DISCONNECT: a code for servers, a server reference, bytes behind the end.
        CONNECT_5 + " e0 01 8b, 82",
        CONNECT_5 + " e0 06 00 04 1c 00 01 61, 82",
        CONNECT_5 + " e0 03 00 00 00, 81",
        CONNECT_5 + " e0 01 04, 0",
        CONNECT_5 + " e0 07 00 05 11 00 00 00 00, 0",
        CONNECT_3 + " e0 01 00, 81",
        // AUTH exists in MQTT 5.0 only.
        CONNECT_3 + " f0 00, 81",
        CONNECT_5 + " f0 01 00, 82",
        CONNECT_5 + " f0 06 18 04 15 00 01 61, 0",
    })
    void shouldTellWhatIsWrongWhenBytesBreakTheProtocol(final String hex, final String reasonCode) {
        assertEquals(reasonCode, Integer.toHexString(codeOf(hex, 1_000)));
        assertEquals(reasonCode, Integer.toHexString(codeOf(hex, 1)), "byte by byte");
    }

    @Test
    void shouldListenNoMoreWhenAPacketIsBad() {
        final EmbeddedChannel channel = new EmbeddedChannel(new PacketFramer(MAX_PACKET_BYTES, new GatewayCounters()));

        channel.writeInbound(bytes(CONNECT_5 + " c1 00 " + "c0 00"));
        channel.writeInbound(bytes("c0 00"));

        final ByteBuf connect = channel.readInbound();
        assertEquals(CONNECT_5.replace(" ", ""), ByteBufUtil.hexDump(connect));
        connect.release();
        final MqttMessage bad = channel.readInbound();
        assertTrue(bad.decoderResult().isFailure());
        assertEquals(0, channel.inboundMessages().size());
        channel.finishAndReleaseAll();
    }

    private static int codeOf(final String hex, final int pieceBytes) {
        final EmbeddedChannel channel = new EmbeddedChannel(new PacketFramer(MAX_PACKET_BYTES, new GatewayCounters()));
        final ByteBuf all = bytes(hex);
        while (all.isReadable()) {
            channel.writeInbound(all.readRetainedSlice(Math.min(pieceBytes, all.readableBytes())));
        }
        all.release();
        int code = GOOD;
        for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
            assertEquals(GOOD, code, "something came after the bad packet");
            if (message instanceof final MqttMessage bad) {
                code = ((BadPacketException) bad.decoderResult().cause()).reasonCode();
                assertNotNull(bad.decoderResult().cause().getMessage());
            } else {
                ((ByteBuf) message).release();
            }
        }
        channel.finishAndReleaseAll();
        return code;
    }

    private static ByteBuf bytes(final String hex) {
        return Unpooled.wrappedBuffer(HexFormat.of().parseHex(hex.replace(" ", "")));
    }
}
