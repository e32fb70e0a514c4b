package io.lockstep.topic;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A topic filter with MQTT's rules (MQTT 5.0, section 4.7): {@code +} stands for one whole level, {@code #} as the
 * last level for all levels from there on and for the level above; a filter that begins with a wildcard does not match
 * names that begin with {@code $}. The partitions of a topic match as the topic itself, see {@link PartitionName}, unless
 * the last level of the filter is that of a partition: then whole names are compared. Immutable; matching allocates nothing
 * and may be called from any thread.
 */
public final class TopicFilter {
    /** Greatest length in bytes of UTF-8. */
    public static final int MAX_LENGTH = TopicName.MAX_LENGTH;

    private final String text;
    private final byte[] bytes;
    private final boolean isExact;
    private final boolean isOfPartitions;

    private TopicFilter(final String text, final byte[] bytes) {
        this.text = text;
        this.bytes = bytes;
        this.isExact = text.indexOf('+') < 0 && text.indexOf('#') < 0;
        this.isOfPartitions = PartitionName.partitionOf(new UnsafeBuffer(bytes), 0, bytes.length) != PartitionName.NONE;
    }

    /**
     * Parses a filter.
     *
     * @param text of the filter.
     * @return the filter.
     * @throws IllegalArgumentException with a sentence, where the text is no filter.
     */
    public static TopicFilter parse(final String text) {
        Objects.requireNonNull(text, "text");
        final byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "a topic filter takes 1 to " + MAX_LENGTH + " bytes of UTF-8, but this one has " + bytes.length);
        }
        if (!TopicName.isText(new UnsafeBuffer(bytes), 0, bytes.length, true)) {
            throw new IllegalArgumentException("a topic filter must be well-formed text without U+0000: " + text);
        }
        for (int i = 0; i < bytes.length; i++) {
            final boolean startsLevel = i == 0 || bytes[i - 1] == '/';
            final boolean endsLevel = i == bytes.length - 1 || bytes[i + 1] == '/';
            if (bytes[i] == '+' && !(startsLevel && endsLevel)) {
                throw new IllegalArgumentException("'+' must fill a whole level of the topic filter: " + text);
            }
            if (bytes[i] == '#' && !(startsLevel && i == bytes.length - 1)) {
                throw new IllegalArgumentException("'#' must be the last level of the topic filter: " + text);
            }
        }
        return new TopicFilter(text, bytes);
    }

    /**
     * Whether a topic name matches.
     *
     * @param buffer that holds a valid name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return true if it matches.
     */
    public boolean matches(final DirectBuffer buffer, final int offset, final int length) {
        final int end = offset + (isOfPartitions ? length : PartitionName.baseLength(buffer, offset, length));
        if (length > 0 && buffer.getByte(offset) == '$' && (bytes[0] == '+' || bytes[0] == '#')) {
            return false;
        }
        int name = offset;
        int filter = 0;
        while (filter < bytes.length) {
            final byte wanted = bytes[filter];
            if (wanted == '#') {
                return true;
            }
            if (wanted == '+') {
                while (name < end && buffer.getByte(name) != '/') {
                    name++;
                }
                filter++;
            } else if (name < end && buffer.getByte(name) == wanted) {
                name++;
                filter++;
            } else {
                return isParentOfHash(name, end, filter);
            }
        }
        return name == end;
    }

    /**
     * Whether the filter holds no wildcard, so that it is the name of the one topic that it matches, with its partitions.
     *
     * @return true if so.
     */
    public boolean isExact() {
        return isExact;
    }

    /**
     * Whether the last level of the filter is that of a partition, so that it matches no topic but this partition of some.
     *
     * @return true if so.
     */
    public boolean isOfPartitions() {
        return isOfPartitions;
    }

    /** {@inheritDoc} */
    @Override
    public boolean equals(final Object other) {
        return other instanceof final TopicFilter filter && filter.text.equals(text);
    }

    /** {@inheritDoc} */
    @Override
    public int hashCode() {
        return text.hashCode();
    }

    /**
     * The text of the filter.
     *
     * @return as it was parsed.
     */
    @Override
    public String toString() {
        return text;
    }

    // "sport/#" also matches "sport": the name has ended and what remains of the filter is "/#".
    private boolean isParentOfHash(final int name, final int end, final int filter) {
        return name == end && filter == bytes.length - 2 && bytes[filter] == '/' && bytes[filter + 1] == '#';
    }
}
