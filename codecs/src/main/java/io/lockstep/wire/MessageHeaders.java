package io.lockstep.wire;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.MutableDirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The header block of a message: an ordered list of entries, each a key length (uint16), the key in UTF-8, a value
 * length (uint32) and the value, all little endian. Keys may repeat. A block without entries is empty.
 */
public final class MessageHeaders {
    /** Returned by {@link #countEntries} where the bytes do not form a header block. */
    public static final int MALFORMED = -1;

    private static final int KEY_LENGTH_BYTES = Short.BYTES;
    private static final int VALUE_LENGTH_BYTES = Integer.BYTES;

    /** Takes the entries of a block. */
    @FunctionalInterface
    public interface EntryConsumer {
        /**
         * One entry.
         *
         * @param buffer      that holds the block.
         * @param keyOffset   first byte of the key.
         * @param keyLength   in bytes.
         * @param valueOffset first byte of the value.
         * @param valueLength in bytes.
         */
        void onEntry(DirectBuffer buffer, int keyOffset, int keyLength, int valueOffset, int valueLength);
    }

    private MessageHeaders() {}

    /**
     * Walks a block without allocating.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return the number of entries, or {@link #MALFORMED}. An empty key is malformed.
     */
    public static int countEntries(final DirectBuffer buffer, final int offset, final int length) {
        final int end = offset + length;
        int index = offset;
        int entries = 0;
        while (index < end) {
            if (end - index < KEY_LENGTH_BYTES) {
                return MALFORMED;
            }
            final int keyLength = buffer.getShort(index, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
            index += KEY_LENGTH_BYTES;
            if (keyLength == 0 || end - index < keyLength + VALUE_LENGTH_BYTES) {
                return MALFORMED;
            }
            index += keyLength;
            final int valueLength = buffer.getInt(index, ByteOrder.LITTLE_ENDIAN);
            index += VALUE_LENGTH_BYTES;
            if (valueLength < 0 || end - index < valueLength) {
                return MALFORMED;
            }
            index += valueLength;
            entries++;
        }
        return entries;
    }

    /**
     * Encodes text headers in the order of the map.
     *
     * @param headers keys and values.
     * @return the block, empty for an empty map.
     */
    public static byte[] encode(final Map<String, String> headers) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        int index = 0;
        for (final Map.Entry<String, String> entry : headers.entrySet()) {
            final byte[] key = entry.getKey().getBytes(StandardCharsets.UTF_8);
            final byte[] value = entry.getValue().getBytes(StandardCharsets.UTF_8);
            index = putEntry(buffer, index, key, value);
        }
        final byte[] block = new byte[index];
        buffer.getBytes(0, block);
        return block;
    }

    /**
     * Writes one entry, for a block whose keys repeat or whose values are no text.
     *
     * @param buffer to write to.
     * @param index  of the entry's first byte.
     * @param key    in UTF-8, 1 to 65,535 bytes.
     * @param value  any bytes.
     * @return the index behind the entry.
     */
    public static int putEntry(
            final MutableDirectBuffer buffer, final int index, final byte[] key, final byte[] value) {
        if (key.length == 0 || key.length > 0xFFFF) {
            throw new IllegalArgumentException(
                    "a header key takes 1 to 65535 bytes of UTF-8, but one has " + key.length);
        }
        int next = index;
        buffer.putShort(next, (short) key.length, ByteOrder.LITTLE_ENDIAN);
        next += KEY_LENGTH_BYTES;
        buffer.putBytes(next, key);
        next += key.length;
        buffer.putInt(next, value.length, ByteOrder.LITTLE_ENDIAN);
        next += VALUE_LENGTH_BYTES;
        buffer.putBytes(next, value);
        return next + value.length;
    }

    /**
     * Walks the entries of a block in their order, repeated keys and all.
     *
     * @param buffer   that holds it.
     * @param offset   of its first byte.
     * @param length   in bytes.
     * @param consumer takes the entries.
     * @throws IllegalArgumentException where the bytes do not form a header block.
     */
    public static void forEach(
            final DirectBuffer buffer, final int offset, final int length, final EntryConsumer consumer) {
        final int entries = countEntries(buffer, offset, length);
        if (entries == MALFORMED) {
            throw new IllegalArgumentException("not a header block: " + length + " bytes at offset " + offset);
        }
        int index = offset;
        for (int i = 0; i < entries; i++) {
            final int keyLength = buffer.getShort(index, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
            final int keyOffset = index + KEY_LENGTH_BYTES;
            final int valueLength = buffer.getInt(keyOffset + keyLength, ByteOrder.LITTLE_ENDIAN);
            final int valueOffset = keyOffset + keyLength + VALUE_LENGTH_BYTES;
            consumer.onEntry(buffer, keyOffset, keyLength, valueOffset, valueLength);
            index = valueOffset + valueLength;
        }
    }

    /**
     * Decodes a block as text. Of a key that repeats, the last value stays.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return the entries in their order.
     * @throws IllegalArgumentException where the bytes do not form a header block.
     */
    public static Map<String, String> decode(final DirectBuffer buffer, final int offset, final int length) {
        final Map<String, String> headers = new LinkedHashMap<>();
        forEach(
                buffer,
                offset,
                length,
                (block, keyOffset, keyLength, valueOffset, valueLength) ->
                        headers.put(utf8(block, keyOffset, keyLength), utf8(block, valueOffset, valueLength)));
        return headers;
    }

    /**
     * Wraps an encoded block.
     *
     * @param block from {@link #encode}.
     * @return a buffer over it.
     */
    public static DirectBuffer wrap(final byte[] block) {
        return new UnsafeBuffer(block);
    }

    private static String utf8(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
