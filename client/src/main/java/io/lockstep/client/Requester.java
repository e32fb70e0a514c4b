package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;

/**
 * Publishes requests and gets their replies. A request is a message that names the topic of its reply and a number that
 * the reply carries back; a reply is a message like any other. So both survive the loss of any node, and the reply comes
 * also where this client reads from another node by then. The first reply wins; a request that has none at its deadline
 * ends with a time-out, and expires for those who would read it later.
 *
 * <p>A request is published once, but it may be served more than once, where a responder goes on at an older position: who
 * serves makes that harmless. Made by {@link LockstepClient#addRequester}, owned by the thread that owns the client and
 * driven by {@link LockstepClient#doWork()}.
 */
public final class Requester implements AutoCloseable {
    /** Refused: as many requests as may be are outstanding; try again. */
    public static final long TOO_MANY_OUTSTANDING = -10;

    private static final int REPLY_LIMIT = 64;

    private final LockstepClient client;
    private final RequesterConfig config;
    private final String replyTopic;
    private final byte[] replyTopicBytes;
    private final Subscriber subscriber;
    private final ClientCounters counters;
    private final ControlledMessageHandler replyHandler = this::onReply;
    private final MessageOptions ownOptions = new MessageOptions();
    private final ExpandableArrayBuffer headers = new ExpandableArrayBuffer(256);
    private final PendingRequests pending;

    private final ClientDuty duty = new ClientDuty() {
        @Override
        public int doWork(final long nowNs) {
            return Requester.this.doWork(nowNs);
        }

        @Override
        public void close() {
            Requester.this.close();
        }
    };

    private Publisher publisher;
    private long nextRequestId;
    private boolean isClosed;

    Requester(final LockstepClient client, final RequesterConfig config) {
        this.client = client;
        this.config = config;
        this.counters = client.counters();
        this.pending = new PendingRequests(counters);
        final long random = ThreadLocalRandom.current().nextLong();
        this.replyTopic = config.replyTopic() == null ? "reply/" + Long.toHexString(random) : config.replyTopic();
        this.replyTopicBytes = replyTopic.getBytes(StandardCharsets.UTF_8);
        // The reply topic may have been used in an earlier run, or by others: a number must not come twice.
        this.nextRequestId = ((ThreadLocalRandom.current().nextLong() >>> 1) & ~0xFFFF_FFFFL) + 1;
        this.subscriber = client.addSubscriber(
                new SubscriberConfig().filter(replyTopic).listener(new SubscriberListener() {
                    @Override
                    public void onCursorLost(
                            final int shardId, final long wantedPosition, final long firstReadablePosition) {
                        // Replies that are gone are older than any deadline, or their requests time out.
                    }
                }),
                message -> {});
        this.publisher = newPublisher();
        client.add(duty);
    }

    /**
     * Publishes a request.
     *
     * @param topic     of the request.
     * @param buffer    that holds the payload; copied before this returns.
     * @param offset    of its first byte.
     * @param length    in bytes, may be 0.
     * @param timeoutNs how long to wait for a reply, above 0.
     * @param listener  is told how it ended.
     * @return the request's id, above 0; or {@link #TOO_MANY_OUTSTANDING}, or one of the negative codes of {@link Publisher}:
     *     {@link Publisher#NOT_CONNECTED} also until the reply topic is being read.
     */
    public long request(
            final String topic,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final long timeoutNs,
            final ReplyListener listener) {
        return request(topic, null, buffer, offset, length, timeoutNs, listener);
    }

    /**
     * Publishes a request with options.
     *
     * @param topic     of the request.
     * @param options   key, headers and the like, or null for none; without expiry, place of the reply and correlation, which
     *                  are the requester's.
     * @param buffer    that holds the payload; copied before this returns.
     * @param offset    of its first byte.
     * @param length    in bytes, may be 0.
     * @param timeoutNs how long to wait for a reply, above 0.
     * @param listener  is told how it ended.
     * @return the request's id, above 0; or a negative code as of the other method.
     */
    public long request(
            final String topic,
            final MessageOptions options,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final long timeoutNs,
            final ReplyListener listener) {
        if (timeoutNs <= 0) {
            throw new IllegalArgumentException("timeoutNs must be above 0, but it is " + timeoutNs);
        }
        if (isClosed) {
            return Publisher.CLOSED;
        }
        if (pending.count() >= config.maxOutstanding()) {
            client.doWork();
            return TOO_MANY_OUTSTANDING;
        }
        if (publisher.isClosed()) {
            publisher = newPublisher();
        }
        if (!subscriber.isConnected()) {
            client.doWork();
            return Publisher.NOT_CONNECTED;
        }
        final long requestId = nextRequestId;
        ownOptions
                .clear()
                .expireAfterMs(Math.max(1, TimeUnit.NANOSECONDS.toMillis(timeoutNs)))
                .replyTo(replyTopicBytes)
                .correlation(requestId);
        headers.putBytes(0, ownOptions.buffer(), 0, ownOptions.length());
        int headersLength = ownOptions.length();
        if (options != null) {
            headers.putBytes(headersLength, options.buffer(), 0, options.length());
            headersLength += options.length();
        }
        final long messageId = publisher.offer(topic, headers, 0, headersLength, buffer, offset, length);
        if (messageId < 0) {
            return messageId;
        }
        nextRequestId++;
        pending.add(requestId, messageId, client.nowNs() + timeoutNs, listener);
        counters.increment(ClientCounter.REQUESTS);
        return requestId;
    }

    /**
     * The topic to which replies are published.
     *
     * @return its name.
     */
    public String replyTopic() {
        return replyTopic;
    }

    /**
     * Requests without an end.
     *
     * @return their number.
     */
    public int outstandingCount() {
        return pending.count();
    }

    /**
     * Whether the reply topic is being read.
     *
     * @return true if so.
     */
    public boolean isConnected() {
        return !isClosed && subscriber.isConnected();
    }

    /**
     * The node from which replies are read.
     *
     * @return its id, or -1 while there is none.
     */
    public int nodeId() {
        for (int i = 0; i < client.shardCount(); i++) {
            if (subscriber.hasShard(i)) {
                return subscriber.nodeId(i);
            }
        }
        return -1;
    }

    private int doWork(final long nowNs) {
        if (isClosed) {
            return 0;
        }
        return subscriber.pollInTurn(replyHandler, REPLY_LIMIT) + pending.endOverdue(nowNs);
    }

    /** Closes; the listeners of what is outstanding are told of a time-out. Closing twice is harmless. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            client.remove(duty);
            subscriber.close();
            try {
                pending.endAll();
            } finally {
                publisher.close();
            }
        }
    }

    private Publisher newPublisher() {
        return client.addPublisher(config.publisher(), new PublishListener() {
            @Override
            public void onAccepted(final long messageId, final int shardId, final long position) {
                pending.onFateOver(messageId);
            }

            @Override
            public void onRefused(final long messageId, final ResultCode code, final long detail) {
                pending.onRefused(messageId, code, detail);
            }

            @Override
            public void onUnknown(final long messageId, final String reason) {
                // It may have been accepted: a reply or the deadline will tell.
                pending.onFateOver(messageId);
            }
        });
    }

    private Action onReply(final Message message) {
        pending.onReply(message, client.nowNs());
        return Action.CONTINUE;
    }
}
