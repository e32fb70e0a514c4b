package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.TopicsPageEncoder.TopicsEncoder;
import io.lockstep.topic.TopicFilter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.agrona.DirectBuffer;

/** Commands that only ask. They change nothing but the clock. */
final class QueryHandler {
    private final PartList parts;
    private final ReplyProxy replies;
    private final Topic[] page = new Topic[Limits.MAX_TOPICS_IN_PAGE];

    QueryHandler(final PartList parts, final ReplyProxy replies) {
        this.parts = parts;
        this.replies = replies;
    }

    void onDescribeShard(final long clusterSessionId, final long correlationId) {
        replies.shardDescription(clusterSessionId, correlationId);
    }

    void onListTopics(
            final long clusterSessionId,
            final long correlationId,
            final int afterTopicId,
            final int maxTopics,
            final byte[] filterText) {
        final TopicFilter filter = filterText.length == 0 ? null : parse(filterText);
        if (filter == null && filterText.length > 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_TOPIC, 0);
            return;
        }
        final TopicsPart topics = parts.topics();
        final int maxInPage = Math.max(1, Math.min(maxTopics, Limits.MAX_TOPICS_IN_PAGE));
        final int after = Math.max(0, Math.min(afterTopicId, topics.topicCount()));
        final int scanEnd = Math.min(topics.topicCount(), after + Limits.MAX_TOPICS_SCANNED);
        int scanned = after;
        int count = 0;
        int pageLength = 0;
        while (scanned < scanEnd && count < maxInPage) {
            final Topic topic = topics.ofId(scanned + 1);
            if (filter == null || filter.matches(topic.name(), 0, topic.nameLength())) {
                pageLength +=
                        TopicsEncoder.sbeBlockLength() + TopicsEncoder.topicNameHeaderLength() + topic.nameLength();
                if (pageLength > Limits.MAX_PAGE_LENGTH) {
                    break;
                }
                page[count++] = topic;
            }
            scanned++;
        }
        final boolean isLast = scanned == topics.topicCount();
        replies.topicsPage(clusterSessionId, correlationId, isLast, scanned, page, count);
    }

    // Null where the bytes are no filter, text that is not UTF-8 included.
    static TopicFilter parse(final byte[] filterText) {
        final String text = new String(filterText, StandardCharsets.UTF_8);
        if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), filterText)) {
            return null;
        }
        try {
            return TopicFilter.parse(text);
        } catch (final IllegalArgumentException ex) {
            return null;
        }
    }

    static byte[] copy(final DirectBuffer buffer, final int offset, final int length) {
        final byte[] bytes = new byte[length];
        buffer.getBytes(offset, bytes);
        return bytes;
    }
}
