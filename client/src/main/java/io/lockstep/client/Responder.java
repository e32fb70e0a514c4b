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
 */
public final class Responder implements AutoCloseable {
    private static final int REQUEST_LIMIT = 64;

    private final LockstepClient client;
    private final RequestHandler handler;
    private final Subscriber subscriber;
    private final ControlledMessageHandler requestHandler = this::onRequest;
    private final MessageOptions options = new MessageOptions();
    private final UnsafeBuffer lastTopicBytes = new UnsafeBuffer(0, 0);
    private String lastTopic;
    private final ClientDuty duty = new ClientDuty() {
        @Override
        public int doWork(final long nowNs) {
            return Responder.this.doWork();
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
        return offer(topicOf(request), request.expiryMs(), buffer, offset, length);
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
        return offer(address.topic(), address.expiryMs(), buffer, offset, length);
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
        return new ReplyAddress(request.replyTo(), correlation, request.expiryMs());
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
     * Replies that were refused, or of which nobody knows whether they were accepted.
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

    private int doWork() {
        return isClosed ? 0 : subscriber.pollInTurn(requestHandler, REQUEST_LIMIT);
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

    private long offer(
            final String topic, final long expiryMs, final DirectBuffer buffer, final int offset, final int length) {
        if (isClosed) {
            return Publisher.CLOSED;
        }
        if (publisher.isClosed()) {
            publisher = newPublisher();
        }
        if (expiryMs >= 0) {
            options.expireAfterMs(expiryMs);
        }
        return publisher.offer(topic, options, buffer, offset, length);
    }

    private Publisher newPublisher() {
        return client.addPublisher(new PublisherConfig().ordered(false), new PublishListener() {
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
