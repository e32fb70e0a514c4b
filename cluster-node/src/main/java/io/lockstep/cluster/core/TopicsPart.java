package io.lockstep.cluster.core;

import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.TopicItemDecoder;
import io.lockstep.codecs.TopicItemEncoder;
import io.lockstep.topic.TopicName;
import io.lockstep.topic.TopicSlots;
import java.util.Arrays;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Part 5, the topics, ordered by id, with an open-addressing table from the bytes of a name to its topic. Look-up
 * allocates nothing. Topics are never removed, so ids are dense and the table needs no tombstones.
 */
final class TopicsPart implements Part {
    /** What a topic counts for besides its name: objects and its place in the table. */
    static final int TOPIC_OVERHEAD_BYTES = 128;

    private static final int INITIAL_CAPACITY = 64;
    private static final int FIXED_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + TopicItemEncoder.BLOCK_LENGTH
            + TopicItemEncoder.topicNameHeaderLength();

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[FIXED_LENGTH + TopicName.MAX_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final TopicItemEncoder encoder = new TopicItemEncoder();
    private final TopicItemDecoder decoder = new TopicItemDecoder();

    private Topic[] topics = new Topic[INITIAL_CAPACITY];
    private Topic[] table = new Topic[2 * INITIAL_CAPACITY];
    private int topicCount;
    private long stateBytes;

    static long costOf(final int nameLength) {
        return TOPIC_OVERHEAD_BYTES + (long) nameLength;
    }

    /** The topic of a name, or null. */
    Topic find(final DirectBuffer name, final int offset, final int length) {
        final int hash = TopicSlots.hash(name, offset, length);
        final int mask = table.length - 1;
        int index = spread(hash) & mask;
        Topic topic = table[index];
        while (topic != null && !(topic.hash() == hash && topic.hasName(name, offset, length))) {
            index = (index + 1) & mask;
            topic = table[index];
        }
        return topic;
    }

    /** The topic of an id from 1 to {@link #topicCount}. */
    Topic ofId(final int topicId) {
        return topics[topicId - 1];
    }

    int topicCount() {
        return topicCount;
    }

    /** Adds a topic whose name is valid and not yet known. */
    Topic create(final DirectBuffer name, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        name.getBytes(offset, bytes);
        final int hash = TopicSlots.hash(name, offset, length);
        final Topic topic = new Topic(topicCount + 1, hash, bytes);
        if (topicCount == topics.length) {
            topics = Arrays.copyOf(topics, 2 * topicCount);
            table = new Topic[4 * topicCount];
            for (int i = 0; i < topicCount; i++) {
                place(topics[i]);
            }
        }
        topics[topicCount++] = topic;
        place(topic);
        stateBytes += costOf(length);
        return topic;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 5;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return topicCount;
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        for (int i = 0; i < topicCount; i++) {
            final Topic topic = topics[i];
            encoder.wrapAndApplyHeader(buffer, 0, header)
                    .lastTopicSequence(topic.lastSequence())
                    .lastTimestampNs(topic.lastTimestampNs())
                    .payloadBytes(topic.payloadBytes())
                    .topicId(topic.id())
                    .putTopicName(topic.name(), 0, topic.nameLength());
            sink.append(buffer, 0, FIXED_LENGTH + topic.nameLength());
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        final int nameHeader = WireShape.endOfBlock(item, offset);
        final int end = WireShape.endOfText(item, nameHeader, offset + length);
        ItemReader.checkVariableEnd(end, templateId);
        if (decoder.topicId() != topicCount + 1) {
            throw new IllegalStateException(
                    "the snapshot holds topic " + decoder.topicId() + " where topic " + (topicCount + 1) + " belongs");
        }
        final int nameOffset = nameHeader + TopicItemDecoder.topicNameHeaderLength();
        final Topic topic = create(item, nameOffset, end - nameOffset);
        topic.restore(decoder.lastTopicSequence(), decoder.lastTimestampNs(), decoder.payloadBytes());
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return stateBytes;
    }

    private void place(final Topic topic) {
        final int mask = table.length - 1;
        int index = spread(topic.hash()) & mask;
        while (table[index] != null) {
            index = (index + 1) & mask;
        }
        table[index] = topic;
    }

    // FNV's low bits alone mix short names poorly.
    private static int spread(final int hash) {
        return hash ^ (hash >>> 15);
    }
}
