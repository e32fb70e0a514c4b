package io.lockstep.client;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ListTopicsEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.TopicsPageDecoder;
import io.lockstep.topic.TopicFilter;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The topics of a cluster. Made by {@link LockstepClient#topics()}; belongs to the thread that owns the client, and is not
 * to be called from a handler or listener.
 */
public final class Topics {
    private static final int PAGE_LENGTH = 100;

    private final LockstepClient client;

    Topics(final LockstepClient client) {
        this.client = client;
    }

    /**
     * Asks all shards for their topics and waits for the answers.
     *
     * @param filter    topic filter; {@code #} for all.
     * @param timeoutNs greatest time to wait.
     * @return the topics, by shard and in the order in which they were created.
     * @throws LockstepException where a shard did not answer in time.
     */
    public List<TopicState> list(final String filter, final long timeoutNs) {
        final String checked = TopicFilter.parse(filter).toString();
        return PagedList.collect(
                client,
                TopicsPageDecoder.TEMPLATE_ID,
                "list its topics",
                (buffer, header, correlationId, after) -> new ListTopicsEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .afterTopicId((int) after)
                        .maxTopics(PAGE_LENGTH)
                        .filter(checked),
                Topics::readPage,
                timeoutNs);
    }

    private static long readPage(
            final int shardId, final DirectBuffer buffer, final int offset, final List<TopicState> states) {
        final TopicsPageDecoder page =
                new TopicsPageDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long after = page.isLast() == BooleanType.TRUE ? PagedList.LAST : page.scannedToTopicId();
        for (final TopicsPageDecoder.TopicsDecoder topic : page.topics()) {
            final int topicId = topic.topicId();
            final long lastTopicSequence = topic.lastTopicSequence();
            final long lastTimestampNs = topic.lastTimestampNs();
            final long payloadBytes = topic.payloadBytes();
            states.add(new TopicState(
                    topic.topicName(), shardId, topicId, lastTopicSequence, lastTimestampNs, payloadBytes));
        }
        return after;
    }
}
