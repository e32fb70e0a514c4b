package io.lockstep.testkit.mqtt;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;

/**
 * Just enough of MQTT 5.0 to stop at each step of both handshakes: what is sent and read, and when, is the test's business. A
 * connection that breaks throws. Belongs to one thread.
 */
final class MqttTestClient implements AutoCloseable {
    static final int CONNACK = 2;
    static final int PUBLISH = 3;
    static final int PUBACK = 4;
    static final int PUBREC = 5;
    static final int PUBREL = 6;
    static final int PUBCOMP = 7;
    static final int SUBACK = 9;

    private static final int CONNECT = 1;
    private static final int SUBSCRIBE = 8;
    private static final int PINGREQ = 12;
    private static final int PINGRESP = 13;
    private static final int USER_AND_PASSWORD = 0xC0;
    private static final int WILL_QOS_1 = 0x0C;
    private static final int EXPIRY_PROPERTY = 17;
    private static final int EXPIRY_SECONDS = 600;
    private static final int TIMEOUT_MS = 60_000;

    private final Socket socket;
    private final DataInputStream input;
    private final DataOutputStream output;
    private final Queue<Packet> skipped = new ArrayDeque<>();
    private final boolean isSessionPresent;

    /** A packet as it came; the payload is empty where it has none. */
    record Packet(int type, int flags, int packetId, int reasonCode, String topic, String payload) {
        boolean isDuplicate() {
            return (flags & 8) != 0;
        }

        int qos() {
            return flags >> 1 & 3;
        }
    }

    /** Published with QoS 1, at once, when the connection ends without a farewell. */
    record Will(String topic, String payload) {}

    /** Connects with a session that stays; no will where that is null. */
    MqttTestClient(final int port, final String clientId, final Will will) throws IOException {
        this(port, clientId, will, null, null);
    }

    /** A client that says who it is, where the user is not null. */
    MqttTestClient(final int port, final String clientId, final Will will, final String user, final String password)
            throws IOException {
        socket = new Socket("localhost", port);
        try {
            socket.setSoTimeout(TIMEOUT_MS);
            socket.setTcpNoDelay(true);
            input = new DataInputStream(socket.getInputStream());
            output = new DataOutputStream(socket.getOutputStream());
            isSessionPresent = connect(clientId, will, user, password);
        } catch (final IOException ex) {
            socket.close();
            throw ex;
        }
    }

    boolean isSessionPresent() {
        return isSessionPresent;
    }

    void subscribe(final String filter, final int qos) throws IOException {
        sendSubscribe(filter, qos);
        final Packet answer = read(SUBACK);
        if (answer.reasonCode() != qos) {
            throw new IOException("the subscription was answered with " + answer);
        }
    }

    void sendSubscribe(final String filter, final int qos) throws IOException {
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        final DataOutputStream data = new DataOutputStream(body);
        data.writeShort(1);
        data.writeByte(0);
        writeText(data, filter);
        data.writeByte(qos);
        write(SUBSCRIBE << 4 | 2, body);
    }

    void publish(final String topic, final int qos, final int packetId, final boolean isDuplicate, final String payload)
            throws IOException {
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        final DataOutputStream data = new DataOutputStream(body);
        writeText(data, topic);
        data.writeShort(packetId);
        data.writeByte(0);
        data.write(payload.getBytes(StandardCharsets.UTF_8));
        write(PUBLISH << 4 | qos << 1 | (isDuplicate ? 8 : 0), body);
    }

    /** Sends PUBACK, PUBREC, PUBREL or PUBCOMP. */
    void answer(final int type, final int packetId) throws IOException {
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        new DataOutputStream(body).writeShort(packetId);
        write(type << 4 | (type == PUBREL ? 2 : 0), body);
    }

    /** Asks for an answer and waits for it: what was sent before was read by then. */
    void ping() throws IOException {
        write(PINGREQ << 4, new ByteArrayOutputStream());
        read(PINGRESP);
    }

    /** What came and was not read yet. */
    int unreadBytes() throws IOException {
        return input.available();
    }

    /** The next packet of a type; others that come before are kept for later. */
    Packet read(final int type) throws IOException {
        for (final Packet packet : skipped) {
            if (packet.type() == type) {
                skipped.remove(packet);
                return packet;
            }
        }
        while (true) {
            final Packet packet = readPacket();
            if (packet.type() == type) {
                return packet;
            }
            skipped.add(packet);
        }
    }

    /** The next packet of any type. */
    Packet read() throws IOException {
        return skipped.isEmpty() ? readPacket() : skipped.remove();
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (final IOException ex) {
            throw new IllegalStateException("a socket did not close", ex);
        }
    }

    private boolean connect(final String clientId, final Will will, final String user, final String password)
            throws IOException {
        final ByteArrayOutputStream body = new ByteArrayOutputStream();
        final DataOutputStream data = new DataOutputStream(body);
        writeText(data, "MQTT");
        data.writeByte(5);
        // No clean start.
        data.writeByte((will == null ? 0 : WILL_QOS_1) | (user == null ? 0 : USER_AND_PASSWORD));
        data.writeShort(60);
        data.writeByte(5);
        data.writeByte(EXPIRY_PROPERTY);
        data.writeInt(EXPIRY_SECONDS);
        writeText(data, clientId);
        if (will != null) {
            data.writeByte(0);
            writeText(data, will.topic());
            writeText(data, will.payload());
        }
        if (user != null) {
            writeText(data, user);
            writeText(data, password);
        }
        write(CONNECT << 4, body);
        final Packet answer = readPacket();
        if (answer.type() != CONNACK || answer.reasonCode() != 0) {
            throw new IOException("the CONNECT was answered with " + answer);
        }
        return (answer.packetId() & 1) != 0;
    }

    private Packet readPacket() throws IOException {
        final int first = input.readUnsignedByte();
        int length = 0;
        int shift = 0;
        int next;
        do {
            next = input.readUnsignedByte();
            length |= (next & 0x7F) << shift;
            shift += 7;
        } while ((next & 0x80) != 0);
        final byte[] body = input.readNBytes(length);
        if (body.length < length) {
            throw new IOException("the connection ended within a packet");
        }
        return decode(first >> 4, first & 15, body);
    }

    private static Packet decode(final int type, final int flags, final byte[] body) {
        return switch (type) {
            // Flags and reason code.
            case CONNACK -> new Packet(type, flags, body[0], body[1] & 0xFF, "", "");
            case PUBLISH -> decodePublish(flags, body);
            case SUBACK -> new Packet(type, flags, number(body, 0), body[body.length - 1] & 0xFF, "", "");
            case PUBACK, PUBREC, PUBREL, PUBCOMP ->
                new Packet(type, flags, number(body, 0), body.length > 2 ? body[2] & 0xFF : 0, "", "");
            default -> new Packet(type, flags, 0, body.length > 0 ? body[0] & 0xFF : 0, "", "");
        };
    }

    private static Packet decodePublish(final int flags, final byte[] body) {
        final int topicLength = number(body, 0);
        final String topic = new String(body, 2, topicLength, StandardCharsets.UTF_8);
        int index = 2 + topicLength;
        int packetId = 0;
        if ((flags & 6) != 0) {
            packetId = number(body, index);
            index += 2;
        }
        // Properties of less than 128 bytes.
        index += 1 + body[index];
        return new Packet(
                PUBLISH,
                flags,
                packetId,
                0,
                topic,
                new String(body, index, body.length - index, StandardCharsets.UTF_8));
    }

    private static int number(final byte[] body, final int index) {
        return (body[index] & 0xFF) << 8 | (body[index + 1] & 0xFF);
    }

    private static void writeText(final DataOutputStream data, final String text) throws IOException {
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        data.writeShort(bytes.length);
        data.write(bytes);
    }

    private void write(final int first, final ByteArrayOutputStream body) throws IOException {
        if (body.size() > 127) {
            throw new IllegalArgumentException("only short packets are written here");
        }
        final ByteArrayOutputStream packet = new ByteArrayOutputStream();
        packet.write(first);
        packet.write(body.size());
        body.writeTo(packet);
        output.write(packet.toByteArray());
        output.flush();
    }
}
