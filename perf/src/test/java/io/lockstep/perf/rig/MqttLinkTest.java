package io.lockstep.perf.rig;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The broker is a socket here: what it reads and writes is written down byte by byte. */
@Timeout(60)
class MqttLinkTest {
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    // Session not present, success; receive maximum 7, a user property, an assigned client id, maximum QoS.
    private static final String CONNACK =
            "20 14 00 00 11 210007 26 0001 61 0002 6262 12 0001 63 24 01".replace(" ", "");

    private final List<String> events = new ArrayList<>();
    private ServerSocket server;
    private Socket broker;
    private MqttLink link;

    @BeforeEach
    void listen() throws IOException {
        server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @AfterEach
    void close() throws IOException {
        if (link != null) {
            link.close();
        }
        if (broker != null) {
            broker.close();
        }
        server.close();
    }

    @Test
    void shouldTakeTheReceiveMaximumWhenItConnects() throws IOException {
        // when
        final String connect = connect(CONNACK);

        // then
        assertEquals("10 0f 0004 4d515454 05 02 0000 00 0002 6d65".replace(" ", ""), connect);
        assertEquals(7, link.receiveMaximum());
        assertNull(link.fault());
    }

    @Test
    void shouldSayWhyWhenItIsRefused() {
        final IllegalStateException refusal = assertThrows(IllegalStateException.class, () -> connect("2003008600"));

        assertTrue(refusal.getMessage().contains("0x86"), refusal.getMessage());
    }

    @Test
    void shouldSendMessagesAndTakeTheirAnswers() throws IOException {
        // given
        connect(CONNACK);

        // when
        assertTrue(
                link.publish("t".getBytes(StandardCharsets.US_ASCII), 258, new UnsafeBuffer(new byte[] {9, 8}), 0, 2));
        link.poll();

        // then
        assertEquals("32 08 0001 74 0102 00 0908".replace(" ", ""), read(10));

        // when: in pieces
        write("40020102" + "4003");
        pollUntil(1);
        write("0103" + "97");
        pollUntil(2);

        // then
        assertEquals(List.of("ack 258 0", "ack 259 151"), events);
    }

    @Test
    void shouldAcknowledgeMessagesThatCome() throws IOException {
        // given
        connect(CONNACK);
        final byte[] payload = new byte[300];
        payload[299] = 1;

        // when: QoS 1 with a property of five bytes and a length of two bytes, then QoS 0 without
        write("32 b702 0001 74 0102 05 0200000005".replace(" ", "")
                + HexFormat.of().formatHex(payload) + "30050001740007");
        pollUntil(2);
        link.poll();

        // then
        assertEquals(List.of("message 300 1", "message 1 7"), events);
        assertEquals("40020102", read(4));
    }

    @Test
    void shouldTakeNoMoreThanItHasRoomForAndLoseNothing() throws IOException {
        // given
        connect(CONNACK);
        final UnsafeBuffer payload = new UnsafeBuffer(new byte[60_000]);
        final byte[] topic = {'t'};

        // when
        int count = 0;
        while (link.publish(topic, count + 1, payload, 0, 60_000)) {
            count++;
        }
        final int total = count * (1 + 3 + 3 + 2 + 1 + 60_000);
        final CompletableFuture<byte[]> got = CompletableFuture.supplyAsync(() -> bytes(total));
        while (!got.isDone()) {
            link.poll();
            Thread.onSpinWait();
        }

        // then
        assertTrue(count > 5, "only " + count);
        assertArrayEquals(
                new byte[] {0x32, (byte) 0xe6, (byte) 0xd4, 3, 0, 1, 't', 0, 1},
                java.util.Arrays.copyOf(got.join(), 9));
        assertTrue(link.publish(topic, 1, payload, 0, 60_000), "there is room again");
    }

    @Test
    void shouldSayWhyWhenTheBrokerEndsTheConnection() throws IOException {
        // given
        connect(CONNACK);

        // when
        write("e00297" + "00");
        while (link.fault() == null) {
            link.poll();
        }

        // then
        assertTrue(link.fault().contains("0x97"), link.fault());
    }

    private String connect(final String answer) throws IOException {
        final CompletableFuture<String> connect = CompletableFuture.supplyAsync(() -> {
            try {
                broker = server.accept();
                broker.setTcpNoDelay(true);
                final String packet = read(17);
                write(answer);
                return packet;
            } catch (final IOException ex) {
                throw new java.io.UncheckedIOException(ex);
            }
        });
        link = MqttLink.connect((InetSocketAddress) server.getLocalSocketAddress(), "me", new Recorder(), TIMEOUT_NS);
        return connect.join();
    }

    private void pollUntil(final int count) {
        while (events.size() < count) {
            assertNull(link.fault());
            link.poll();
            Thread.onSpinWait();
        }
    }

    private String read(final int length) {
        return HexFormat.of().formatHex(bytes(length));
    }

    private byte[] bytes(final int length) {
        final byte[] bytes = new byte[length];
        try {
            new DataInputStream(broker.getInputStream()).readFully(bytes);
        } catch (final IOException ex) {
            throw new java.io.UncheckedIOException(ex);
        }
        return bytes;
    }

    private void write(final String hex) throws IOException {
        final OutputStream stream = broker.getOutputStream();
        stream.write(HexFormat.of().parseHex(hex));
        stream.flush();
    }

    private final class Recorder implements MqttLink.Listener {
        @Override
        public void onPublish(final DirectBuffer buffer, final int offset, final int length) {
            events.add("message " + length + " " + buffer.getByte(offset + length - 1));
        }

        @Override
        public void onPubAck(final int packetId, final int reasonCode) {
            events.add("ack " + packetId + " " + reasonCode);
        }
    }
}
