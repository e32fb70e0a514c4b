package io.lockstep.cluster.node;

import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageRecordDecoder;
import io.lockstep.topic.TopicSlots;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/** A message's record as it stands in the journal: a flyweight. Steward thread only. */
final class MessageRecordView {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final byte[] EXPIRY_MS = ReservedHeaders.bytesOf(ReservedHeaders.EXPIRY_MS);
    private static final byte[] KEY = ReservedHeaders.bytesOf(ReservedHeaders.KEY);

    private final MessageHeaders.EntryConsumer headerReader = this::onHeader;
    private DirectBuffer buffer;
    private int bodyOffset;
    private int nameOffset;
    private int nameLength;
    private int headersOffset;
    private int headersLength;
    private int payloadOffset;
    private int payloadLength;
    private long expiryMs;
    private boolean hasKey;
    private int keyHash;

    MessageRecordView wrap(final DirectBuffer newBuffer, final int offset) {
        buffer = newBuffer;
        bodyOffset = offset + MessageHeaderDecoder.ENCODED_LENGTH;
        final int nameHeader = bodyOffset + (newBuffer.getShort(offset, ORDER) & 0xFFFF);
        nameLength = newBuffer.getShort(nameHeader, ORDER) & 0xFFFF;
        nameOffset = nameHeader + Short.BYTES;
        headersLength = newBuffer.getInt(nameOffset + nameLength, ORDER);
        headersOffset = nameOffset + nameLength + Integer.BYTES;
        payloadLength = newBuffer.getInt(headersOffset + headersLength, ORDER);
        payloadOffset = headersOffset + headersLength + Integer.BYTES;
        return this;
    }

    /** Reads expiry and key. */
    void readHeaders() {
        expiryMs = ReservedHeaders.NO_NUMBER;
        hasKey = false;
        keyHash = 0;
        if (headersLength > 0) {
            MessageHeaders.forEach(buffer, headersOffset, headersLength, headerReader);
        }
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int topicId() {
        return buffer.getInt(bodyOffset + MessageRecordDecoder.topicIdEncodingOffset(), ORDER);
    }

    int nameOffset() {
        return nameOffset;
    }

    int nameLength() {
        return nameLength;
    }

    int headersOffset() {
        return headersOffset;
    }

    int headersLength() {
        return headersLength;
    }

    int payloadOffset() {
        return payloadOffset;
    }

    int payloadLength() {
        return payloadLength;
    }

    long expiryMs() {
        return expiryMs;
    }

    boolean hasKey() {
        return hasKey;
    }

    int keyHash() {
        return keyHash;
    }

    private void onHeader(
            final DirectBuffer block,
            final int keyOffset,
            final int keyLength,
            final int valueOffset,
            final int valueLength) {
        if (ReservedHeaders.isKey(EXPIRY_MS, block, keyOffset, keyLength)) {
            expiryMs = ReservedHeaders.parseNumber(block, valueOffset, valueLength);
        } else if (ReservedHeaders.isKey(KEY, block, keyOffset, keyLength)) {
            hasKey = true;
            keyHash = TopicSlots.hash(block, valueOffset, valueLength);
        }
    }
}
