package io.lockstep.client;

import io.lockstep.client.internal.ShardIngress;
import io.lockstep.client.window.ResendTimer;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ListTopicsEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.TopicsPageDecoder;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.ExpandableArrayBuffer;

/**
 * Collects the topics of all shards page by page; a page that does not come is asked for again, with back-off
 * and jitter. Whoever asks has the deadline.
 */
final class TopicLister {
    private static final int PAGE_LENGTH = 100;
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final TopicFilter filter;
    private final ShardIngress[] connections;
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final ListTopicsEncoder listTopics = new ListTopicsEncoder();
    private final MessageHeaderEncoder messageHeader = new MessageHeaderEncoder();
    private final List<List<TopicState>> topicsByShard = new ArrayList<>();
    private final boolean[] isDone;
    private final long[] correlationIds;
    private final ResendTimer[] timers;
    private final boolean[] isAsked;
    private final int[] afterTopicIds;

    TopicLister(final TopicFilter filter, final ShardIngress[] connections, final long seed) {
        this.filter = filter;
        this.connections = connections;
        this.isDone = new boolean[connections.length];
        this.correlationIds = new long[connections.length];
        this.timers = new ResendTimer[connections.length];
        this.isAsked = new boolean[connections.length];
        this.afterTopicIds = new int[connections.length];
        for (int i = 0; i < connections.length; i++) {
            topicsByShard.add(new ArrayList<>());
            timers[i] = new ResendTimer(ASK_AGAIN_NS, seed + i);
        }
    }

    void ask(final long nowNs) {
        for (int i = 0; i < connections.length; i++) {
            if (!isDone[i] && (!isAsked[i] || timers[i].isDue(nowNs))) {
                askShard(i, nowNs);
            }
        }
    }

    void onPage(final int shardId, final TopicsPageDecoder page) {
        if (isDone[shardId] || page.correlationId() != correlationIds[shardId]) {
            return;
        }
        final boolean isLast = page.isLast() == BooleanType.TRUE;
        afterTopicIds[shardId] = page.scannedToTopicId();
        final TopicsPageDecoder.TopicsDecoder group = page.topics();
        while (group.hasNext()) {
            group.next();
            final int topicId = group.topicId();
            final long lastTopicSequence = group.lastTopicSequence();
            final long lastTimestampNs = group.lastTimestampNs();
            final long payloadBytes = group.payloadBytes();
            topicsByShard
                    .get(shardId)
                    .add(new TopicState(
                            group.topicName(), shardId, topicId, lastTopicSequence, lastTimestampNs, payloadBytes));
        }
        isDone[shardId] = isLast;
        isAsked[shardId] = false;
    }

    boolean isComplete() {
        return missingShardId() < 0;
    }

    /** A shard whose last page did not come yet, or -1. */
    int missingShardId() {
        for (int i = 0; i < isDone.length; i++) {
            if (!isDone[i]) {
                return i;
            }
        }
        return -1;
    }

    List<TopicState> topics() {
        final List<TopicState> topics = new ArrayList<>();
        topicsByShard.forEach(topics::addAll);
        return topics;
    }

    private void askShard(final int shardId, final long nowNs) {
        final long correlationId = connections[shardId].nextCorrelationId();
        listTopics
                .wrapAndApplyHeader(buffer, 0, messageHeader)
                .correlationId(correlationId)
                .afterTopicId(afterTopicIds[shardId])
                .maxTopics(PAGE_LENGTH)
                .filter(filter.toString());
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + listTopics.encodedLength();
        if (connections[shardId].offer(buffer, 0, length) > 0) {
            correlationIds[shardId] = correlationId;
            if (isAsked[shardId]) {
                timers[shardId].backOff(nowNs);
            } else {
                isAsked[shardId] = true;
                timers[shardId].onProgress(nowNs);
            }
        }
    }
}
