package io.lockstep.gateway.mqtt;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.nio.charset.StandardCharsets;

/**
 * Reads the data types of MQTT (MQTT 5.0, section 1.5) from a part of a buffer, whose own indexes stay as they are. What
 * reaches over the end or is not well formed throws a {@link BadPacketException}. One thread.
 */
final class WireReader {
    private static final int MAX_VARIABLE_BYTES = 4;

    private final ByteBuf buffer;
    private final int end;
    private int index;

    WireReader(final ByteBuf buffer, final int start, final int end) {
        this.buffer = buffer;
        this.index = start;
        this.end = end;
    }

    boolean hasMore() {
        return index < end;
    }

    int remaining() {
        return end - index;
    }

    int readByte() {
        return buffer.getUnsignedByte(advance(1));
    }

    int readShort() {
        return buffer.getUnsignedShort(advance(2));
    }

    long readInt() {
        return buffer.getUnsignedInt(advance(4));
    }

    /** A variable byte integer; one that takes more bytes than it needs is malformed. */
    int readVariable() {
        int value = 0;
        for (int i = 0; i < MAX_VARIABLE_BYTES; i++) {
            final int digit = readByte();
            value |= (digit & 0x7F) << (7 * i);
            if ((digit & 0x80) == 0) {
                if (digit == 0 && i > 0) {
                    throw BadPacketException.malformed("a variable byte integer is longer than it need be");
                }
                return value;
            }
        }
        throw BadPacketException.malformed("a variable byte integer has more than four bytes");
    }

    void skipBinary() {
        advance(readShort());
    }

    /** A string that is well formed and holds no U+0000. */
    String readText() {
        final int length = readShort();
        final int start = advance(length);
        if (!ByteBufUtil.isText(buffer, start, length, StandardCharsets.UTF_8)) {
            throw BadPacketException.malformed("a string is no well-formed UTF-8");
        }
        if (buffer.indexOf(start, start + length, (byte) 0) >= 0) {
            throw BadPacketException.malformed("a string holds U+0000");
        }
        return buffer.toString(start, length, StandardCharsets.UTF_8);
    }

    /** A part of this one, over which this one moves. */
    WireReader readPart(final int length) {
        final int start = advance(length);
        return new WireReader(buffer, start, start + length);
    }

    void expectEnd() {
        if (hasMore()) {
            throw BadPacketException.malformed("the packet has bytes behind its end");
        }
    }

    private int advance(final int length) {
        if (length > end - index) {
            throw BadPacketException.malformed("the packet ends too early");
        }
        final int start = index;
        index += length;
        return start;
    }
}
