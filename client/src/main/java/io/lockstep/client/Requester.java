package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.codecs.ResultCode;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.collections.Long2ObjectHashMap;

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
    private static final int MAX_POOLED = 1024;

    private final LockstepClient client;
    private final RequesterConfig config;
    private final String replyTopic;
    private final byte[] replyTopicBytes;
    private final Subscriber subscriber;
    private final ClientCounters counters;
    private final ControlledMessageHandler replyHandler = this::onReply;
    private final MessageOptions ownOptions = new MessageOptions();
    private final ExpandableArrayBuffer headers = new ExpandableArrayBuffer(256);
    private final Long2ObjectHashMap<Pending> pendingById = new Long2ObjectHashMap<>();
    private final Long2ObjectHashMap<Pending> pendingByMessage = new Long2ObjectHashMap<>();
    // In no order: what ends is replaced by the last.
    private Pending[] pending = new Pending[16];
    private int pendingCount;
    private Pending[] pool = new Pending[16];
    private int poolCount;

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
    private long nextDeadlineNs;
    private boolean isClosed;

    private static final class Pending {
        private long requestId;
        private long messageId;
        private long deadlineNs;
        private ReplyListener listener;
        private int index;
    }

    Requester(final LockstepClient client, final RequesterConfig config) {
        this.client = client;
        this.config = config;
        this.counters = client.counters();
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
        if (pendingCount >= config.maxOutstanding()) {
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
        add(requestId, messageId, client.nowNs() + timeoutNs, listener);
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
        return pendingCount;
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
        int workCount = subscriber.pollInTurn(replyHandler, REPLY_LIMIT);
        if (pendingCount > 0 && nowNs - nextDeadlineNs >= 0) {
            workCount += endOverdue(nowNs);
        }
        return workCount;
    }

    /** Closes; the listeners of what is outstanding are told of a time-out. Closing twice is harmless. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            client.remove(duty);
            subscriber.close();
            while (pendingCount > 0) {
                final Pending ended = pending[pendingCount - 1];
                final long requestId = ended.requestId;
                remove(ended).onTimeout(requestId);
            }
            publisher.close();
        }
    }

    private Publisher newPublisher() {
        return client.addPublisher(config.publisher(), new PublishListener() {
            @Override
            public void onAccepted(final long messageId, final int shardId, final long position) {
                pendingByMessage.remove(messageId);
            }

            @Override
            public void onRefused(final long messageId, final ResultCode code, final long detail) {
                final Pending refused = pendingByMessage.get(messageId);
                if (refused != null) {
                    final long requestId = refused.requestId;
                    remove(refused).onRefused(requestId, code, detail);
                }
            }

            @Override
            public void onUnknown(final long messageId, final String reason) {
                // It may have been accepted: a reply or the deadline will tell.
                pendingByMessage.remove(messageId);
            }
        });
    }

    private Action onReply(final Message message) {
        if (message.correlationLength() == Long.BYTES) {
            final long requestId = message.buffer().getLong(message.correlationOffset(), ByteOrder.LITTLE_ENDIAN);
            final Pending answered = pendingById.get(requestId);
            if (answered != null) {
                counters.increment(ClientCounter.REPLIES);
                remove(answered).onReply(requestId, message);
            }
        }
        return Action.CONTINUE;
    }

    private int endOverdue(final long nowNs) {
        int ended = 0;
        // Backwards: what ends is replaced by one that was looked at.
        for (int i = pendingCount - 1; i >= 0; i--) {
            // A listener may have ended or begun others.
            if (i < pendingCount && nowNs - pending[i].deadlineNs >= 0) {
                final long requestId = pending[i].requestId;
                counters.increment(ClientCounter.REQUEST_TIMEOUTS);
                ended++;
                remove(pending[i]).onTimeout(requestId);
            }
        }
        nextDeadlineNs = nowNs + TimeUnit.HOURS.toNanos(1);
        for (int i = 0; i < pendingCount; i++) {
            noteDeadline(pending[i].deadlineNs);
        }
        return ended;
    }

    private void noteDeadline(final long deadlineNs) {
        if (nextDeadlineNs - deadlineNs > 0) {
            nextDeadlineNs = deadlineNs;
        }
    }

    private void add(final long requestId, final long messageId, final long deadlineNs, final ReplyListener listener) {
        final Pending added = poolCount > 0 ? pool[--poolCount] : new Pending();
        added.requestId = requestId;
        added.messageId = messageId;
        added.deadlineNs = deadlineNs;
        added.listener = listener;
        added.index = pendingCount;
        if (pendingCount == pending.length) {
            pending = Arrays.copyOf(pending, 2 * pendingCount);
        }
        if (pendingCount == 0) {
            nextDeadlineNs = deadlineNs;
        }
        pending[pendingCount++] = added;
        noteDeadline(deadlineNs);
        pendingById.put(requestId, added);
        pendingByMessage.put(messageId, added);
    }

    /** Ends one, before its listener is told: that may make requests or close this. */
    private ReplyListener remove(final Pending ended) {
        final Pending last = pending[--pendingCount];
        pending[ended.index] = last;
        last.index = ended.index;
        pending[pendingCount] = null;
        pendingById.remove(ended.requestId);
        if (ended.equals(pendingByMessage.get(ended.messageId))) {
            pendingByMessage.remove(ended.messageId);
        }
        final ReplyListener listener = ended.listener;
        ended.listener = null;
        if (poolCount < MAX_POOLED) {
            if (poolCount == pool.length) {
                pool = Arrays.copyOf(pool, 2 * poolCount);
            }
            pool[poolCount++] = ended;
        }
        return listener;
    }
}
