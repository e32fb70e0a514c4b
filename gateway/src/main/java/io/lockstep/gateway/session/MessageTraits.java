package io.lockstep.gateway.session;

import io.lockstep.wire.MessageHeaders;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/**
 * What a message's headers say of its delivery. Headers of Lockstep's own begin with {@code $}. Immutable.
 *
 * @param qos           greatest QoS to deliver with: {@code 0} where {@code $qos} says so, else 1.
 * @param expirySeconds time after its timestamp for which the message is of use, or {@link #NO_EXPIRY}.
 */
public record MessageTraits(int qos, long expirySeconds) {
    /** Key of the QoS with which a message was published, where that was 0. */
    public static final String QOS_KEY = "$qos";

    /** Key of the time for which a message is of use, in whole seconds. */
    public static final String EXPIRY_KEY = "$expirySeconds";

    /** The message does not expire. */
    public static final long NO_EXPIRY = -1;

    private static final MessageTraits ORDINARY = new MessageTraits(1, NO_EXPIRY);
    private static final long MAX_EXPIRY_SECONDS = 0xFFFF_FFFFL;
    private static final byte[] QOS_BYTES = QOS_KEY.getBytes(StandardCharsets.US_ASCII);
    private static final byte[] EXPIRY_BYTES = EXPIRY_KEY.getBytes(StandardCharsets.US_ASCII);
    private static final int MAX_DIGITS = 10;

    /**
     * Reads a header block.
     *
     * @param buffer that holds it.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return the traits.
     */
    public static MessageTraits of(final DirectBuffer buffer, final int offset, final int length) {
        if (length == 0) {
            return ORDINARY;
        }
        final Reader reader = new Reader();
        MessageHeaders.forEach(buffer, offset, length, reader);
        return reader.qos == 1 && reader.expirySeconds == NO_EXPIRY
                ? ORDINARY
                : new MessageTraits(reader.qos, reader.expirySeconds);
    }

    /**
     * What is left of the message's time, in whole seconds.
     *
     * @param timestampNs of the message.
     * @param nowNs       on a clock that shows the same time.
     * @return seconds, 0 where its time is over, {@link #NO_EXPIRY} where it does not expire.
     */
    public long remainingSeconds(final long timestampNs, final long nowNs) {
        if (expirySeconds == NO_EXPIRY) {
            return NO_EXPIRY;
        }
        final long elapsedSeconds = Math.max(0, (nowNs - timestampNs) / 1_000_000_000L);
        return Math.max(0, expirySeconds - elapsedSeconds);
    }

    private static final class Reader implements MessageHeaders.EntryConsumer {
        private int qos = 1;
        private long expirySeconds = NO_EXPIRY;

        @Override
        public void onEntry(
                final DirectBuffer buffer,
                final int keyOffset,
                final int keyLength,
                final int valueOffset,
                final int valueLength) {
            if (isKey(buffer, keyOffset, keyLength, QOS_BYTES)) {
                qos = valueLength == 1 && buffer.getByte(valueOffset) == '0' ? 0 : 1;
            } else if (isKey(buffer, keyOffset, keyLength, EXPIRY_BYTES)) {
                expirySeconds = parseSeconds(buffer, valueOffset, valueLength);
            }
        }

        private static boolean isKey(final DirectBuffer buffer, final int offset, final int length, final byte[] key) {
            if (length != key.length) {
                return false;
            }
            for (int i = 0; i < length; i++) {
                if (buffer.getByte(offset + i) != key[i]) {
                    return false;
                }
            }
            return true;
        }

        // A native producer may have written something else under this key: then the message does not expire.
        private static long parseSeconds(final DirectBuffer buffer, final int offset, final int length) {
            if (length == 0 || length > MAX_DIGITS) {
                return NO_EXPIRY;
            }
            long seconds = 0;
            for (int i = 0; i < length; i++) {
                final byte digit = buffer.getByte(offset + i);
                if (digit < '0' || digit > '9') {
                    return NO_EXPIRY;
                }
                seconds = seconds * 10 + (digit - '0');
            }
            return seconds <= MAX_EXPIRY_SECONDS ? seconds : NO_EXPIRY;
        }
    }
}
