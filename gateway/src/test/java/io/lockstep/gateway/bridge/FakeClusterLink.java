package io.lockstep.gateway.bridge;

import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.TreeMap;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** A cluster in memory that commits when it is told to, or at once. Bridge thread, or the test while there is none. */
public final class FakeClusterLink implements ClusterLink {
    public static final int NONE = -1;
    public static final int ALL = -2;

    private final ClusterLinkListener listener;
    private final TreeMap<Long, FakeMessage> unanswered = new TreeMap<>();
    private final Deque<FakeMessage> committed = new ArrayDeque<>();
    private final List<String> offeredTopics = new ArrayList<>();
    private final List<byte[]> offeredHeaders = new ArrayList<>();
    private long lastMessageId;
    private boolean commitsAtOnce = true;
    private boolean isLive = true;
    private volatile boolean isConnected = true;
    private volatile int backPressuredShardId = NONE;
    private volatile boolean isClosed;
    private volatile boolean commitsTwice;
    private long timestampNs = 1_000_000_000L;

    public FakeClusterLink(final ClusterLinkListener listener) {
        this.listener = listener;
    }

    public FakeClusterLink commitsAtOnce(final boolean newCommitsAtOnce) {
        commitsAtOnce = newCommitsAtOnce;
        return this;
    }

    public void isLive(final boolean newIsLive) {
        isLive = newIsLive;
    }

    public void isConnected(final boolean newIsConnected) {
        isConnected = newIsConnected;
    }

    /** One of two shards, {@link #ALL} or {@link #NONE}. */
    public void backPressuredShardId(final int shardId) {
        backPressuredShardId = shardId;
    }

    public void timestampNs(final long newTimestampNs) {
        timestampNs = newTimestampNs;
    }

    public List<Long> unansweredIds() {
        return List.copyOf(unanswered.keySet());
    }

    public List<String> offeredTopics() {
        return offeredTopics;
    }

    public List<byte[]> offeredHeaders() {
        return offeredHeaders;
    }

    public boolean isClosed() {
        return isClosed;
    }

    public void commit(final long messageId) {
        committed.add(unanswered.remove(messageId));
        listener.onAccepted(messageId);
        if (commitsTwice) {
            listener.onAccepted(messageId);
        }
    }

    public void refuse(final long messageId, final ResultCode code) {
        unanswered.remove(messageId);
        listener.onRefused(messageId, code);
    }

    public void forget(final long messageId) {
        unanswered.remove(messageId);
        listener.onUnknown(messageId, "the test forgot it");
    }

    /** Breaks the promise of one answer to each message from now on. */
    public void commitTwice() {
        commitsTwice = true;
    }

    public void loseStream() {
        listener.onStreamLost("the test lost it");
    }

    /** A message that somebody else published. */
    public void publish(final String topic, final byte[] headers, final byte[] payload) {
        committed.add(message(topic, headers, payload, timestampNs));
    }

    @Override
    public int doWork() {
        if (commitsAtOnce) {
            for (final long messageId : unansweredIds()) {
                commit(messageId);
            }
        }
        return committed.size();
    }

    /** Topics that begin with {@code 1} live in shard 1, the others in shard 0. */
    @Override
    public int shardOf(final String topic) {
        return topic.startsWith("1") ? 1 : 0;
    }

    /** Topics that begin with {@code spread} have partitions; a client's is the length of its id. */
    @Override
    public String targetOf(final String topic, final String clientId) {
        return topic.startsWith("spread") ? topic + "/$" + clientId.length() : topic;
    }

    @Override
    public long offer(
            final int shardId,
            final String topic,
            final DirectBuffer headers,
            final int headersLength,
            final DirectBuffer payload,
            final int payloadLength) {
        if (backPressuredShardId == ALL || backPressuredShardId == shardId) {
            return BACK_PRESSURED;
        }
        final byte[] headersCopy = new byte[headersLength];
        headers.getBytes(0, headersCopy);
        final byte[] payloadCopy = new byte[payloadLength];
        payload.getBytes(0, payloadCopy);
        offeredTopics.add(topic);
        offeredHeaders.add(headersCopy);
        unanswered.put(++lastMessageId, message(topic, headersCopy, payloadCopy, timestampNs));
        return lastMessageId;
    }

    @Override
    public int poll(final int limit) {
        int count = 0;
        while (count < limit && !committed.isEmpty()) {
            listener.onMessage(committed.poll());
            count++;
        }
        return count;
    }

    @Override
    public boolean isConnected() {
        return isConnected;
    }

    @Override
    public boolean isLive() {
        return isLive;
    }

    @Override
    public void close() {
        isClosed = true;
        for (final long messageId : unansweredIds()) {
            forget(messageId);
        }
    }

    private static FakeMessage message(
            final String topic, final byte[] headers, final byte[] payload, final long timestampNs) {
        final byte[] topicBytes = topic.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(new byte[topicBytes.length + headers.length + payload.length]);
        buffer.putBytes(0, topicBytes);
        buffer.putBytes(topicBytes.length, headers);
        buffer.putBytes(topicBytes.length + headers.length, payload);
        return new FakeMessage(buffer, topicBytes.length, headers.length, payload.length, timestampNs);
    }

    private record FakeMessage(
            DirectBuffer buffer, int topicLength, int headersLength, int payloadLength, long timestampNs)
            implements LinkMessage {
        @Override
        public int topicOffset() {
            return 0;
        }

        @Override
        public int headersOffset() {
            return topicLength;
        }

        @Override
        public int payloadOffset() {
            return topicLength + headersLength;
        }
    }
}
