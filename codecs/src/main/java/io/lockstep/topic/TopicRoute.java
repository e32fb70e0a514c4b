package io.lockstep.topic;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Sends the topic of a name, and all topics that begin with it and a slash, to one shard. Immutable.
 *
 * @param prefix  a topic name of at most {@link #MAX_PREFIX_LENGTH} bytes that does not end with a slash.
 * @param shardId from 0.
 */
public record TopicRoute(String prefix, int shardId) {
    /** Greatest length of a prefix in bytes of UTF-8. */
    public static final int MAX_PREFIX_LENGTH = 256;

    /** What a prefix is, for messages: completes "it takes …". */
    public static final String RULE = "a topic name of 1 to " + MAX_PREFIX_LENGTH
            + " bytes without '+' and '#', not beginning with '$' and not ending with '/'";

    /** Checks the arguments. */
    public TopicRoute {
        final byte[] bytes = Objects.requireNonNull(prefix, "prefix").getBytes(StandardCharsets.UTF_8);
        if (!isPrefix(new UnsafeBuffer(bytes), 0, bytes.length)) {
            throw new IllegalArgumentException("the prefix of a route is " + RULE + ", but it is '" + prefix + "'");
        }
        if (shardId < 0) {
            throw new IllegalArgumentException("a shard has an id from 0, but it is " + shardId);
        }
    }

    /**
     * Whether bytes can be the prefix of a route.
     *
     * @param buffer that holds them.
     * @param offset of the first one.
     * @param length in bytes.
     * @return true if so.
     */
    public static boolean isPrefix(final DirectBuffer buffer, final int offset, final int length) {
        return length <= MAX_PREFIX_LENGTH
                && TopicName.isValid(buffer, offset, length)
                && !TopicName.isHidden(buffer, offset)
                && buffer.getByte(offset + length - 1) != '/';
    }
}
