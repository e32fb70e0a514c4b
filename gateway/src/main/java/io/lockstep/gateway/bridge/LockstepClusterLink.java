package io.lockstep.gateway.bridge;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.AnswerListener;
import io.lockstep.client.ClientConfig;
import io.lockstep.client.LastValue;
import io.lockstep.client.LastValuePage;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.SessionOpening;
import io.lockstep.client.SessionPiece;
import io.lockstep.client.SessionUpdates;
import io.lockstep.client.Sessions;
import io.lockstep.client.SharedSubscriptions;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.client.SubscriberListener;
import io.lockstep.client.SubscriptionChange;
import io.lockstep.client.SubscriptionResults;
import io.lockstep.client.UpdateAnswer;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.KeyHash;
import io.lockstep.topic.PartitionName;
import io.lockstep.topic.TopicPolicies;
import io.lockstep.topic.TopicSlots;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.SystemNanoClock;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The link over a {@link LockstepClient}: for all sessions of the gateway one unordered publisher in each shard and one
 * live reader of everything, and one membership under which it has them. A publisher that closed by itself, because its shard was silent for too long, is replaced by
 * a new one.
 */
public final class LockstepClusterLink implements ClusterLink {
    private static final int WINDOW = 4096;
    private static final int BUFFER_LENGTH = 16 << 20;
    private static final String EVERYTHING = "#";
    // Longer than a fail-over, and far shorter than the time that sessions live on.
    private static final long LEASE_NS = TimeUnit.SECONDS.toNanos(10);

    private final ClusterLinkListener listener;
    private final Consumer<String> logger;
    private final LockstepClient client;
    private final Subscriber subscriber;
    private final ClientMessage clientMessage = new ClientMessage();
    private final ShardPublishers publishers;
    private final Sessions sessions;
    private final SharedSubscriptions shared;
    private final ClusterAccess access;
    private final AccessLane accessLane;
    private final long timeoutNs;
    // Also read by the threads of front ends.
    private volatile TopicPolicies policies = TopicPolicies.NONE;

    /**
     * Connects; waits as long as the configuration says.
     *
     * @param config           of the client.
     * @param publishTimeoutNs after which a message that got no answer is unknown.
     * @param listener         of the link.
     * @param logger           takes one line for each event that an operator should know.
     * @param access           between gateway and cluster.
     */
    public LockstepClusterLink(
            final ClientConfig config,
            final long publishTimeoutNs,
            final ClusterLinkListener listener,
            final Consumer<String> logger,
            final ClusterAccess access) {
        this.listener = listener;
        this.logger = logger;
        this.access = access;
        this.timeoutNs = publishTimeoutNs;
        this.client = LockstepClient.connect(config);
        try {
            this.sessions = client.sessions();
            this.shared = sessions.shared();
            this.accessLane = new AccessLane(
                    AccessLane.over(client.access()), access, SystemNanoClock.INSTANCE, config.clientName());
            sessions.join(LEASE_NS, listener::onMembershipLost);
            this.subscriber = client.addSubscriber(
                    new SubscriberConfig()
                            .filter(EVERYTHING)
                            .start(StartPosition.live())
                            // Told to each session when it gets the message, which may be later.
                            .deliverExpired(true)
                            .listener(new ReaderListener()),
                    this::onMessage);
            final PublisherConfig publisherConfig = new PublisherConfig()
                    .ordered(false)
                    .window(WINDOW)
                    .bufferLength(BUFFER_LENGTH)
                    .deadlineNs(publishTimeoutNs);
            this.publishers = new ShardPublishers(
                    client.shardCount(),
                    told -> new ClientPublisher(client.addPublisher(publisherConfig, told)),
                    listener,
                    logger);
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(client);
            throw ex;
        }
    }

    @Override
    public int doWork() {
        final int workCount = client.doWork() + publishers.replaceClosed() + accessLane.doWork();
        final TopicPolicies newest = client.policies().newest();
        if (!newest.equals(policies)) {
            policies = newest;
        }
        return workCount;
    }

    @Override
    public int shardOf(final String topic) {
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return TopicSlots.defaultShardOf(
                TopicSlots.slotOf(new UnsafeBuffer(name), 0, name.length), client.shardCount());
    }

    @Override
    public int ownerOf(final String topic) {
        return client.shardOf(topic);
    }

    @Override
    public String targetOf(final String topic, final String clientId) {
        final TopicPolicies current = policies;
        if (current.isEmpty()) {
            return topic;
        }
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        final UnsafeBuffer buffer = new UnsafeBuffer(name);
        final int partitions = PartitionName.partitionOf(buffer, 0, name.length) == PartitionName.NONE
                ? current.partitionsOf(buffer, 0, name.length)
                : 0;
        if (partitions == 0) {
            return topic;
        }
        final byte[] key = clientId.getBytes(StandardCharsets.UTF_8);
        final int partition = KeyHash.partitionOf(new UnsafeBuffer(key), 0, key.length, partitions);
        return PartitionName.nameOf(topic, partition);
    }

    @Override
    public long offer(
            final int shardId,
            final String topic,
            final DirectBuffer headers,
            final int headersLength,
            final DirectBuffer payload,
            final int payloadLength) {
        return publishers.offer(shardId, topic, headers, headersLength, payload, payloadLength);
    }

    @Override
    public int poll(final int limit) {
        return subscriber.poll(limit);
    }

    @Override
    public boolean isConnected() {
        return client.isConnected();
    }

    @Override
    public int shardCount() {
        return client.shardCount();
    }

    @Override
    public int homeShardOf(final String clientId) {
        return shardOf(clientId);
    }

    @Override
    public long position(final int shardId) {
        return subscriber.position(shardId);
    }

    @Override
    public LinkReader openReader(final int shardId, final long position, final LinkReader.Handler handler) {
        return new ClientReader(shardId, position, handler);
    }

    @Override
    public void openSession(
            final int shardId, final SessionOpening opening, final AnswerListener<SessionPiece> answer) {
        sessions.open(shardId, opening, timeoutNs, answer);
    }

    @Override
    public void changeSubscriptions(
            final int shardId,
            final long sessionId,
            final long epoch,
            final List<SubscriptionChange> changes,
            final byte[] principal,
            final AnswerListener<SubscriptionResults> answer) {
        sessions.change(shardId, sessionId, epoch, changes, principal, timeoutNs, answer);
    }

    @Override
    public void updateSessions(
            final int shardId, final SessionUpdates updates, final AnswerListener<UpdateAnswer> answer) {
        sessions.update(shardId, updates, timeoutNs, answer);
    }

    @Override
    public void closeSession(
            final int shardId, final long sessionId, final long epoch, final long expiryNs, final boolean keepsWill) {
        sessions.close(shardId, sessionId, epoch, expiryNs, keepsWill, timeoutNs, new AnswerListener<>() {
            @Override
            public void onAnswer(final ResultCode code) {
                // Where another connection has the session by now, there is nothing to close.
            }

            @Override
            public void onTimeout() {
                logger.accept("shard " + shardId + " was not told in time that the connection of session " + sessionId
                        + " is over; it ends with the next one, or with this gateway");
            }
        });
    }

    @Override
    public void lastValues(
            final int shardId,
            final String filter,
            final int topicId,
            final long upToPosition,
            final AnswerListener<RetainedPage> answer) {
        sessions.lastValues(shardId, filter, topicId, upToPosition, timeoutNs, new AnswerListener<>() {
            @Override
            public void onAnswer(final LastValuePage page) {
                answer.onAnswer(new RetainedPage(
                        page.code(),
                        page.scannedToTopicId(),
                        page.isLast(),
                        page.values().stream()
                                .map(LockstepClusterLink::deliveryOf)
                                .toList()));
            }

            @Override
            public void onTimeout() {
                answer.onTimeout();
            }
        });
    }

    @Override
    public void findShared(final int shardId, final String filter, final AnswerListener<Integer> answer) {
        shared.find(shardId, filter, timeoutNs, answer);
    }

    @Override
    public void creditShared(
            final int shardId,
            final int groupId,
            final long epoch,
            final int credit,
            final AnswerListener<ResultCode> answer) {
        shared.credit(shardId, groupId, epoch, credit, timeoutNs, answer);
    }

    @Override
    public void settleShared(
            final int shardId,
            final int groupId,
            final long epoch,
            final long[] positions,
            final int[] attempts,
            final AnswerListener<ResultCode> answer) {
        shared.settle(shardId, groupId, epoch, positions, attempts, timeoutNs, answer);
    }

    private static Delivery deliveryOf(final LastValue value) {
        return Delivery.of(value.topic(), value.headerBlock(), value.payload(), value.timestampNs());
    }

    @Override
    public boolean isLive() {
        if (!sessions.isMember() || !access.isDecided()) {
            return false;
        }
        for (int shardId = 0, shards = client.shardCount(); shardId < shards; shardId++) {
            if (subscriber.position(shardId) < 0) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void close() {
        CloseHelper.close(client);
    }

    private void onMessage(final Message message) {
        clientMessage.message = message;
        listener.onMessage(clientMessage);
    }

    private final class ReaderListener implements SubscriberListener {
        @Override
        public void onSessionChanged(final int shardId, final long sessionId, final long epoch, final long position) {
            listener.onSessionChanged(sessionId, epoch);
        }

        @Override
        public void onGroupAssigned(
                final int shardId,
                final int groupId,
                final long memberId,
                final long messagePosition,
                final int recordLength,
                final int attempt) {
            listener.onSharedAssigned(shardId, groupId, memberId, messagePosition, recordLength, attempt);
        }

        @Override
        public void onNodeChanged(final int shardId, final int nodeId, final String reason) {
            logger.accept("shard " + shardId + " is read from node " + nodeId + ": " + reason);
        }

        @Override
        public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
            listener.onStreamLost("shard " + shardId + " was to be read from position " + wantedPosition
                    + " but begins at " + firstReadablePosition);
        }
    }

    private final class ClientReader implements LinkReader {
        private final ClientMessage ownMessage = new ClientMessage();
        private final int shardId;
        private final LinkReader.Handler handler;
        private final Subscriber reader;
        private boolean isLost;

        ClientReader(final int shardId, final long position, final LinkReader.Handler handler) {
            this.shardId = shardId;
            this.handler = handler;
            this.reader = client.addSubscriber(
                    new SubscriberConfig()
                            .filter(EVERYTHING)
                            .onlyShard(shardId)
                            .start(position <= 0 ? StartPosition.start() : StartPosition.position(position))
                            .deliverExpired(true)
                            .listener(new SubscriberListener() {
                                @Override
                                public void onCursorLost(
                                        final int lostShardId,
                                        final long wantedPosition,
                                        final long firstReadablePosition) {
                                    isLost = true;
                                }
                            }),
                    message -> {});
        }

        @Override
        public int poll(final int limit) {
            return isLost ? 0 : reader.controlledPoll(this::onReaderMessage, limit);
        }

        @Override
        public long position() {
            return reader.position(shardId);
        }

        @Override
        public boolean isLost() {
            return isLost;
        }

        @Override
        public void close() {
            reader.close();
        }

        private Action onReaderMessage(final Message message) {
            if (isLost) {
                return Action.ABORT;
            }
            ownMessage.message = message;
            return handler.onMessage(ownMessage) ? Action.CONTINUE : Action.ABORT;
        }
    }

    private static final class ClientMessage implements LinkMessage {
        private Message message;

        @Override
        public int shardId() {
            return message.shardId();
        }

        @Override
        public long position() {
            return message.position();
        }

        @Override
        public DirectBuffer buffer() {
            return message.buffer();
        }

        @Override
        public int topicOffset() {
            return message.topicOffset();
        }

        @Override
        public int topicLength() {
            return message.topicLength();
        }

        @Override
        public int headersOffset() {
            return message.headersOffset();
        }

        @Override
        public int headersLength() {
            return message.headersLength();
        }

        @Override
        public int payloadOffset() {
            return message.payloadOffset();
        }

        @Override
        public int payloadLength() {
            return message.payloadLength();
        }

        @Override
        public long timestampNs() {
            return message.timestampNs();
        }
    }

    private record ClientPublisher(Publisher publisher) implements LinkPublisher {
        @Override
        public long offer(
                final String topic,
                final DirectBuffer headers,
                final int headersLength,
                final DirectBuffer payload,
                final int payloadLength) {
            return publisher.offer(topic, headers, 0, headersLength, payload, 0, payloadLength);
        }

        @Override
        public boolean isClosed() {
            return publisher.isClosed();
        }

        @Override
        public String closeReason() {
            return publisher.closeReason();
        }

        @Override
        public void close() {
            publisher.close();
        }
    }
}
