package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.RetainedPageEncoder;
import io.lockstep.codecs.RetainedPageEncoder.ValuesEncoder;
import io.lockstep.topic.TopicFilter;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Answers who asks for last values, page by page. Changes nothing. A page takes as many values as fit, at least one where
 * there is one, and looks at a bounded number of topics; a filter without wildcards looks at its one topic only.
 */
final class RetainedHandler {
    private static final int ENTRY_LENGTH = ValuesEncoder.sbeBlockLength()
            + ValuesEncoder.topicNameHeaderLength()
            + ValuesEncoder.headersHeaderLength()
            + ValuesEncoder.payloadHeaderLength();

    private final PartList parts;
    private final Outbox outbox;
    private final ReplyProxy replies;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[Limits.MAX_REPLY_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final RetainedPageEncoder encoder = new RetainedPageEncoder();
    private final RetainedValue[] page = new RetainedValue[Limits.MAX_RETAINED_IN_PAGE];
    private int pageCount;
    private int pageLength;

    RetainedHandler(final PartList parts, final Outbox outbox, final ReplyProxy replies) {
        this.parts = parts;
        this.outbox = outbox;
        this.replies = replies;
    }

    void onListRetained(
            final long clusterSessionId,
            final long correlationId,
            final int afterTopicId,
            final long upToPosition,
            final byte[] filterText) {
        final TopicFilter filter = filterText.length == 0 ? null : QueryHandler.parse(filterText);
        if (filter == null && filterText.length > 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_TOPIC, 0);
            return;
        }
        pageCount = 0;
        pageLength = 0;
        final int topicCount = parts.topics().topicCount();
        final int after = Math.max(0, Math.min(afterTopicId, topicCount));
        final int scanned = filter != null && isOfOneTopic(filter)
                ? lookUp(filterText, after, upToPosition)
                : scan(filter, after, upToPosition);
        reply(clusterSessionId, correlationId, scanned);
    }

    // Where topics have partitions, the name of one stands for all its partitions too.
    private boolean isOfOneTopic(final TopicFilter filter) {
        return filter.isExact()
                && (filter.isOfPartitions() || !parts.topicPolicies().isWritten());
    }

    private int lookUp(final byte[] name, final int after, final long upToPosition) {
        final Topic topic = parts.topics().find(new UnsafeBuffer(name), 0, name.length);
        if (topic != null && topic.id() > after) {
            final RetainedValue value = parts.retained().find(topic.id());
            if (isListed(value, null, upToPosition)) {
                take(value);
            }
        }
        return parts.topics().topicCount();
    }

    // The last topic that was looked at.
    private int scan(final TopicFilter filter, final int after, final long upToPosition) {
        final int scanEnd = Math.min(parts.topics().topicCount(), after + Limits.MAX_RETAINED_PLACES_SCANNED);
        int scanned = after;
        int valuesSeen = 0;
        while (scanned < scanEnd && valuesSeen < Limits.MAX_TOPICS_SCANNED) {
            final RetainedValue value = parts.retained().find(scanned + 1);
            if (value != null) {
                valuesSeen++;
                if (isListed(value, filter, upToPosition) && !take(value)) {
                    return scanned;
                }
            }
            scanned++;
        }
        return scanned;
    }

    private boolean isListed(final RetainedValue value, final TopicFilter filter, final long upToPosition) {
        if (value == null
                || value.isExpired(parts.clock().nowNs())
                || (upToPosition >= 0 && value.position() > upToPosition)) {
            return false;
        }
        final Topic topic = parts.topics().ofId(value.topicId());
        return filter == null || filter.matches(topic.name(), 0, topic.nameLength());
    }

    // False where the page is full.
    private boolean take(final RetainedValue value) {
        final int nameLength = parts.topics().ofId(value.topicId()).nameLength();
        final int length = pageLength + ENTRY_LENGTH + nameLength + value.contentLength();
        if (pageCount == page.length || (pageCount > 0 && length > Limits.MAX_PAGE_LENGTH)) {
            return false;
        }
        page[pageCount++] = value;
        pageLength = length;
        return true;
    }

    private void reply(final long clusterSessionId, final long correlationId, final int scanned) {
        final ValuesEncoder group = encoder.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .isLast(scanned == parts.topics().topicCount() ? BooleanType.TRUE : BooleanType.FALSE)
                .scannedToTopicId(scanned)
                .valuesCount(pageCount);
        for (int i = 0; i < pageCount; i++) {
            final RetainedValue value = page[i];
            final Topic topic = parts.topics().ofId(value.topicId());
            group.next()
                    .topicId(value.topicId())
                    .position(value.position())
                    .topicSequence(value.topicSequence())
                    .timestampNs(value.timestampNs())
                    .producerId(value.producerId())
                    .producerSequence(value.producerSequence())
                    .putTopicName(topic.name(), 0, topic.nameLength())
                    .putHeaders(value.content(), 0, value.headersLength())
                    .putPayload(value.content(), value.headersLength(), value.payloadLength());
            page[i] = null;
        }
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }
}
