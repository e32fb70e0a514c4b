package io.lockstep.topic;

import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/**
 * Rules of a topic name: 1 to 1,024 bytes of well-formed UTF-8 without U+0000 and without the wildcards {@code +} and
 * {@code #} (MQTT 5.0, sections 1.5.4 and 4.7). Levels are separated by {@code /}; names that begin with {@code $} are
 * hidden from filters that begin with a wildcard, and some of them belong to Lockstep. Methods allocate nothing.
 */
public final class TopicName {
    /** Greatest length in bytes of UTF-8. */
    public static final int MAX_LENGTH = 1024;

    // What is written by Lockstep itself, what is none by the specification of MQTT ($share), and what brokers that
    // clients
    // may come from mean something else by ($queue).
    private static final byte[][] RESERVED_LEVELS = {
        bytes("$audit"), bytes("$dead"), bytes("$lockstep"), bytes("$queue"), bytes("$share"), bytes("$SYS")
    };

    private TopicName() {}

    /**
     * Whether bytes form a topic name.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return true also for a reserved name.
     */
    public static boolean isValid(final DirectBuffer buffer, final int offset, final int length) {
        return length > 0 && length <= MAX_LENGTH && isText(buffer, offset, length, false);
    }

    /**
     * Whether filters that begin with a wildcard do not match a valid name (MQTT 5.0, section 4.7.2).
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @return true if it begins with {@code $}.
     */
    public static boolean isHidden(final DirectBuffer buffer, final int offset) {
        return buffer.getByte(offset) == '$';
    }

    /**
     * Whether a valid name belongs to Lockstep, so that clients cannot publish to it: its first level is {@code $audit},
     * {@code $dead}, {@code $lockstep}, {@code $queue}, {@code $share} or {@code $SYS}.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return true if so.
     */
    public static boolean isReserved(final DirectBuffer buffer, final int offset, final int length) {
        if (!isHidden(buffer, offset)) {
            return false;
        }
        for (final byte[] level : RESERVED_LEVELS) {
            if (isFirstLevel(level, buffer, offset, length)) {
                return true;
            }
        }
        return false;
    }

    private static boolean isFirstLevel(
            final byte[] level, final DirectBuffer buffer, final int offset, final int length) {
        if (length < level.length || (length > level.length && buffer.getByte(offset + level.length) != '/')) {
            return false;
        }
        for (int i = 0; i < level.length; i++) {
            if (buffer.getByte(offset + i) != level[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] bytes(final String level) {
        return level.getBytes(StandardCharsets.US_ASCII);
    }

    // The table of well-formed byte sequences is Unicode 15, table 3-7; MQTT also forbids U+0000.
    static boolean isText(
            final DirectBuffer buffer, final int offset, final int length, final boolean areWildcardsAllowed) {
        final int end = offset + length;
        int index = offset;
        while (index < end) {
            final int lead = buffer.getByte(index) & 0xFF;
            if (lead < 0x80) {
                if (lead == 0 || (!areWildcardsAllowed && (lead == '+' || lead == '#'))) {
                    return false;
                }
                index++;
                continue;
            }
            final int followers = followersOf(lead);
            if (followers == 0 || end - index <= followers) {
                return false;
            }
            final int second = buffer.getByte(index + 1) & 0xFF;
            if (second < lowestSecond(lead) || second > highestSecond(lead)) {
                return false;
            }
            for (int i = 2; i <= followers; i++) {
                if ((buffer.getByte(index + i) & 0xC0) != 0x80) {
                    return false;
                }
            }
            index += followers + 1;
        }
        return true;
    }

    private static int followersOf(final int lead) {
        if (lead >= 0xC2 && lead <= 0xDF) {
            return 1;
        }
        if (lead >= 0xE0 && lead <= 0xEF) {
            return 2;
        }
        return lead >= 0xF0 && lead <= 0xF4 ? 3 : 0;
    }

    private static int lowestSecond(final int lead) {
        if (lead == 0xE0) {
            return 0xA0;
        }
        return lead == 0xF0 ? 0x90 : 0x80;
    }

    private static int highestSecond(final int lead) {
        if (lead == 0xED) {
            return 0x9F;
        }
        return lead == 0xF4 ? 0x8F : 0xBF;
    }
}
