package io.lockstep.testkit.process;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** As much of MQTT 3.1.1 as a round trip needs, byte by byte, so that a test depends on no client. One thread. */
public final class RawMqtt implements AutoCloseable {
    private static final int CONNACK = 0x20;
    private static final int PUBLISH = 0x30;
    private static final int PUBACK = 0x40;
    private static final int SUBACK = 0x90;
    private static final int QOS_1 = 0x02;
    private static final int READ_TIMEOUT_MS = 30_000;

    private final Socket socket;
    private final DataInputStream in;
    private final DataOutputStream out;
    private int lastPacketId;

    /**
     * Connects with a clean session.
     *
     * @param port     of the gateway on this machine.
     * @param clientId of the session.
     * @throws IOException where the gateway is not there or refuses.
     */
    public RawMqtt(final int port, final String clientId) throws IOException {
        socket = new Socket("localhost", port);
        socket.setSoTimeout(READ_TIMEOUT_MS);
        in = new DataInputStream(socket.getInputStream());
        out = new DataOutputStream(socket.getOutputStream());
        final Packet connect = new Packet();
        connect.data.writeUTF("MQTT");
        connect.data.write(new byte[] {4, 2, 0, 0});
        connect.data.writeUTF(clientId);
        connect.send(0x10);
        final byte[] answer = await(CONNACK);
        if (answer[1] != 0) {
            throw new IOException("the gateway refused the connection with code " + answer[1]);
        }
    }

    /**
     * Publishes with QoS 1 and waits for the answer.
     *
     * @param topic of the message.
     * @param text  its payload.
     * @throws IOException where no answer comes.
     */
    public void publish(final String topic, final String text) throws IOException {
        final Packet publish = new Packet();
        publish.data.writeUTF(topic);
        publish.data.writeShort(++lastPacketId);
        publish.data.write(text.getBytes(StandardCharsets.UTF_8));
        publish.send(PUBLISH | QOS_1);
        final byte[] answer = await(PUBACK);
        final int packetId = ((answer[0] & 0xff) << 8) | (answer[1] & 0xff);
        if (packetId != lastPacketId) {
            throw new IOException("packet " + packetId + " was acknowledged, and not " + lastPacketId);
        }
    }

    /**
     * Subscribes with QoS 1 and waits for the answer.
     *
     * @param filter of the topics.
     * @throws IOException where it is refused.
     */
    public void subscribe(final String filter) throws IOException {
        final Packet subscribe = new Packet();
        subscribe.data.writeShort(++lastPacketId);
        subscribe.data.writeUTF(filter);
        subscribe.data.write(1);
        subscribe.send(0x82);
        final byte[] answer = await(SUBACK);
        if (answer[2] != 1) {
            throw new IOException("the subscription was answered with " + answer[2]);
        }
    }

    /**
     * Waits for a message and acknowledges it.
     *
     * @return topic and payload, with a blank between.
     * @throws IOException where none comes.
     */
    public String awaitMessage() throws IOException {
        final byte[] message = await(PUBLISH);
        final int topicLength = ((message[0] & 0xff) << 8) | (message[1] & 0xff);
        final String topic = new String(message, 2, topicLength, StandardCharsets.UTF_8);
        final int payloadOffset = 2 + topicLength + 2;
        final Packet ack = new Packet();
        ack.data.write(message, payloadOffset - 2, 2);
        ack.send(PUBACK);
        return topic + " " + new String(message, payloadOffset, message.length - payloadOffset, StandardCharsets.UTF_8);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    // What else comes meanwhile is not waited for in these tests.
    private byte[] await(final int type) throws IOException {
        while (true) {
            final int header = in.readUnsignedByte();
            int length = 0;
            int shift = 0;
            int digit;
            do {
                digit = in.readUnsignedByte();
                length |= (digit & 0x7f) << shift;
                shift += 7;
            } while ((digit & 0x80) != 0);
            final byte[] body = in.readNBytes(length);
            if ((header & 0xf0) == type) {
                return body;
            }
        }
    }

    private final class Packet {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream data = new DataOutputStream(bytes);

        void send(final int header) throws IOException {
            if (bytes.size() > 0x7f) {
                throw new IllegalArgumentException("a packet of these tests has at most 127 bytes");
            }
            out.writeByte(header);
            out.writeByte(bytes.size());
            bytes.writeTo(out);
            out.flush();
        }
    }
}
