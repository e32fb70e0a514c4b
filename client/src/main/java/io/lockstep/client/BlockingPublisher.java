package io.lockstep.client;

import io.lockstep.codecs.ResultCode;
import java.nio.charset.StandardCharsets;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Publishes one message at a time and waits for its fate: for programs that publish seldom and want it simple. Each call
 * costs a round trip; who needs rate uses a {@link Publisher}. Belongs to the thread that owns the client, which it drives
 * while it waits; not to be called from a listener or handler.
 *
 * <p>A wait ends with the deadline of the configuration: then the fate of the message is unknown and the publisher is
 * closed, like any publisher with an unanswered message.
 */
public final class BlockingPublisher implements AutoCloseable {
    private final LockstepClient client;
    private final Publisher publisher;
    private final long deadlineNs;
    private final UnsafeBuffer payloadView = new UnsafeBuffer(0, 0);
    private final UnsafeBuffer none = new UnsafeBuffer(0, 0);

    // The fate of the message that is waited for.
    private long answeredId;
    private long position;
    private ResultCode refusal;
    private long refusalDetail;
    private String unknownReason;

    BlockingPublisher(final LockstepClient client, final PublisherConfig config) {
        this.client = client;
        this.deadlineNs = config.deadlineNs();
        this.publisher = client.addPublisher(config, new Fate());
    }

    /**
     * Publishes text.
     *
     * @param topic   of the message.
     * @param payload written as UTF-8.
     * @return the position behind the message in its shard's journal.
     * @throws PublishException where it is refused or its fate is not known.
     */
    public long publish(final String topic, final String payload) {
        return publish(topic, payload.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Publishes bytes.
     *
     * @param topic   of the message.
     * @param payload may be empty.
     * @return the position behind the message in its shard's journal.
     * @throws PublishException where it is refused or its fate is not known.
     */
    public long publish(final String topic, final byte[] payload) {
        payloadView.wrap(payload);
        return publish(topic, null, payloadView, 0, payload.length);
    }

    /**
     * Publishes with options.
     *
     * @param topic   of the message.
     * @param options of the message, or null for none.
     * @param payload may be empty.
     * @return the position behind the message in its shard's journal; of a message that is held back its id.
     * @throws PublishException where it is refused or its fate is not known.
     */
    public long publish(final String topic, final MessageOptions options, final byte[] payload) {
        payloadView.wrap(payload);
        return publish(topic, options, payloadView, 0, payload.length);
    }

    /**
     * Publishes with options.
     *
     * @param topic   of the message.
     * @param options of the message, or null for none.
     * @param buffer  that holds the payload.
     * @param offset  of its first byte.
     * @param length  in bytes, may be 0.
     * @return the position behind the message in its shard's journal.
     * @throws PublishException where it is refused or its fate is not known.
     */
    public long publish(
            final String topic,
            final MessageOptions options,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        final long endNs = client.nowNs() + deadlineNs;
        while (true) {
            final long result = options == null
                    ? publisher.offer(topic, buffer, offset, length)
                    : publisher.offer(topic, options, buffer, offset, length);
            if (isTaken(result, endNs)) {
                return awaitFate(result);
            }
        }
    }

    /**
     * Publishes only if the topic stands at a sequence.
     *
     * @param topic                 of the message.
     * @param expectedTopicSequence sequence of the topic's last message; 0 where the topic must hold none.
     * @param options               of the message, or null for none.
     * @param payload               may be empty.
     * @return the position behind the message in its shard's journal.
     * @throws PublishException where it is refused: with {@link ResultCode#EXPECTED_SEQUENCE_MISMATCH} where the topic
     *     stands elsewhere, {@link PublishException#detail()} says where.
     */
    public long publishIfSequence(
            final String topic, final long expectedTopicSequence, final MessageOptions options, final byte[] payload) {
        payloadView.wrap(payload);
        final long endNs = client.nowNs() + deadlineNs;
        while (true) {
            final long result = options == null
                    ? publisher.offerIfSequence(topic, expectedTopicSequence, payloadView, 0, payload.length)
                    : publisher.offerIfSequence(topic, expectedTopicSequence, options, payloadView, 0, payload.length);
            if (isTaken(result, endNs)) {
                return awaitFate(result);
            }
        }
    }

    /**
     * The publisher beneath.
     *
     * @return owned by this.
     */
    public Publisher publisher() {
        return publisher;
    }

    /** Closes; nothing is outstanding between two calls. */
    @Override
    public void close() {
        publisher.close();
    }

    private boolean isTaken(final long result, final long endNs) {
        if (Publisher.isTaken(result)) {
            return true;
        }
        if (client.nowNs() - endNs >= 0) {
            throw new LockstepException("the topic's shard did not open the producer in time, so nothing was sent;"
                    + " 'lockstep status' shows whether it has a leader");
        }
        client.workOrIdle();
        return false;
    }

    // Ends, because the publisher gives each message a fate within its deadline.
    private long awaitFate(final long messageId) {
        payloadView.wrap(none);
        while (answeredId != messageId) {
            client.workOrIdle();
        }
        if (unknownReason != null) {
            throw new PublishException(null, 0, "the fate of the message is not known: " + unknownReason);
        }
        if (refusal != null) {
            throw new PublishException(
                    refusal, refusalDetail, "the message was refused: " + refusal + " (" + refusalDetail + ")");
        }
        return position;
    }

    private final class Fate implements PublishListener {
        @Override
        public void onAccepted(final long messageId, final int shardId, final long newPosition) {
            set(messageId, newPosition, null, 0, null);
        }

        @Override
        public void onRefused(final long messageId, final ResultCode code, final long detail) {
            set(messageId, -1, code, detail, null);
        }

        @Override
        public void onUnknown(final long messageId, final String reason) {
            set(messageId, -1, null, 0, reason);
        }

        private void set(
                final long messageId,
                final long newPosition,
                final ResultCode code,
                final long detail,
                final String reason) {
            answeredId = messageId;
            position = newPosition;
            refusal = code;
            refusalDetail = detail;
            unknownReason = reason;
        }
    }
}
