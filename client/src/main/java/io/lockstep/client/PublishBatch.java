package io.lockstep.client;

import io.lockstep.client.window.EntryLayout;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * Messages that are to be accepted together or not at all. All of their topics must live in one shard. Reusable after
 * {@link #clear()}; holds copies of what is added. Belongs to one thread.
 */
public final class PublishBatch {
    /** Expected topic sequence that sets no condition. */
    public static final long NO_CONDITION = EntryLayout.NO_CONDITION;

    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(4096);
    private int[] entryLengths = new int[16];
    private final List<String> topics = new ArrayList<>();
    private int lengthBytes;
    private int maxPayloadLength;
    private int maxHeadersLength;

    /** An empty batch. */
    public PublishBatch() {}

    /**
     * Adds a message without headers and condition.
     *
     * @param topic   of the message.
     * @param payload buffer that holds the payload.
     * @param offset  of its first byte.
     * @param length  in bytes.
     * @return this.
     */
    public PublishBatch add(final String topic, final DirectBuffer payload, final int offset, final int length) {
        return add(topic, NO_CONDITION, null, 0, 0, payload, offset, length);
    }

    /**
     * Adds a message.
     *
     * @param topic                 of the message.
     * @param expectedTopicSequence sequence of the topic's last message, counting those before it in this batch; or
     *                              {@link #NO_CONDITION}.
     * @param headers               buffer that holds a header block, or null.
     * @param headersOffset         of its first byte.
     * @param headersLength         in bytes.
     * @param payload               buffer that holds the payload.
     * @param offset                of its first byte.
     * @param length                in bytes.
     * @return this.
     */
    public PublishBatch add(
            final String topic,
            final long expectedTopicSequence,
            final DirectBuffer headers,
            final int headersOffset,
            final int headersLength,
            final DirectBuffer payload,
            final int offset,
            final int length) {
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        int index = EntryLayout.putHead(buffer, lengthBytes, expectedTopicSequence, name);
        index = EntryLayout.putBytes(buffer, index, headers, headersOffset, headersLength);
        index = EntryLayout.putBytes(buffer, index, payload, offset, length);
        if (topics.size() == entryLengths.length) {
            entryLengths = Arrays.copyOf(entryLengths, entryLengths.length * 2);
        }
        entryLengths[topics.size()] = index - lengthBytes;
        topics.add(topic);
        lengthBytes = index;
        maxPayloadLength = Math.max(maxPayloadLength, length);
        maxHeadersLength = Math.max(maxHeadersLength, headersLength);
        return this;
    }

    /**
     * Number of messages.
     *
     * @return from 0.
     */
    public int size() {
        return topics.size();
    }

    /** Removes all messages. */
    public void clear() {
        topics.clear();
        lengthBytes = 0;
        maxPayloadLength = 0;
        maxHeadersLength = 0;
    }

    String topic(final int index) {
        return topics.get(index);
    }

    int maxPayloadLength() {
        return maxPayloadLength;
    }

    int maxHeadersLength() {
        return maxHeadersLength;
    }

    int lengthBytes() {
        return lengthBytes;
    }

    DirectBuffer buffer() {
        return buffer;
    }

    int[] entryLengths() {
        return entryLengths;
    }
}
