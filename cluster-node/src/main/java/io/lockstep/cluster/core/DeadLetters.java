package io.lockstep.cluster.core;

import io.lockstep.topic.TopicName;
import io.lockstep.wire.MessageHeaders;
import io.lockstep.wire.ReservedHeaders;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Makes dead letters: where they go and what they tell. Used now and then, so it may allocate. */
final class DeadLetters {
    /** Producer of what the engine itself publishes: no client can have it, as it is the SBE null. */
    static final long PRODUCER_ID = Long.MIN_VALUE;

    private static final byte[] PREFIX = "$dead/".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REASON_USED_UP = "attempts".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REASON_GIVEN_UP = "rejected".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] REASON = ReservedHeaders.bytesOf(ReservedHeaders.DEAD_REASON);
    private static final byte[] TOPIC = ReservedHeaders.bytesOf(ReservedHeaders.DEAD_TOPIC);
    private static final byte[] POSITION = ReservedHeaders.bytesOf(ReservedHeaders.DEAD_POSITION);
    private static final byte[] GROUP = ReservedHeaders.bytesOf(ReservedHeaders.DEAD_GROUP);
    private static final byte[] ATTEMPTS = ReservedHeaders.bytesOf(ReservedHeaders.DEAD_ATTEMPTS);
    // What they ask for was done for the message itself, and would be wrong for its dead letter.
    private static final byte[][] LEFT_OUT = {
        ReservedHeaders.bytesOf(ReservedHeaders.RETAIN),
        ReservedHeaders.bytesOf(ReservedHeaders.EXPIRY_MS),
        ReservedHeaders.bytesOf(ReservedHeaders.DELAY_MS),
        ReservedHeaders.bytesOf(ReservedHeaders.DELIVER_AT_MS),
        ReservedHeaders.bytesOf(ReservedHeaders.DUE_MS),
        ReservedHeaders.bytesOf(ReservedHeaders.FENCE),
        ReservedHeaders.bytesOf(ReservedHeaders.PACKET)
    };

    // All headers that are added, with the longest names of topic and group.
    private static final int ADDED_LENGTH = 2 * TopicName.MAX_LENGTH;

    private final MessageContent content = new MessageContent();

    /** Whether a name is that of a topic of dead letters. */
    static boolean isDeadTopic(final DirectBuffer name, final int length) {
        return length > PREFIX.length && ReservedHeaders.isKey(PREFIX, name, 0, PREFIX.length);
    }

    /** Name of the topic of dead letters of a topic; a name that would be too long is cut. */
    static UnsafeBuffer topicOf(final Topic topic) {
        int length = Math.min(topic.nameLength(), TopicName.MAX_LENGTH - PREFIX.length);
        // Not in the middle of a character.
        while (length < topic.nameLength() && (topic.name().getByte(length) & 0xC0) == 0x80) {
            length--;
        }
        final byte[] name = new byte[PREFIX.length + length];
        final UnsafeBuffer buffer = new UnsafeBuffer(name);
        buffer.putBytes(0, PREFIX);
        buffer.putBytes(PREFIX.length, topic.name(), 0, length);
        return buffer;
    }

    /**
     * The message to publish; valid until the next one. Allocates its buffer: messages are given up seldom.
     *
     * @param headersOffset of the header block, which is well formed; the payload follows in the same buffer.
     * @param sequence      greater than that of all dead letters before.
     */
    MessageContent make(
            final GroupEntries entries,
            final int slot,
            final Topic topic,
            final DirectBuffer source,
            final int headersOffset,
            final int headersLength,
            final int payloadOffset,
            final int payloadLength,
            final long sequence) {
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[headersLength + ADDED_LENGTH + payloadLength]);
        content.wrap(buffer, PRODUCER_ID, sequence);
        int index = copyHeaders(buffer, source, headersOffset, headersLength);
        content.headers(0, index).readTraits();
        final Group group = entries.group(slot);
        final boolean isGivenUp = entries.state(slot) == EntryState.GIVEN_UP;
        index = MessageHeaders.putEntry(buffer, index, REASON, isGivenUp ? REASON_GIVEN_UP : REASON_USED_UP);
        index = MessageHeaders.putEntry(buffer, index, TOPIC, QueryHandler.copy(topic.name(), 0, topic.nameLength()));
        index = MessageHeaders.putEntry(buffer, index, POSITION, digits(entries.position(slot)));
        index = MessageHeaders.putEntry(
                buffer,
                index,
                GROUP,
                QueryHandler.copy(group.name(), 0, group.name().capacity()));
        index = MessageHeaders.putEntry(buffer, index, ATTEMPTS, digits(entries.attempts(slot)));
        buffer.putBytes(index, source, payloadOffset, payloadLength);
        return content.headers(0, index).payload(index, payloadLength);
    }

    private static int copyHeaders(
            final UnsafeBuffer buffer, final DirectBuffer source, final int offset, final int length) {
        final int end = offset + length;
        int index = offset;
        int written = 0;
        while (index < end) {
            final int keyLength = source.getShort(index, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
            final int keyOffset = index + Short.BYTES;
            final int valueLength = source.getInt(keyOffset + keyLength, ByteOrder.LITTLE_ENDIAN);
            final int next = keyOffset + keyLength + Integer.BYTES + valueLength;
            if (!isLeftOut(source, keyOffset, keyLength)) {
                buffer.putBytes(written, source, index, next - index);
                written += next - index;
            }
            index = next;
        }
        return written;
    }

    private static boolean isLeftOut(final DirectBuffer source, final int keyOffset, final int keyLength) {
        for (final byte[] key : LEFT_OUT) {
            if (ReservedHeaders.isKey(key, source, keyOffset, keyLength)) {
                return true;
            }
        }
        return false;
    }

    private static byte[] digits(final long number) {
        return Long.toString(number).getBytes(StandardCharsets.US_ASCII);
    }
}
