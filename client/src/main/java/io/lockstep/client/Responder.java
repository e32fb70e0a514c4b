package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Gets requests and publishes replies. Messages that expect no reply are passed over. Several responders of one filter all
 * get each request; the first reply wins. Made by {@link LockstepClient#addResponder}, owned by the thread that owns the
 * client and driven by {@link LockstepClient#doWork()}.
 *
 * <p>A reply is tried through every outage until the time of its request is over, for at least 30 s, and for an hour where
 * the request does not expire. Then it is given up, together with all other unanswered replies if those are over too; see
 * {@link #refusedCount}. Until then it may be published after its request's end, which does no harm: nobody waits for it.
 */
public final class Responder implements AutoCloseable {
    private static final int REQUEST_LIMIT = 64;

    private final LockstepClient client;
    private final RequestHandler handler;
    private final Subscriber subscriber;
    private final ControlledMessageHandler requestHandler = this::onRequest;
    private final MessageOptions options = new MessageOptions();
    private final ReplyDeadline deadline = new ReplyDeadline();
    private final UnsafeBuffer lastTopicBytes = new UnsafeBuffer(0, 0);
    private String lastTopic;
    private final ClientDuty duty = new ClientDuty() {
        @Override
        public int doWork(final long nowNs) {
            return Responder.this.doWork(nowNs);
        }

        @Override
        public void close() {
            Responder.this.close();
        }
    };

    private Publisher publisher;
    private long refusedCount;
    private boolean isClosed;

    Responder(final LockstepClient client, final SubscriberConfig config, final RequestHandler handler) {
        this.client = client;
        this.handler = Objects.requireNonNull(handler, "handler");
        this.subscriber = client.addSubscriber(config, message -> {});
        this.publisher = newPublisher();
        client.add(duty);
    }

    /**
     * Publishes the reply to a request.
     *
     * @param request during its handler call.
     * @param buffer  that holds the payload; copied before this returns.
     * @param offset  of its first byte.
     * @param length  in bytes, may be 0.
     * @return an id above 0, or one of the negative codes of {@link Publisher}.
     */
    public long reply(final Message request, final DirectBuffer buffer, final int offset, final int length) {
        options.clear();
        if (request.correlationLength() >= 0) {
            options.correlation(request.buffer(), request.correlationOffset(), request.correlationLength());
        }
        return offer(topicOf(request), request.expiryMs(), wantedUntilNs(request), buffer, offset, length);
    }

    /**
     * Publishes a reply later.
     *
     * @param address of the request.
     * @param buffer  that holds the payload; copied before this returns.
     * @param offset  of its first byte.
     * @param length  in bytes, may be 0.
     * @return an id above 0, or one of the negative codes of {@link Publisher}.
     */
    public long reply(final ReplyAddress address, final DirectBuffer buffer, final int offset, final int length) {
        options.clear();
        if (address.correlation() != null) {
            options.correlation(address.correlation());
        }
        // One that does not expire is wanted as well when its reply takes its time.
        final long wantedUntilNs = address.expiryMs() < 0
                ? ReplyDeadline.wantedUntilNs(address.expiryMs(), 0, client.nowNs())
                : address.wantedUntilNs();
        return offer(address.topic(), address.expiryMs(), wantedUntilNs, buffer, offset, length);
    }

    /**
     * Where the reply to a request goes, for one who answers later. Allocates.
     *
     * @param request during its handler call.
     * @return the address.
     */
    public ReplyAddress addressOf(final Message request) {
        byte[] correlation = null;
        if (request.correlationLength() >= 0) {
            correlation = new byte[request.correlationLength()];
            request.buffer().getBytes(request.correlationOffset(), correlation);
        }
        return new ReplyAddress(request.replyTo(), correlation, request.expiryMs(), wantedUntilNs(request));
    }

    /**
     * The subscriber that reads the requests, for its positions and nodes.
     *
     * @return owned by this; not to be polled.
     */
    public Subscriber subscriber() {
        return subscriber;
    }

    /**
     * Replies that were refused, or of which nobody knows whether they were accepted: they were given up when the time of
     * their requests was over, or the cluster no longer knew the producer, or the responder was closed before their answers.
     *
     * @return their number.
     */
    public long refusedCount() {
        return refusedCount;
    }

    /**
     * Replies that are not answered by the cluster yet.
     *
     * @return their number.
     */
    public int unansweredCount() {
        return publisher.unansweredCount();
    }

    private int doWork(final long nowNs) {
        if (isClosed) {
            return 0;
        }
        if (deadline.isOver(nowNs) && publisher.unansweredCount() > 0) {
            // The next reply opens another one.
            publisher.close();
        }
        return subscriber.pollInTurn(requestHandler, REQUEST_LIMIT);
    }

    /** Closes; replies that are not answered may be lost, see {@link LockstepClient#close(long)}. */
    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            client.remove(duty);
            subscriber.close();
            publisher.close();
        }
    }

    private Action onRequest(final Message message) {
        return message.replyToLength() < 0 ? Action.CONTINUE : handler.onRequest(message, this);
    }

    /** How a responder publishes: without a deadline of the publisher, since replies have theirs of their requests. */
    static PublisherConfig publisherConfig() {
        return new PublisherConfig().ordered(false).deadlineNs(Long.MAX_VALUE);
    }

    private long wantedUntilNs(final Message request) {
        final long ageNs = client.clusterTimeNs(request.shardId()) - request.timestampNs();
        return ReplyDeadline.wantedUntilNs(request.expiryMs(), ageNs, client.nowNs());
    }

    private long offer(
            final String topic,
            final long expiryMs,
            final long wantedUntilNs,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (isClosed) {
            return Publisher.CLOSED;
        }
        if (publisher.isClosed()) {
            publisher = newPublisher();
        }
        if (expiryMs >= 0) {
            options.expireAfterMs(expiryMs);
        }
        final boolean isOnlyOne = publisher.unansweredCount() == 0;
        final long result = publisher.offer(topic, options, buffer, offset, length);
        if (result > 0) {
            deadline.onReply(isOnlyOne, wantedUntilNs, client.nowNs());
        }
        return result;
    }

    private Publisher newPublisher() {
        return client.addPublisher(publisherConfig(), new PublishListener() {
            @Override
            public void onAccepted(final long messageId, final int shardId, final long position) {
                // As expected; whether somebody reads it is the asker's business.
            }

            @Override
            public void onRefused(final long messageId, final ResultCode code, final long detail) {
                refusedCount++;
            }

            @Override
            public void onUnknown(final long messageId, final String reason) {
                refusedCount++;
            }
        });
    }

    // Many requests come from one asker: its topic is not made anew for each.
    private String topicOf(final Message request) {
        final int length = request.replyToLength();
        if (lastTopic == null
                || length != lastTopicBytes.capacity()
                || !isLast(request.buffer(), request.replyToOffset(), length)) {
            lastTopic = request.replyTo();
            lastTopicBytes.wrap(lastTopic.getBytes(StandardCharsets.UTF_8));
        }
        return lastTopic;
    }

    private boolean isLast(final DirectBuffer buffer, final int offset, final int length) {
        for (int i = 0; i < length; i++) {
            if (buffer.getByte(offset + i) != lastTopicBytes.getByte(i)) {
                return false;
            }
        }
        return true;
    }
}
