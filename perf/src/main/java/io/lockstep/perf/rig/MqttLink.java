package io.lockstep.perf.rig;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.LockSupport;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * One MQTT 5.0 connection of a load: it never waits once it is connected, and knows of the protocol what a load with QoS 1
 * needs. Section numbers are those of the specification. One thread.
 */
final class MqttLink implements AutoCloseable {
    /** Is told what came in. */
    interface Listener {
        /** A message; it is acknowledged by the link. The buffer is valid during the call. */
        void onPublish(DirectBuffer buffer, int offset, int length);

        /** What became of a message of ours; codes from 0x80 are refusals. */
        void onPubAck(int packetId, int reasonCode);
    }

    private static final int CONNACK = 2;
    private static final int PUBLISH = 3;
    private static final int PUBACK = 4;
    private static final int SUBACK = 9;
    private static final int DISCONNECT = 14;
    private static final int FIRST_ERROR = 0x80;
    private static final int RECEIVE_MAXIMUM = 0x21;
    private static final int DEFAULT_RECEIVE_MAXIMUM = 65_535;
    private static final int BUFFER_LENGTH = 1 << 20;
    private static final int PUBACK_LENGTH = 4;
    private static final int SUBSCRIBE_ID = 1;
    private static final long PARK_NS = 100_000;

    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private final ByteBuffer out = ByteBuffer.allocateDirect(BUFFER_LENGTH);
    private final UnsafeBuffer inView = new UnsafeBuffer(in);
    private Listener listener;
    private int receiveMaximum = DEFAULT_RECEIVE_MAXIMUM;
    private boolean isAnswered;
    private String fault;

    private MqttLink(final SocketChannel channel) {
        this.channel = channel;
    }

    /**
     * Connects with a clean start.
     *
     * @param address   of the broker.
     * @param clientId  of the client.
     * @param listener  of the link.
     * @param timeoutNs greatest time to wait for the answer.
     * @return the link.
     * @throws UncheckedIOException where nobody listens, or the client is refused.
     */
    static MqttLink connect(
            final InetSocketAddress address, final String clientId, final Listener listener, final long timeoutNs) {
        SocketChannel channel = null;
        try {
            channel = SocketChannel.open(address);
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.configureBlocking(false);
            final MqttLink link = new MqttLink(channel);
            link.listener = listener;
            link.putConnect(clientId);
            link.awaitAnswer("CONNACK", timeoutNs);
            return link;
        } catch (final IOException ex) {
            CloseHelper.quietClose(channel);
            throw new UncheckedIOException("cannot connect to " + address + ": " + ex.getMessage(), ex);
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(channel);
            throw ex;
        }
    }

    /** Subscribes with QoS 1 and waits for the answer. */
    void subscribe(final String filter, final long timeoutNs) {
        final byte[] name = filter.getBytes(StandardCharsets.UTF_8);
        // Section 3.8: packet id, no properties, filter, options.
        out.put((byte) 0x82);
        putLength(Short.BYTES + 1 + Short.BYTES + name.length + 1);
        out.putShort((short) SUBSCRIBE_ID).put((byte) 0);
        out.putShort((short) name.length).put(name).put((byte) 1);
        awaitAnswer("SUBACK", timeoutNs);
    }

    /** Number of messages that may be unanswered, as the broker said. */
    int receiveMaximum() {
        return receiveMaximum;
    }

    /** Why the connection is of no use any more, or null. */
    String fault() {
        return fault;
    }

    /**
     * Puts a message with QoS 1 to what the next {@link #poll} sends.
     *
     * @return false where there is no room: poll, and put it again.
     */
    boolean publish(
            final byte[] topic, final int packetId, final DirectBuffer buffer, final int offset, final int length) {
        final int remaining = Short.BYTES + topic.length + Short.BYTES + 1 + length;
        // Room for acknowledgements is left, so that what comes in can always be answered.
        if (out.remaining() < 1 + Integer.BYTES + remaining + BUFFER_LENGTH / 4) {
            return false;
        }
        out.put((byte) 0x32);
        putLength(remaining);
        out.putShort((short) topic.length).put(topic);
        out.putShort((short) packetId).put((byte) 0);
        buffer.getBytes(offset, out, length);
        return true;
    }

    /**
     * Sends what was put and takes in what has come.
     *
     * @return a measure of the work that was done.
     */
    int poll() {
        if (fault != null) {
            return 0;
        }
        try {
            return receive() + send();
        } catch (final IOException ex) {
            fault = "the connection broke: " + ex.getMessage();
            return 0;
        }
    }

    /** Ends the connection without a word. */
    @Override
    public void close() {
        CloseHelper.quietClose(channel);
    }

    private int send() throws IOException {
        if (out.position() == 0) {
            return 0;
        }
        out.flip();
        final int count = channel.write(out);
        out.compact();
        return count;
    }

    private int receive() throws IOException {
        if (out.remaining() < BUFFER_LENGTH / 4) {
            // The broker reads nothing: neither do we.
            return 0;
        }
        if (channel.read(in) < 0) {
            throw new EOFException("the broker closed it");
        }
        in.flip();
        int count = 0;
        int next = packetEnd(in.position());
        while (next >= 0 && out.remaining() > PUBACK_LENGTH) {
            onPacket(in.position(), next);
            in.position(next);
            next = packetEnd(in.position());
            count++;
        }
        in.compact();
        return count;
    }

    // Section 2.1.4: seven bits in each byte, the lowest first. -1 where the packet is not whole.
    private int packetEnd(final int start) {
        int length = 0;
        for (int i = 0; i < Integer.BYTES; i++) {
            final int at = start + 1 + i;
            if (at >= in.limit()) {
                return -1;
            }
            final int bits = in.get(at);
            length |= (bits & 0x7F) << (7 * i);
            if (bits >= 0) {
                final long end = (long) at + 1 + length;
                if (end - start > BUFFER_LENGTH) {
                    throw new IllegalStateException("the broker sent a packet of " + length + " bytes");
                }
                return end <= in.limit() ? (int) end : -1;
            }
        }
        throw new IllegalStateException("the broker sent a packet with a length of more than four bytes");
    }

    private void onPacket(final int start, final int end) {
        int at = start + 1;
        while (in.get(at) < 0) {
            at++;
        }
        at++;
        final int type = (in.get(start) & 0xFF) >> 4;
        switch (type) {
            case PUBLISH -> onPublish(start, at, end);
            case PUBACK -> listener.onPubAck(in.getShort(at) & 0xFFFF, end - at > 2 ? in.get(at + 2) & 0xFF : 0);
            case CONNACK -> onConnAck(at, end);
            case SUBACK -> onSubAck(end);
            case DISCONNECT ->
                fault = "the broker ended the connection with reason code 0x"
                        + Integer.toHexString(end > at ? in.get(at) & 0xFF : 0);
            default -> fault = "the broker sent a packet of type " + type;
        }
    }

    private void onPublish(final int start, final int first, final int end) {
        int at = first + Short.BYTES + (in.getShort(first) & 0xFFFF);
        final int qos = (in.get(start) >> 1) & 3;
        if (qos > 0) {
            out.put((byte) 0x40).put((byte) 2).putShort(in.getShort(at));
            at += Short.BYTES;
        }
        final int propertiesLength = length(at);
        at += lengthOfLength(at) + propertiesLength;
        listener.onPublish(inView, at, end - at);
    }

    private void onConnAck(final int first, final int end) {
        final int reasonCode = in.get(first + 1) & 0xFF;
        if (reasonCode >= FIRST_ERROR) {
            fault = "the broker refused the connection with reason code 0x" + Integer.toHexString(reasonCode);
            return;
        }
        int at = first + 2;
        at += lengthOfLength(at);
        while (at < end) {
            final int property = in.get(at);
            if (property == RECEIVE_MAXIMUM) {
                receiveMaximum = in.getShort(at + 1) & 0xFFFF;
            }
            at += 1 + propertyLength(property, at + 1);
        }
        isAnswered = true;
    }

    // Section 3.2.2.3: those that a CONNACK may have.
    private int propertyLength(final int property, final int at) {
        return switch (property) {
            case 0x11, 0x27 -> Integer.BYTES;
            case 0x13, 0x21, 0x22 -> Short.BYTES;
            case 0x24, 0x25, 0x28, 0x29, 0x2A -> Byte.BYTES;
            case 0x26 -> pairLength(at);
            default -> Short.BYTES + (in.getShort(at) & 0xFFFF);
        };
    }

    private int pairLength(final int at) {
        final int nameLength = Short.BYTES + (in.getShort(at) & 0xFFFF);
        return nameLength + Short.BYTES + (in.getShort(at + nameLength) & 0xFFFF);
    }

    private void onSubAck(final int end) {
        final int reasonCode = in.get(end - 1) & 0xFF;
        if (reasonCode != 1) {
            fault = "the broker answered the subscription with reason code 0x" + Integer.toHexString(reasonCode);
        }
        isAnswered = true;
    }

    private int length(final int at) {
        int length = 0;
        for (int i = 0; i < lengthOfLength(at); i++) {
            length |= (in.get(at + i) & 0x7F) << (7 * i);
        }
        return length;
    }

    private int lengthOfLength(final int at) {
        int count = 1;
        while (in.get(at + count - 1) < 0) {
            count++;
        }
        return count;
    }

    // Section 3.1: protocol MQTT 5, clean start, no keep alive, no properties.
    private void putConnect(final String clientId) {
        final byte[] id = clientId.getBytes(StandardCharsets.UTF_8);
        final byte[] head = {0, 4, 'M', 'Q', 'T', 'T', 5, 2, 0, 0, 0};
        out.put((byte) 0x10);
        putLength(head.length + Short.BYTES + id.length);
        out.put(head).putShort((short) id.length).put(id);
    }

    private void putLength(final int length) {
        int rest = length;
        while (rest > 0x7F) {
            out.put((byte) ((rest & 0x7F) | 0x80));
            rest >>>= 7;
        }
        out.put((byte) rest);
    }

    private void awaitAnswer(final String what, final long timeoutNs) {
        final long beganNs = System.nanoTime();
        isAnswered = false;
        while (!isAnswered && fault == null) {
            if (poll() == 0) {
                LockSupport.parkNanos(PARK_NS);
            }
            if (System.nanoTime() - beganNs > timeoutNs) {
                throw new IllegalStateException("the broker did not send a " + what + " in time");
            }
        }
        if (fault != null) {
            throw new IllegalStateException(fault);
        }
    }
}
