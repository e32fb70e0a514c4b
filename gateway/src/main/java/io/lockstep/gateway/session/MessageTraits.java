package io.lockstep.gateway.session;

import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/**
 * What a message's headers say of its delivery. Headers of Lockstep's own begin with {@code $}. Immutable.
 *
 * @param qos        greatest QoS to deliver with: what {@code $qos} says, else 2 where it was published exactly once, else 1.
 * @param expiryMs   time after its timestamp for which the message is of use, or {@link #NO_EXPIRY}.
 * @param from       client id of the MQTT client that published, or null where nobody asked to know.
 * @param isRetained whether it was published as the last value of its topic.
 */
public record MessageTraits(int qos, long expiryMs, String from, boolean isRetained) {
    /** Key of the QoS with which a message was published, where nothing else says it. */
    public static final String QOS_KEY = ReservedHeaders.QOS;

    /** Key of the time for which a message is of use, in milliseconds. */
    public static final String EXPIRY_KEY = ReservedHeaders.EXPIRY_MS;

    /** Key of the client id of the MQTT client that published. */
    public static final String FROM_KEY = ReservedHeaders.FROM;

    /** Key of the session's packet that a message with QoS 2 was. */
    public static final String PACKET_KEY = ReservedHeaders.PACKET;

    /** Key of what was published as the last value of its topic. */
    public static final String RETAIN_KEY = ReservedHeaders.RETAIN;

    /** The message does not expire. */
    public static final long NO_EXPIRY = -1;

    private static final MessageTraits ORDINARY = new MessageTraits(1, NO_EXPIRY, null, false);
    private static final long MAX_SECONDS = 0xFFFF_FFFFL;
    private static final byte[] QOS_BYTES = ReservedHeaders.bytesOf(QOS_KEY);
    private static final byte[] EXPIRY_BYTES = ReservedHeaders.bytesOf(EXPIRY_KEY);
    private static final byte[] FROM_BYTES = ReservedHeaders.bytesOf(FROM_KEY);
    private static final byte[] PACKET_BYTES = ReservedHeaders.bytesOf(PACKET_KEY);
    private static final byte[] RETAIN_BYTES = ReservedHeaders.bytesOf(RETAIN_KEY);
    private static final long MS_IN_SECOND = 1_000;
    private static final long NS_IN_MS = 1_000_000;

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
        final int qos = reader.qos != Reader.UNKNOWN_QOS ? reader.qos : reader.isPacket ? 2 : 1;
        return qos == 1 && reader.expiryMs == NO_EXPIRY && reader.from == null && !reader.isRetained
                ? ORDINARY
                : new MessageTraits(qos, reader.expiryMs, reader.from, reader.isRetained);
    }

    /**
     * What is left of the message's time, in seconds: as many as MQTT can say, and a part of one counts as one.
     *
     * @param timestampNs of the message.
     * @param nowNs       on a clock that shows the same time.
     * @return seconds, 0 where its time is over, {@link #NO_EXPIRY} where it does not expire.
     */
    public long remainingSeconds(final long timestampNs, final long nowNs) {
        if (expiryMs == NO_EXPIRY) {
            return NO_EXPIRY;
        }
        final long elapsedMs = Math.max(0, (nowNs - timestampNs) / NS_IN_MS);
        final long remainingMs = Math.max(0, expiryMs - elapsedMs);
        return Math.min(MAX_SECONDS, (remainingMs + MS_IN_SECOND - 1) / MS_IN_SECOND);
    }

    private static final class Reader implements MessageHeaders.EntryConsumer {
        private static final int UNKNOWN_QOS = -1;

        private int qos = UNKNOWN_QOS;
        private boolean isPacket;
        private boolean isRetained;
        private long expiryMs = NO_EXPIRY;
        private String from;

        @Override
        public void onEntry(
                final DirectBuffer buffer,
                final int keyOffset,
                final int keyLength,
                final int valueOffset,
                final int valueLength) {
            if (ReservedHeaders.isKey(QOS_BYTES, buffer, keyOffset, keyLength)) {
                final int digit = valueLength == 1 ? buffer.getByte(valueOffset) - '0' : 1;
                qos = digit >= 0 && digit <= 2 ? digit : 1;
            } else if (ReservedHeaders.isKey(PACKET_BYTES, buffer, keyOffset, keyLength)) {
                isPacket = true;
            } else if (ReservedHeaders.isKey(RETAIN_BYTES, buffer, keyOffset, keyLength)) {
                isRetained = valueLength == 1 && buffer.getByte(valueOffset) == '1';
            } else if (ReservedHeaders.isKey(EXPIRY_BYTES, buffer, keyOffset, keyLength)) {
                // Before feature level 3 anybody may have written anything: then the message does not expire.
                expiryMs = ReservedHeaders.parseNumber(buffer, valueOffset, valueLength);
            } else if (ReservedHeaders.isKey(FROM_BYTES, buffer, keyOffset, keyLength)) {
                final byte[] bytes = new byte[valueLength];
                buffer.getBytes(valueOffset, bytes);
                from = new String(bytes, StandardCharsets.UTF_8);
            }
        }
    }
}
