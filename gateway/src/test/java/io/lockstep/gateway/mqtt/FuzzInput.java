package io.lockstep.gateway.mqtt;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** Makes inputs out of captured ones by a random source, which alone decides. No state. */
final class FuzzInput {
    private static final String UPGRADE = String.join(
            "\r\n",
            "GET /mqtt HTTP/1.1",
            "Host: localhost",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
            "Sec-WebSocket-Protocol: mqtt",
            "Sec-WebSocket-Version: 13",
            "",
            "");
    private static final int BINARY = 2;
    private static final int PING = 9;

    private FuzzInput() {}

    /** A packet with up to three changes. */
    static byte[] mutated(final byte[] capture, final Random random) {
        byte[] bytes = capture.clone();
        for (int i = random.nextInt(4); i > 0; i--) {
            final int index = random.nextInt(bytes.length);
            switch (random.nextInt(6)) {
                case 0 -> bytes[index] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[index] = (byte) random.nextInt(256);
                case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, index));
                case 3 -> bytes = concat(bytes, randomBytes(random, 1 + random.nextInt(4)));
                case 4 -> {
                    // One byte more or less in the body, and a length that agrees.
                    final boolean isMore = random.nextBoolean() || bytes.length < 4;
                    final int at = Math.min(bytes.length - 1, 2 + random.nextInt(bytes.length));
                    final byte[] tail = Arrays.copyOfRange(bytes, isMore ? at : at + 1, bytes.length);
                    final byte[] head = Arrays.copyOf(bytes, isMore ? at + 1 : at);
                    bytes = concat(head, tail);
                    if (bytes.length > 1 && bytes.length < 130) {
                        bytes[1] = (byte) (bytes.length - 2);
                    }
                }
                default -> {
                    if (bytes.length > 1) {
                        bytes[1] = (byte) random.nextInt(256);
                    }
                }
            }
        }
        return bytes;
    }

    /** A conversation in which packets were changed, lost, repeated, exchanged, or came from another one. */
    static byte[] spoiled(final List<List<byte[]>> conversations, final Random random) {
        final List<byte[]> packets = new ArrayList<>(conversations.get(random.nextInt(conversations.size())));
        for (int i = random.nextInt(4); i > 0; i--) {
            // The CONNECT is spared mostly: behind a bad one nothing is looked at.
            final int first = random.nextInt(6) == 0 || packets.size() < 2 ? 0 : 1;
            final int index = first + random.nextInt(packets.size() - first);
            switch (random.nextInt(7)) {
                case 0 -> packets.remove(index);
                case 1 -> packets.add(index, packets.get(random.nextInt(packets.size())));
                case 2 -> packets.set(index, randomBytes(random, 1 + random.nextInt(40)));
                case 3 -> {
                    final List<byte[]> other = conversations.get(random.nextInt(conversations.size()));
                    packets.add(index, other.get(random.nextInt(other.size())));
                }
                default -> packets.set(index, mutated(packets.get(index), random));
            }
            if (packets.isEmpty()) {
                packets.add(randomBytes(random, 1 + random.nextInt(40)));
            }
        }
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        packets.forEach(bytes::writeBytes);
        // One of eight ends in the middle.
        return random.nextInt(8) == 0
                ? Arrays.copyOf(bytes.toByteArray(), 1 + random.nextInt(bytes.size()))
                : bytes.toByteArray();
    }

    /** The same bytes behind an upgrade, in frames whose borders mean nothing; some upgrades and frames are spoiled. */
    static byte[] inWebSocket(final byte[] mqtt, final Random random) {
        final byte[] upgrade = UPGRADE.getBytes(StandardCharsets.US_ASCII);
        final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(random.nextInt(12) == 0 ? mutated(upgrade, random) : upgrade);
        boolean isFirst = true;
        for (int index = 0; index < mqtt.length; ) {
            final int end = index + 1 + random.nextInt(Math.min(400, mqtt.length - index));
            final boolean isLast = end == mqtt.length || random.nextInt(3) > 0;
            final byte[] frame = frame(isFirst ? BINARY : 0, isLast, Arrays.copyOfRange(mqtt, index, end), random);
            bytes.writeBytes(random.nextInt(40) == 0 ? mutated(frame, random) : frame);
            if (random.nextInt(10) == 0) {
                bytes.writeBytes(frame(PING, true, randomBytes(random, random.nextInt(8)), random));
            } else if (random.nextInt(40) == 0) {
                bytes.writeBytes(frame(random.nextInt(16), random.nextBoolean(), randomBytes(random, 3), random));
            }
            isFirst = isLast;
            index = end;
        }
        return bytes.toByteArray();
    }

    static byte[] randomBytes(final Random random, final int length) {
        final byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    static byte[] concat(final byte[] first, final byte[] second) {
        final byte[] bytes = Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, bytes, first.length, second.length);
        return bytes;
    }

    /** A frame from a client, which is masked. */
    private static byte[] frame(final int opcode, final boolean isLast, final byte[] content, final Random random) {
        final ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.write((isLast ? 0x80 : 0) | opcode);
        if (content.length < 126) {
            frame.write(0x80 | content.length);
        } else {
            frame.write(0x80 | 126);
            frame.write(content.length >> 8);
            frame.write(content.length);
        }
        final byte[] mask = randomBytes(random, 4);
        frame.writeBytes(mask);
        for (int i = 0; i < content.length; i++) {
            frame.write(content[i] ^ mask[i % 4]);
        }
        return frame.toByteArray();
    }
}
