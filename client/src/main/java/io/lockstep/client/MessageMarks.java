package io.lockstep.client;

import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/** Where the reserved headers of a message are, found in one walk over its header block. Reused; allocates nothing. */
final class MessageMarks {
    /** A header that is not there. */
    static final int NONE = -1;

    private final byte[] expiryKey = ReservedHeaders.bytesOf(ReservedHeaders.EXPIRY_MS);
    private final byte[] dueKey = ReservedHeaders.bytesOf(ReservedHeaders.DUE_MS);
    private final byte[] keyKey = ReservedHeaders.bytesOf(ReservedHeaders.KEY);
    private final byte[] responseTopicKey = ReservedHeaders.bytesOf(ReservedHeaders.RESPONSE_TOPIC);
    private final byte[] correlationKey = ReservedHeaders.bytesOf(ReservedHeaders.CORRELATION_DATA);

    private long expiryMs;
    private long dueMs;
    private int keyOffset;
    private int keyLength;
    private int responseTopicOffset;
    private int responseTopicLength;
    private int correlationOffset;
    private int correlationLength;

    /** Reads a header block that is well formed. */
    void read(final DirectBuffer buffer, final int offset, final int length) {
        expiryMs = NONE;
        dueMs = NONE;
        keyLength = NONE;
        responseTopicLength = NONE;
        correlationLength = NONE;
        final int end = offset + length;
        int index = offset;
        while (index < end) {
            final int nameLength = buffer.getShort(index, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
            final int nameOffset = index + Short.BYTES;
            final int valueLength = buffer.getInt(nameOffset + nameLength, ByteOrder.LITTLE_ENDIAN);
            final int valueOffset = nameOffset + nameLength + Integer.BYTES;
            if (ReservedHeaders.isReserved(buffer, nameOffset, nameLength)) {
                readReserved(buffer, nameOffset, nameLength, valueOffset, valueLength);
            }
            index = valueOffset + valueLength;
        }
    }

    long expiryMs() {
        return expiryMs;
    }

    long dueMs() {
        return dueMs;
    }

    int keyOffset() {
        return keyOffset;
    }

    int keyLength() {
        return keyLength;
    }

    int responseTopicOffset() {
        return responseTopicOffset;
    }

    int responseTopicLength() {
        return responseTopicLength;
    }

    int correlationOffset() {
        return correlationOffset;
    }

    int correlationLength() {
        return correlationLength;
    }

    private void readReserved(
            final DirectBuffer buffer, final int name, final int nameLength, final int value, final int valueLength) {
        if (ReservedHeaders.isKey(expiryKey, buffer, name, nameLength)) {
            expiryMs = ReservedHeaders.parseNumber(buffer, value, valueLength);
        } else if (ReservedHeaders.isKey(dueKey, buffer, name, nameLength)) {
            dueMs = ReservedHeaders.parseNumber(buffer, value, valueLength);
        } else if (ReservedHeaders.isKey(keyKey, buffer, name, nameLength)) {
            keyOffset = value;
            keyLength = valueLength;
        } else if (ReservedHeaders.isKey(responseTopicKey, buffer, name, nameLength)) {
            responseTopicOffset = value;
            responseTopicLength = valueLength;
        } else if (ReservedHeaders.isKey(correlationKey, buffer, name, nameLength)) {
            correlationOffset = value;
            correlationLength = valueLength;
        }
    }
}
