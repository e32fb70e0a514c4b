package io.lockstep.gateway.bridge;

import io.lockstep.client.AnswerListener;
import io.lockstep.client.SessionOpening;
import io.lockstep.client.SessionPiece;
import io.lockstep.client.SessionUpdates;
import io.lockstep.client.SubscriptionChange;
import io.lockstep.client.SubscriptionResults;
import io.lockstep.client.UpdateAnswer;
import io.lockstep.codecs.ResultCode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.agrona.DirectBuffer;

/** A cluster in memory that commits when it is told to, or at once. Bridge thread, or the test while there is none. */
public final class FakeClusterLink implements ClusterLink {
    public static final int NONE = -1;
    public static final int ALL = -2;

    private final ClusterLinkListener listener;
    private final FakeCluster cluster;
    private final TreeMap<Long, Offered> unanswered = new TreeMap<>();
    private final Queue<Runnable> answers = new ArrayDeque<>();
    private final long[] positions = new long[FakeCluster.SHARDS];
    private final List<String> offeredTopics = new ArrayList<>();
    private final List<byte[]> offeredHeaders = new ArrayList<>();
    private int read;
    private long lastMessageId;
    private boolean answersSessions = true;
    private boolean isReading = true;
    private boolean isDead;
    private boolean changesTwice;
    private boolean isRouted;
    private boolean commitsAtOnce = true;
    private boolean isLive = true;
    private volatile boolean isConnected = true;
    private volatile int backPressuredShardId = NONE;
    private volatile boolean isClosed;
    private volatile boolean commitsTwice;
    private long timestampNs = 1_000_000_000L;

    public FakeClusterLink(final ClusterLinkListener listener) {
        this(listener, new FakeCluster());
    }

    /** One of several links to a cluster; it begins to read at its end. */
    public FakeClusterLink(final ClusterLinkListener listener, final FakeCluster cluster) {
        this.listener = listener;
        this.cluster = cluster;
        this.read = cluster.journalLength();
        for (int shardId = 0; shardId < positions.length; shardId++) {
            positions[shardId] = cluster.end(shardId);
        }
    }

    public FakeCluster cluster() {
        return cluster;
    }

    /** Whether commands about sessions are answered. */
    public void answersSessions(final boolean newAnswersSessions) {
        answersSessions = newAnswersSessions;
    }

    /** Whether the stream is handed out. */
    public void isReading(final boolean newIsReading) {
        isReading = newIsReading;
    }

    /** From now on nothing that the gateway does has an effect, as after its kill. */
    public void kill() {
        isDead = true;
    }

    /** From now on the first answers to changes of subscriptions are lost, and they are made again. */
    public void changesTwice() {
        changesTwice = true;
    }

    /** From now on topics live elsewhere than their names say. */
    public void isRouted(final boolean newIsRouted) {
        isRouted = newIsRouted;
    }

    public void loseMembership() {
        listener.onMembershipLost(0);
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
        final Offered offered = unanswered.remove(messageId);
        final ResultCode code = cluster.accept(offered.topic, offered.headers, offered.payload, timestampNs);
        if (code != ResultCode.ACCEPTED) {
            listener.onRefused(messageId, code);
            return;
        }
        listener.onAccepted(messageId, FakeCluster.shardOf(offered.topic));
        if (commitsTwice) {
            listener.onAccepted(messageId, FakeCluster.shardOf(offered.topic));
        }
    }

    /** The answer to a message that is appended twice: its packet is known. */
    public void answerKnown(final long messageId) {
        listener.onRefused(messageId, ResultCode.PACKET_KNOWN);
    }

    /** The message is appended, but the answer is lost. */
    public void commitSilently(final long messageId) {
        final Offered offered = unanswered.remove(messageId);
        cluster.accept(offered.topic, offered.headers, offered.payload, timestampNs);
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
        cluster.accept(topic, headers, payload, timestampNs);
    }

    @Override
    public int doWork() {
        if (isDead) {
            return 0;
        }
        if (commitsAtOnce) {
            for (final long messageId : unansweredIds()) {
                commit(messageId);
            }
        }
        int workCount = 0;
        while (answersSessions && !answers.isEmpty()) {
            answers.remove().run();
            workCount++;
        }
        return workCount + (isReading ? cluster.journalLength() - read : 0);
    }

    @Override
    public int shardCount() {
        return FakeCluster.SHARDS;
    }

    @Override
    public int homeShardOf(final String clientId) {
        return FakeCluster.shardOf(clientId);
    }

    @Override
    public long position(final int shardId) {
        return positions[shardId];
    }

    @Override
    public LinkReader openReader(final int shardId, final long position, final LinkReader.Handler handler) {
        return new FakeReader(shardId, position, handler);
    }

    @Override
    public void openSession(
            final int shardId, final SessionOpening opening, final AnswerListener<SessionPiece> answer) {
        ask(() -> cluster.open(shardId, opening), answer);
    }

    @Override
    public void changeSubscriptions(
            final int shardId,
            final long sessionId,
            final long epoch,
            final List<SubscriptionChange> changes,
            final byte[] principal,
            final AnswerListener<SubscriptionResults> answer) {
        if (changesTwice) {
            cluster.change(shardId, sessionId, epoch, changes, principal);
        }
        ask(() -> cluster.change(shardId, sessionId, epoch, changes, principal), answer);
    }

    @Override
    public void updateSessions(
            final int shardId, final SessionUpdates updates, final AnswerListener<UpdateAnswer> answer) {
        ask(() -> cluster.update(shardId, updates), answer);
    }

    @Override
    public void closeSession(
            final int shardId, final long sessionId, final long epoch, final long expiryNs, final boolean keepsWill) {
        if (!isDead) {
            cluster.close(shardId, sessionId, epoch, expiryNs, keepsWill);
        }
    }

    @Override
    public void lastValues(
            final int shardId,
            final String filter,
            final int topicId,
            final long upToPosition,
            final AnswerListener<RetainedPage> answer) {
        ask(() -> cluster.lastValues(shardId, filter, topicId, upToPosition), answer);
    }

    @Override
    public void findShared(final int shardId, final String filter, final AnswerListener<Integer> answer) {
        ask(() -> cluster.findShare(shardId, filter), answer);
    }

    @Override
    public void creditShared(
            final int shardId,
            final int groupId,
            final long epoch,
            final int credit,
            final AnswerListener<ResultCode> answer) {
        ask(() -> cluster.credit(shardId, groupId, epoch, credit), answer);
    }

    @Override
    public void settleShared(
            final int shardId,
            final int groupId,
            final long epoch,
            final long[] positions,
            final int[] attempts,
            final AnswerListener<ResultCode> answer) {
        ask(() -> cluster.settle(shardId, groupId, epoch, positions, attempts), answer);
    }

    // Takes effect at once, like a command that is committed; the answer comes later.
    private <T> void ask(final Supplier<T> command, final AnswerListener<T> answer) {
        if (!isDead) {
            final T result = command.get();
            answers.add(() -> answer.onAnswer(result));
        }
    }

    @Override
    public int shardOf(final String topic) {
        return isRouted ? 0 : FakeCluster.shardOf(topic);
    }

    @Override
    public int ownerOf(final String topic) {
        return FakeCluster.shardOf(topic);
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
        unanswered.put(++lastMessageId, new Offered(topic, headersCopy, payloadCopy));
        return lastMessageId;
    }

    @Override
    public int poll(final int limit) {
        int count = 0;
        while (count < limit && isReading && !isDead && read < cluster.journalLength()) {
            final FakeCluster.Entry entry = cluster.entry(read);
            read++;
            if (entry.assignment() != null) {
                final FakeCluster.Assignment given = entry.assignment();
                listener.onSharedAssigned(
                        entry.shardId(),
                        given.groupId(),
                        given.epoch(),
                        given.position(),
                        given.recordLength(),
                        given.attempt());
            } else if (entry.message() == null) {
                listener.onSessionChanged(entry.sessionId(), entry.epoch());
            } else {
                listener.onMessage(entry.message());
            }
            positions[entry.shardId()] = entry.position();
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

    /** Opens the bytes of a message that was offered. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Offered(String topic, byte[] headers, byte[] payload) {}

    private final class FakeReader implements LinkReader {
        private final int shardId;
        private final LinkReader.Handler handler;
        private long position;

        FakeReader(final int shardId, final long position, final LinkReader.Handler handler) {
            this.shardId = shardId;
            this.position = position;
            this.handler = handler;
        }

        @Override
        public int poll(final int limit) {
            int count = 0;
            for (int i = 0; i < cluster.journalLength() && count < limit && !isLost(); i++) {
                final FakeCluster.Entry entry = cluster.entry(i);
                if (entry.shardId() == shardId && entry.position() > position) {
                    if (entry.message() != null && !handler.onMessage(entry.message())) {
                        return count;
                    }
                    position = entry.position();
                    count++;
                }
            }
            return count;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public boolean isLost() {
            return cluster.isRemoved(shardId, position);
        }

        @Override
        public void close() {
            // There is nothing to give back.
        }
    }
}
