package io.lockstep.cluster.core;

import io.lockstep.access.rules.SessionPrincipal;
import io.lockstep.topic.TopicSlots;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/** What the reserved headers of a message ask of the engine. Reused; allocates nothing. */
final class MessageTraits {
    /** A number that no header gave. */
    static final long NONE = -1;

    private static final byte[] EXPIRY_MS = ReservedHeaders.bytesOf(ReservedHeaders.EXPIRY_MS);
    private static final byte[] DELAY_MS = ReservedHeaders.bytesOf(ReservedHeaders.DELAY_MS);
    private static final byte[] DELIVER_AT_MS = ReservedHeaders.bytesOf(ReservedHeaders.DELIVER_AT_MS);
    private static final byte[] RETAIN = ReservedHeaders.bytesOf(ReservedHeaders.RETAIN);
    private static final byte[] KEY = ReservedHeaders.bytesOf(ReservedHeaders.KEY);
    private static final byte[] PACKET = ReservedHeaders.bytesOf(ReservedHeaders.PACKET);
    private static final byte[] FENCE = ReservedHeaders.bytesOf(ReservedHeaders.FENCE);
    private static final byte[] PRINCIPAL = ReservedHeaders.bytesOf(ReservedHeaders.PRINCIPAL);
    // What clients and gateways write for each other; the engine passes them on.
    private static final byte[][] PASSED_ON = {
        ReservedHeaders.bytesOf(ReservedHeaders.RESPONSE_TOPIC),
        ReservedHeaders.bytesOf(ReservedHeaders.CORRELATION_DATA),
        ReservedHeaders.bytesOf(ReservedHeaders.CONTENT_TYPE),
        ReservedHeaders.bytesOf(ReservedHeaders.PAYLOAD_FORMAT),
        ReservedHeaders.bytesOf(ReservedHeaders.QOS),
        ReservedHeaders.bytesOf(ReservedHeaders.FROM)
    };
    private static final int KEY_LENGTH_BYTES = Short.BYTES;
    private static final int VALUE_LENGTH_BYTES = Integer.BYTES;
    private static final int MAX_KEY_LENGTH = 0xFFFF;

    private boolean isRetained;
    private long expiryMs;
    private long delayMs;
    private long deliverAtMs;
    private long fence;
    private long packetSessionId;
    private long packetEpoch;
    private int packetId;
    private boolean isOfEngine;
    private int delayEntryOffset;
    private int delayEntryLength;
    private int keyOffset;
    private int keyLength;
    private int keyHash;
    private int principalOffset;
    private int principalLength;

    /** Forgets all, as for a message without headers. */
    void clear() {
        isRetained = false;
        expiryMs = NONE;
        delayMs = NONE;
        deliverAtMs = NONE;
        fence = NONE;
        packetSessionId = NONE;
        packetEpoch = NONE;
        packetId = 0;
        isOfEngine = false;
        delayEntryOffset = 0;
        delayEntryLength = 0;
        keyOffset = 0;
        keyLength = (int) NONE;
        keyHash = 0;
        principalOffset = 0;
        principalLength = (int) NONE;
    }

    /**
     * Reads a block that is well formed.
     *
     * @return false where it holds a reserved header that no client may write, one twice, or one with a value that it
     *     cannot have.
     */
    boolean read(final DirectBuffer buffer, final int offset, final int length) {
        clear();
        return readEntries(buffer, offset, length);
    }

    /**
     * Reads a block that the engine put together from one that it had accepted: it may hold what no client may write.
     *
     * @return false where it holds a reserved header twice, or one with a value that it cannot have.
     */
    boolean readOfEngine(final DirectBuffer buffer, final int offset, final int length) {
        clear();
        isOfEngine = true;
        return readEntries(buffer, offset, length);
    }

    private boolean readEntries(final DirectBuffer buffer, final int offset, final int length) {
        final int end = offset + length;
        int index = offset;
        while (index < end) {
            final int headerKeyLength = buffer.getShort(index, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
            final int headerKeyOffset = index + KEY_LENGTH_BYTES;
            final int valueLength = buffer.getInt(headerKeyOffset + headerKeyLength, ByteOrder.LITTLE_ENDIAN);
            final int valueOffset = headerKeyOffset + headerKeyLength + VALUE_LENGTH_BYTES;
            if (ReservedHeaders.isReserved(buffer, headerKeyOffset, headerKeyLength)
                    && !readReserved(buffer, headerKeyOffset, headerKeyLength, valueOffset, valueLength)) {
                return false;
            }
            index = valueOffset + valueLength;
        }
        return delayMs == NONE || deliverAtMs == NONE;
    }

    /** Whether the message becomes the last value of its topic. */
    boolean isRetained() {
        return isRetained;
    }

    /** How long the message is of use, or {@link #NONE}. */
    long expiryMs() {
        return expiryMs;
    }

    /** How long to hold the message back, or {@link #NONE}. */
    long delayMs() {
        return delayMs;
    }

    /** Until when to hold the message back, or {@link #NONE}. */
    long deliverAtMs() {
        return deliverAtMs;
    }

    /** Whether the message is held back. */
    boolean isDelayed() {
        return delayMs != NONE || deliverAtMs != NONE;
    }

    /** First byte of the entry of the header that holds the message back; where there is one. */
    int delayEntryOffset() {
        return delayEntryOffset;
    }

    /** Length of that entry in bytes, 0 where there is none. */
    int delayEntryLength() {
        return delayEntryLength;
    }

    /** The fencing token, or {@link #NONE}. */
    long fence() {
        return fence;
    }

    /** Whether the message is one of a client session, with QoS 2. */
    boolean hasPacket() {
        return packetId != 0;
    }

    /** The client session; where there is one. */
    long packetSessionId() {
        return packetSessionId;
    }

    /** Under which epoch the session was had. */
    long packetEpoch() {
        return packetEpoch;
    }

    /** The packet id, from 1 to 65,535; 0 where there is none. */
    int packetId() {
        return packetId;
    }

    boolean hasKey() {
        return keyLength != NONE;
    }

    int keyOffset() {
        return keyOffset;
    }

    int keyLength() {
        return keyLength;
    }

    /** Hash of the key by {@link TopicSlots#hash}, 0 where there is none. */
    int keyHash() {
        return keyHash;
    }

    /** Whether the message was published on behalf of somebody. */
    boolean hasPrincipal() {
        return principalLength != NONE;
    }

    int principalOffset() {
        return principalOffset;
    }

    int principalLength() {
        return principalLength;
    }

    private boolean readReserved(
            final DirectBuffer buffer, final int name, final int nameLength, final int value, final int valueLength) {
        if (ReservedHeaders.isKey(KEY, buffer, name, nameLength)) {
            return readKey(buffer, value, valueLength);
        }
        if (ReservedHeaders.isKey(RETAIN, buffer, name, nameLength)) {
            final boolean isFirst = !isRetained;
            isRetained = valueLength == 1 && buffer.getByte(value) == '1';
            return isFirst && isRetained;
        }
        if (ReservedHeaders.isKey(EXPIRY_MS, buffer, name, nameLength)) {
            final boolean isFirst = expiryMs == NONE;
            expiryMs = ReservedHeaders.parseNumber(buffer, value, valueLength);
            return isFirst && expiryMs != NONE;
        }
        if (ReservedHeaders.isKey(DELAY_MS, buffer, name, nameLength)) {
            final boolean isFirst = delayMs == NONE;
            delayMs = ReservedHeaders.parseNumber(buffer, value, valueLength);
            noteDelayEntry(name, value, valueLength);
            return isFirst && delayMs != NONE;
        }
        if (ReservedHeaders.isKey(DELIVER_AT_MS, buffer, name, nameLength)) {
            final boolean isFirst = deliverAtMs == NONE;
            deliverAtMs = ReservedHeaders.parseNumber(buffer, value, valueLength);
            noteDelayEntry(name, value, valueLength);
            return isFirst && deliverAtMs != NONE;
        }
        if (ReservedHeaders.isKey(FENCE, buffer, name, nameLength)) {
            final boolean isFirst = fence == NONE;
            fence = ReservedHeaders.parseNumber(buffer, value, valueLength);
            return isFirst && fence != NONE;
        }
        if (ReservedHeaders.isKey(PACKET, buffer, name, nameLength)) {
            return readPacket(buffer, value, valueLength);
        }
        if (ReservedHeaders.isKey(PRINCIPAL, buffer, name, nameLength)) {
            final boolean isFirst = !hasPrincipal();
            principalOffset = value;
            principalLength = valueLength;
            return isFirst && valueLength <= SessionPrincipal.MAX_LENGTH;
        }
        return isOfEngine || isPassedOn(buffer, name, nameLength);
    }

    private void noteDelayEntry(final int name, final int value, final int valueLength) {
        delayEntryOffset = name - KEY_LENGTH_BYTES;
        delayEntryLength = value + valueLength - delayEntryOffset;
    }

    private boolean readPacket(final DirectBuffer buffer, final int value, final int valueLength) {
        if (hasPacket() || valueLength != ReservedHeaders.PACKET_LENGTH) {
            return false;
        }
        packetSessionId = buffer.getLong(value, ByteOrder.LITTLE_ENDIAN);
        packetEpoch = buffer.getLong(value + Long.BYTES, ByteOrder.LITTLE_ENDIAN);
        packetId = buffer.getShort(value + 2 * Long.BYTES, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
        return hasPacket();
    }

    private boolean readKey(final DirectBuffer buffer, final int value, final int valueLength) {
        if (hasKey() || valueLength > MAX_KEY_LENGTH) {
            return false;
        }
        keyOffset = value;
        keyLength = valueLength;
        keyHash = TopicSlots.hash(buffer, value, valueLength);
        return true;
    }

    private static boolean isPassedOn(final DirectBuffer buffer, final int name, final int nameLength) {
        for (final byte[] key : PASSED_ON) {
            if (ReservedHeaders.isKey(key, buffer, name, nameLength)) {
                return true;
            }
        }
        return false;
    }
}
