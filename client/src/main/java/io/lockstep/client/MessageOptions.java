package io.lockstep.client;

import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * What a message asks for besides its topic and payload: expiry, delay, key, place of the reply and the like, and the
 * user's own headers. Writes the header block into a buffer of its own that is reused after {@link #clear()}: with
 * numbers and bytes nothing is allocated, with text its bytes are. Each option is set at most once; the headers of the
 * user may repeat. The same options serve for any number of messages. Belongs to one thread.
 */
public final class MessageOptions {
    private static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    private static final long MAX_NUMBER = 999_999_999_999_999_999L;
    private static final int MAX_KEY_LENGTH = 0xFFFF;
    private static final int NONE = -1;
    private static final byte MARK = '$';

    private final byte[] expiryMs = ReservedHeaders.bytesOf(ReservedHeaders.EXPIRY_MS);
    private final byte[] delayMs = ReservedHeaders.bytesOf(ReservedHeaders.DELAY_MS);
    private final byte[] deliverAtMs = ReservedHeaders.bytesOf(ReservedHeaders.DELIVER_AT_MS);
    private final byte[] retain = ReservedHeaders.bytesOf(ReservedHeaders.RETAIN);
    private final byte[] key = ReservedHeaders.bytesOf(ReservedHeaders.KEY);
    private final byte[] fence = ReservedHeaders.bytesOf(ReservedHeaders.FENCE);
    private final byte[] responseTopic = ReservedHeaders.bytesOf(ReservedHeaders.RESPONSE_TOPIC);
    private final byte[] correlationData = ReservedHeaders.bytesOf(ReservedHeaders.CORRELATION_DATA);
    private final byte[] contentType = ReservedHeaders.bytesOf(ReservedHeaders.CONTENT_TYPE);

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(256);
    private int length;
    private int setOptions;
    private int keyOffset;
    private int keyLength = NONE;

    /** Empty options. */
    public MessageOptions() {}

    /**
     * Forgets everything, for the next message.
     *
     * @return this.
     */
    public MessageOptions clear() {
        length = 0;
        setOptions = 0;
        keyOffset = 0;
        keyLength = NONE;
        return this;
    }

    /**
     * The message is of no use later than this after it was accepted, or after it was released where it is delayed.
     *
     * @param timeMs from 0.
     * @return this.
     */
    public MessageOptions expireAfterMs(final long timeMs) {
        return number(Option.EXPIRY, expiryMs, timeMs);
    }

    /**
     * The message is held back for a time after it was accepted, in cluster time. Not together with
     * {@link #deliverAtMs}.
     *
     * @param timeMs from 0.
     * @return this.
     */
    public MessageOptions delayMs(final long timeMs) {
        return number(Option.DELAY, delayMs, timeMs);
    }

    /**
     * The message is held back until a time. Not together with {@link #delayMs}.
     *
     * @param epochMs cluster time, in milliseconds since 1970-01-01T00:00:00Z.
     * @return this.
     */
    public MessageOptions deliverAtMs(final long epochMs) {
        return number(Option.DELAY, deliverAtMs, epochMs);
    }

    /**
     * The message becomes the last value of its topic; with an empty payload it clears it.
     *
     * @return this.
     */
    public MessageOptions retain() {
        return number(Option.RETAIN, retain, 1);
    }

    /**
     * The message was published under a publisher lease.
     *
     * @param token the lease's fencing token.
     * @return this.
     */
    public MessageOptions fence(final long token) {
        return number(Option.FENCE, fence, token);
    }

    /**
     * Messages of one key keep their order where several consumers share the work.
     *
     * @param bytes of the key, at most 65,535.
     * @return this.
     */
    public MessageOptions key(final byte[] bytes) {
        beginKey(bytes.length);
        buffer.putBytes(length, bytes);
        length += bytes.length;
        return this;
    }

    /**
     * Messages of one key keep their order where several consumers share the work.
     *
     * @param source    buffer that holds the key; copied.
     * @param offset    of its first byte.
     * @param keyLength in bytes, at most 65,535.
     * @return this.
     */
    public MessageOptions key(final DirectBuffer source, final int offset, final int keyLength) {
        beginKey(keyLength);
        buffer.putBytes(length, source, offset, keyLength);
        length += keyLength;
        return this;
    }

    /**
     * Messages of one key keep their order where several consumers share the work. Allocates.
     *
     * @param text the key, at most 65,535 bytes of UTF-8.
     * @return this.
     */
    public MessageOptions key(final String text) {
        return key(text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Where a reply is expected. Allocates.
     *
     * @param topic of the reply.
     * @return this.
     */
    public MessageOptions replyTo(final String topic) {
        return replyTo(topic.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Where a reply is expected.
     *
     * @param topic of the reply, in UTF-8.
     * @return this.
     */
    public MessageOptions replyTo(final byte[] topic) {
        return bytes(Option.REPLY_TO, responseTopic, topic);
    }

    /**
     * What a reply carries back.
     *
     * @param data any bytes.
     * @return this.
     */
    public MessageOptions correlation(final byte[] data) {
        return bytes(Option.CORRELATION, correlationData, data);
    }

    /**
     * What a reply carries back.
     *
     * @param source     buffer that holds the data; copied.
     * @param offset     of its first byte.
     * @param dataLength in bytes.
     * @return this.
     */
    public MessageOptions correlation(final DirectBuffer source, final int offset, final int dataLength) {
        use(Option.CORRELATION);
        beginHeader(correlationData, dataLength);
        buffer.putBytes(length, source, offset, dataLength);
        length += dataLength;
        return this;
    }

    /**
     * What a reply carries back: a number as eight bytes, little-endian.
     *
     * @param id any.
     * @return this.
     */
    public MessageOptions correlation(final long id) {
        use(Option.CORRELATION);
        beginHeader(correlationData, Long.BYTES);
        buffer.putLong(length, id, ORDER);
        length += Long.BYTES;
        return this;
    }

    /**
     * MIME type of the payload. Allocates.
     *
     * @param type in text.
     * @return this.
     */
    public MessageOptions contentType(final String type) {
        return bytes(Option.CONTENT_TYPE, contentType, type.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Adds a header of the user. Allocates.
     *
     * @param name  1 to 65,534 bytes of UTF-8; any, one that begins with {@code $} is marked as the user's.
     * @param value text.
     * @return this.
     */
    public MessageOptions header(final String name, final String value) {
        return header(name.getBytes(StandardCharsets.UTF_8), value.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Adds a header of the user.
     *
     * @param name  1 to 65,534 bytes of UTF-8; one that begins with {@code $} is marked as the user's.
     * @param value any bytes.
     * @return this.
     */
    public MessageOptions header(final byte[] name, final byte[] value) {
        beginUserHeader(name, value.length);
        buffer.putBytes(length, value);
        length += value.length;
        return this;
    }

    /**
     * Adds a header of the user.
     *
     * @param name        1 to 65,534 bytes of UTF-8; one that begins with {@code $} is marked as the user's.
     * @param source      buffer that holds the value; copied.
     * @param offset      of its first byte.
     * @param valueLength in bytes.
     * @return this.
     */
    public MessageOptions header(
            final byte[] name, final DirectBuffer source, final int offset, final int valueLength) {
        beginUserHeader(name, valueLength);
        buffer.putBytes(length, source, offset, valueLength);
        length += valueLength;
        return this;
    }

    /**
     * The header block, see {@link io.lockstep.wire.MessageHeaders}: it begins at 0.
     *
     * @return the buffer; it changes with these options.
     */
    public DirectBuffer buffer() {
        return buffer;
    }

    /**
     * Length of the header block.
     *
     * @return in bytes, 0 where nothing is set.
     */
    public int length() {
        return length;
    }

    /**
     * Whether a key is set.
     *
     * @return true if so; it may be empty.
     */
    public boolean hasKey() {
        return keyLength != NONE;
    }

    /**
     * First byte of the key in {@link #buffer()}.
     *
     * @return the offset, 0 where there is no key.
     */
    public int keyOffset() {
        return keyOffset;
    }

    /**
     * Length of the key.
     *
     * @return in bytes, or -1 where there is no key.
     */
    public int keyLength() {
        return keyLength;
    }

    private void beginKey(final int newLength) {
        if (newLength > MAX_KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "a key takes at most " + MAX_KEY_LENGTH + " bytes, but one has " + newLength);
        }
        use(Option.KEY);
        beginHeader(key, newLength);
        keyOffset = length;
        keyLength = newLength;
    }

    private MessageOptions number(final Option option, final byte[] name, final long value) {
        if (value < 0 || value > MAX_NUMBER) {
            throw new IllegalArgumentException(
                    "the value of " + option + " must be from 0 to " + MAX_NUMBER + ", but is " + value);
        }
        use(option);
        beginHeader(name, digitCount(value));
        length += buffer.putNaturalLongAscii(length, value);
        return this;
    }

    private MessageOptions bytes(final Option option, final byte[] name, final byte[] value) {
        use(option);
        beginHeader(name, value.length);
        buffer.putBytes(length, value);
        length += value.length;
        return this;
    }

    private void use(final Option option) {
        if ((setOptions & option.bit) != 0) {
            throw new IllegalStateException(option + " is set already; clear() begins the options of another message");
        }
        setOptions |= option.bit;
    }

    private void beginHeader(final byte[] name, final int valueLength) {
        buffer.putShort(length, (short) name.length, ORDER);
        buffer.putBytes(length + Short.BYTES, name);
        length += Short.BYTES + name.length;
        buffer.putInt(length, valueLength, ORDER);
        length += Integer.BYTES;
    }

    private void beginUserHeader(final byte[] name, final int valueLength) {
        Objects.checkIndex(valueLength, Integer.MAX_VALUE);
        final int markLength = name.length > 0 && name[0] == MARK ? 1 : 0;
        if (name.length == 0 || name.length >= MAX_KEY_LENGTH) {
            throw new IllegalArgumentException(
                    "the name of a header takes 1 to " + (MAX_KEY_LENGTH - 1) + " bytes, but one has " + name.length);
        }
        buffer.putShort(length, (short) (markLength + name.length), ORDER);
        length += Short.BYTES;
        if (markLength > 0) {
            buffer.putByte(length++, MARK);
        }
        buffer.putBytes(length, name);
        length += name.length;
        buffer.putInt(length, valueLength, ORDER);
        length += Integer.BYTES;
    }

    private static int digitCount(final long value) {
        int digits = 1;
        for (long rest = value / 10; rest > 0; rest /= 10) {
            digits++;
        }
        return digits;
    }

    /** What can be set once: a bit each. */
    private enum Option {
        EXPIRY(1),
        DELAY(1 << 1),
        RETAIN(1 << 2),
        FENCE(1 << 3),
        KEY(1 << 4),
        REPLY_TO(1 << 5),
        CORRELATION(1 << 6),
        CONTENT_TYPE(1 << 7);

        private final int bit;

        Option(final int bit) {
            this.bit = bit;
        }
    }
}
