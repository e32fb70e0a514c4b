package io.lockstep.gateway.bridge;

import io.lockstep.client.ClientConfig;
import io.lockstep.client.LockstepClient;
import io.lockstep.client.Message;
import io.lockstep.client.PublishListener;
import io.lockstep.client.Publisher;
import io.lockstep.client.PublisherConfig;
import io.lockstep.client.StartPosition;
import io.lockstep.client.Subscriber;
import io.lockstep.client.SubscriberConfig;
import io.lockstep.client.SubscriberListener;
import io.lockstep.codecs.ResultCode;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * The link over a {@link LockstepClient}: one unordered publisher and one live reader of everything for all sessions of
 * the gateway. A publisher that closed by itself, because the cluster was silent for too long, is replaced by a new one.
 */
public final class LockstepClusterLink implements ClusterLink {
    private static final int WINDOW = 4096;
    private static final int BUFFER_LENGTH = 16 << 20;
    private static final long DEADLINE_NS = TimeUnit.SECONDS.toNanos(30);
    private static final String EVERYTHING = "#";

    private final ClusterLinkListener listener;
    private final Consumer<String> logger;
    private final LockstepClient client;
    private final Subscriber subscriber;
    private final ClientMessage clientMessage = new ClientMessage();
    private Publisher publisher;
    // Ids of a publisher begin at 1; those of the link go on over publishers.
    private long messageIdBase;
    private long lastMessageId;

    /**
     * Connects; waits as long as the configuration says.
     *
     * @param config   of the client.
     * @param listener of the link.
     * @param logger   takes one line for each event that an operator should know.
     */
    public LockstepClusterLink(
            final ClientConfig config, final ClusterLinkListener listener, final Consumer<String> logger) {
        this.listener = listener;
        this.logger = logger;
        this.client = LockstepClient.connect(config);
        try {
            this.subscriber = client.addSubscriber(
                    new SubscriberConfig()
                            .filter(EVERYTHING)
                            .start(StartPosition.live())
                            .listener(new ReaderListener()),
                    this::onMessage);
            this.publisher = newPublisher();
        } catch (final RuntimeException ex) {
            CloseHelper.quietClose(client);
            throw ex;
        }
    }

    @Override
    public int doWork() {
        final int workCount = client.doWork();
        if (publisher.isClosed()) {
            logger.accept("the publisher is replaced: " + publisher.closeReason());
            messageIdBase = lastMessageId;
            publisher = newPublisher();
            return workCount + 1;
        }
        return workCount;
    }

    @Override
    public int shardOf(final String topic) {
        return client.shardOf(topic);
    }

    @Override
    public long offer(
            final String topic,
            final DirectBuffer headers,
            final int headersLength,
            final DirectBuffer payload,
            final int payloadLength) {
        final long result = publisher.offer(topic, headers, 0, headersLength, payload, 0, payloadLength);
        if (result > 0) {
            lastMessageId = messageIdBase + result;
            return lastMessageId;
        }
        // Compared one by one: the client's codes are no constants of a switch here.
        if (result == Publisher.BACK_PRESSURED || result == Publisher.NOT_CONNECTED || result == Publisher.CLOSED) {
            return BACK_PRESSURED;
        }
        return IMPOSSIBLE;
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
    public boolean isLive() {
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

    private Publisher newPublisher() {
        final long base = messageIdBase;
        return client.addPublisher(
                new PublisherConfig()
                        .ordered(false)
                        .window(WINDOW)
                        .bufferLength(BUFFER_LENGTH)
                        .deadlineNs(DEADLINE_NS),
                new PublishListener() {
                    @Override
                    public void onAccepted(final long messageId, final int shardId, final long position) {
                        listener.onAccepted(base + messageId);
                    }

                    @Override
                    public void onRefused(final long messageId, final ResultCode code, final long detail) {
                        listener.onRefused(base + messageId, code);
                    }

                    @Override
                    public void onUnknown(final long messageId, final String reason) {
                        listener.onUnknown(base + messageId, reason);
                    }
                });
    }

    private void onMessage(final Message message) {
        clientMessage.message = message;
        listener.onMessage(clientMessage);
    }

    private final class ReaderListener implements SubscriberListener {
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

    private static final class ClientMessage implements LinkMessage {
        private Message message;

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
}
