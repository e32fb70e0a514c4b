package io.lockstep.wire;

import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/**
 * The headers that Lockstep itself reads or writes. Their keys begin with {@code $}; a header of a user whose key begins
 * with {@code $} is written with one {@code $} more in front. From feature level 3 on a message with any other key that
 * begins with a single {@code $} is refused, so that later releases can give such keys a meaning. Numbers are decimal
 * digits in ASCII.
 */
public final class ReservedHeaders {
    /** How long a message is of use after it was accepted, in milliseconds. */
    public static final String EXPIRY_MS = "$expiryMs";

    /** How long to hold a message back after it was accepted, in milliseconds of cluster time. */
    public static final String DELAY_MS = "$delayMs";

    /** Until when to hold a message back: milliseconds of cluster time since 1970-01-01T00:00:00Z. */
    public static final String DELIVER_AT_MS = "$deliverAtMs";

    /** When a message that was held back was due; written by the engine in place of delay or time of delivery. */
    public static final String DUE_MS = "$dueMs";

    /** With the value {@code 1}: the message becomes the last value of its topic; with an empty payload it clears it. */
    public static final String RETAIN = "$retain";

    /** Key of a message, any bytes: messages of one key keep their order where several consumers share the work. */
    public static final String KEY = "$key";

    /** Fencing token of the publisher lease under which a message is published. */
    public static final String FENCE = "$fence";

    /**
     * Which message of a client session it is, so that it is accepted once: session id and epoch, int64 each, and packet id,
     * uint16, little endian. Written by gateways.
     */
    public static final String PACKET = "$packet";

    /** Length of the value of {@link #PACKET} in bytes. */
    public static final int PACKET_LENGTH = 2 * Long.BYTES + Short.BYTES;

    /** Topic to which a reply is expected. */
    public static final String RESPONSE_TOPIC = "$responseTopic";

    /** What a reply carries back to the asker, any bytes. */
    public static final String CORRELATION_DATA = "$correlationData";

    /** MIME type of the payload. */
    public static final String CONTENT_TYPE = "$contentType";

    /** MQTT's payload format indicator. */
    public static final String PAYLOAD_FORMAT = "$payloadFormat";

    /** QoS with which an MQTT client published, where that was 0. */
    public static final String QOS = "$qos";

    /**
     * Client id of the MQTT client that published, where that client has a subscription to which its own messages do not go.
     */
    public static final String FROM = "$from";

    /**
     * On whose behalf a gateway published, so that the engine asks whether that one may: what
     * {@code io.lockstep.access.rules.SessionPrincipal} encodes. Only sessions that are trusted may write it.
     */
    public static final String PRINCIPAL = "$principal";

    /** Why a message was put aside; of a dead letter. */
    public static final String DEAD_REASON = "$deadReason";

    /** The topic that a message was published to; of a dead letter. */
    public static final String DEAD_TOPIC = "$deadTopic";

    /** Where the message begins in the journal of its shard: position behind its record; of a dead letter. */
    public static final String DEAD_POSITION = "$deadPosition";

    /** The group that gave a message up; of a dead letter. */
    public static final String DEAD_GROUP = "$deadGroup";

    /** How often a message was handed out in vain; of a dead letter. */
    public static final String DEAD_ATTEMPTS = "$deadAttempts";

    /** Answer of {@link #parseNumber} where the bytes are no number. */
    public static final long NO_NUMBER = -1;

    private static final int MAX_DIGITS = 18;
    private static final byte MARK = '$';

    private ReservedHeaders() {}

    /**
     * A key as bytes, to compare with what is in a block.
     *
     * @param key one of this class.
     * @return its bytes.
     */
    public static byte[] bytesOf(final String key) {
        return key.getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Whether a key belongs to Lockstep: it begins with one {@code $} and not with two. A {@code $} alone is the empty name
     * of a user, marked as such. Allocates nothing.
     *
     * @param buffer that holds the key.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return true if so.
     */
    public static boolean isReserved(final DirectBuffer buffer, final int offset, final int length) {
        return length > 1 && buffer.getByte(offset) == MARK && buffer.getByte(offset + 1) != MARK;
    }

    /**
     * Whether a key is a certain one. Allocates nothing.
     *
     * @param key    as bytes.
     * @param buffer that holds the other key.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return true if they are equal.
     */
    public static boolean isKey(final byte[] key, final DirectBuffer buffer, final int offset, final int length) {
        if (key.length != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (buffer.getByte(offset + i) != key[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Reads a number of at most 18 digits. Allocates nothing.
     *
     * @param buffer that holds the digits.
     * @param offset of the first.
     * @param length in bytes.
     * @return from 0, or {@link #NO_NUMBER}.
     */
    public static long parseNumber(final DirectBuffer buffer, final int offset, final int length) {
        if (length == 0 || length > MAX_DIGITS) {
            return NO_NUMBER;
        }
        long number = 0;
        for (int i = 0; i < length; i++) {
            final int digit = buffer.getByte(offset + i) - '0';
            if (digit < 0 || digit > 9) {
                return NO_NUMBER;
            }
            number = 10 * number + digit;
        }
        return number;
    }
}
