package io.lockstep.topic;

import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;

/**
 * The filter of a shared subscription, {@code $share/NAME/FILTER}: of the clients that have it each message goes to one.
 * Immutable.
 *
 * @param shareName  name of the share: neither empty nor with {@code /}, {@code +} or {@code #}.
 * @param filter     which topics it is about.
 * @see <a href="https://docs.oasis-open.org/mqtt/mqtt/v5.0/mqtt-v5.0.html">MQTT 5.0, section 4.8.2</a>
 */
public record SharedFilter(String shareName, TopicFilter filter) {
    /** With which the filters of shared subscriptions begin. */
    public static final String PREFIX = "$share/";

    private static final byte[] PREFIX_BYTES = PREFIX.getBytes(StandardCharsets.US_ASCII);

    /**
     * Whether a filter is one of a shared subscription, or tries to be.
     *
     * @param text of the filter.
     * @return true if so.
     */
    public static boolean isShared(final String text) {
        return text.startsWith(PREFIX);
    }

    /**
     * Like {@link #isShared(String)}; allocates nothing.
     *
     * @param buffer that holds the filter.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return true if so.
     */
    public static boolean isShared(final DirectBuffer buffer, final int offset, final int length) {
        for (int i = 0; i < PREFIX_BYTES.length; i++) {
            if (i >= length || buffer.getByte(offset + i) != PREFIX_BYTES[i]) {
                return false;
            }
        }
        return true;
    }

    /**
     * Takes a filter apart.
     *
     * @param text of the filter.
     * @return its parts.
     * @throws IllegalArgumentException where it is none of a shared subscription.
     */
    public static SharedFilter parse(final String text) {
        final int end = isShared(text) ? text.indexOf('/', PREFIX.length()) : -1;
        final String name = end < 0 ? "" : text.substring(PREFIX.length(), end);
        if (name.isEmpty() || name.indexOf('+') >= 0 || name.indexOf('#') >= 0) {
            throw new IllegalArgumentException("a shared subscription is " + PREFIX
                    + "NAME/FILTER with no wildcard in the name, but not '" + text + "'");
        }
        return new SharedFilter(name, TopicFilter.parse(text.substring(end + 1)));
    }

    @Override
    public String toString() {
        return PREFIX + shareName + '/' + filter;
    }
}
