package io.lockstep.client;

import io.lockstep.client.internal.ProducerChannel;
import io.lockstep.client.internal.ProducerListener;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.client.window.EntryLayout;
import io.lockstep.client.window.InFlightWindow;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ResultCode;
import java.util.Objects;
import org.agrona.DirectBuffer;

/**
 * Publishes as one producer. An {@code offer} copies the message and never blocks; the outcome comes to the
 * {@link PublishListener}. Within a shard messages are committed in the order in which they were offered, exactly once,
 * also through the loss of the leader: unanswered messages are sent again with the same sequences. Made by
 * {@link LockstepClient#addPublisher} and owned by the thread that owns the client.
 *
 * <p>A message to a topic that has partitions goes to the partition of its key ({@link MessageOptions#key}, or the header
 * {@code $key}), and without a key to each in turn. A message to {@code orders/$3} goes to partition 3.
 *
 * <p>A message is sent at once where no answer is awaited; else with the next {@link LockstepClient#doWork}, together with
 * all that were offered until then, or as soon as they fill a command. Many messages share a command and its answer that
 * way just when there are many.
 *
 * <p>A publisher closes by itself, with all unanswered messages {@linkplain PublishListener#onUnknown unknown}, where a
 * newer publisher took over its producer, where the cluster no longer knows the producer, and where a message stayed
 * unanswered beyond the deadline. Then make a new one with the same producer id. It closes as a whole: one shard that
 * does not answer ends it for the other shards too. Who wants to go on with those makes a publisher for each shard.
 */
public final class Publisher implements AutoCloseable {
    /**
     * Refused: the window or the buffer of unanswered messages is full, or a refusal or a change of the slot table is being
     * settled; try again.
     */
    public static final long BACK_PRESSURED = -1;

    /** Refused: the producer is not open in the topic's shard yet; opening has begun, try again. */
    public static final long NOT_CONNECTED = -2;

    /** Refused: the publisher is closed, see {@link #closeReason()}. */
    public static final long CLOSED = -3;

    /**
     * Refused: the topic is no topic name, or begins with {@code $}; or a condition was given for a topic that has partitions,
     * and no key that says which one is meant.
     */
    public static final long BAD_TOPIC = -4;

    /** Refused: payload, headers or batch are longer than the cluster allows or than this publisher's buffer. */
    public static final long TOO_LARGE = -5;

    /**
     * Refused: the topics of the batch live in different shards, one of them has partitions, or the batch is empty. Messages
     * of a batch name their partitions, as in {@code orders/$3}.
     */
    public static final long BAD_BATCH = -6;

    /**
     * Refused: a rate of the cluster is reached, and the publisher was told to refuse then by
     * {@link PublisherConfig#onRateLimit}; try again after {@link #retryAfterNs}.
     */
    public static final long RATE_LIMITED = -7;

    // The greatest command that fits an ingress message (an eighth of a 16 MiB term) with its heads.
    private static final int MAX_BATCH_BYTES = (2 << 20) - 1024;

    private final LockstepClient client;
    private final PublishListener listener;
    private final TopicCache topics;
    private final long producerId;
    private final boolean isAnonymous;
    private final PublisherConfig config;
    private final ShardConnection[] connections;
    // Made when the first message goes to a shard: each holds a buffer.
    private final ProducerChannel[] channels;
    private final ProducerListener channelListener = new ProducerListener() {
        @Override
        public void onFate(
                final int shardId, final long messageId, final int code, final long detail, final long position) {
            Publisher.this.onFate(shardId, messageId, code, detail, position);
        }

        @Override
        public void onFailed(final int shardId, final String reason) {
            closeFor(reason);
        }

        @Override
        public void onResent(final int count) {
            client.counters().add(ClientCounter.RESENT, count);
        }

        @Override
        public void onRateLimited() {
            client.counters().increment(ClientCounter.RATE_LIMITED);
        }
    };

    private long lastMessageId;
    private long topicsGeneration;
    // That refused a message because its topic lives elsewhere; until it told its table, retries would be refused too.
    private int awaitedShardId = -1;
    // That refused a message because its topic has other partitions.
    private int awaitedPolicyShardId = -1;
    private String closeReason;

    Publisher(
            final LockstepClient client,
            final PublisherConfig config,
            final long producerId,
            final TopicCache topics,
            final ShardConnection[] connections,
            final PublishListener listener) {
        this.client = client;
        this.listener = Objects.requireNonNull(listener, "listener");
        this.topics = topics;
        this.topicsGeneration = topics.generation();
        this.producerId = producerId;
        this.isAnonymous = config.producerId() == PublisherConfig.ANONYMOUS;
        this.config = config;
        this.connections = connections;
        this.channels = new ProducerChannel[connections.length];
    }

    /**
     * Publishes a message.
     *
     * @param topic  of the message.
     * @param buffer that holds the payload; copied before this returns.
     * @param offset of its first byte.
     * @param length in bytes, may be 0.
     * @return the message's id, dense from 1 in this publisher; or one of the negative codes of this class.
     */
    public long offer(final String topic, final DirectBuffer buffer, final int offset, final int length) {
        return offerEntry(topic, EntryLayout.NO_CONDITION, null, 0, 0, buffer, offset, length);
    }

    /**
     * Publishes a message with headers.
     *
     * @param topic         of the message.
     * @param headers       buffer that holds a header block, see {@link io.lockstep.wire.MessageHeaders}.
     * @param headersOffset of its first byte.
     * @param headersLength in bytes, may be 0.
     * @param buffer        that holds the payload.
     * @param offset        of its first byte.
     * @param length        in bytes, may be 0.
     * @return the message's id, or one of the negative codes of this class.
     */
    public long offer(
            final String topic,
            final DirectBuffer headers,
            final int headersOffset,
            final int headersLength,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return offerEntry(
                topic, EntryLayout.NO_CONDITION, headers, headersOffset, headersLength, buffer, offset, length);
    }

    /**
     * Publishes a message with options.
     *
     * @param topic   of the message.
     * @param options of the message; copied, they may be used for the next one at once.
     * @param buffer  that holds the payload; copied before this returns.
     * @param offset  of its first byte.
     * @param length  in bytes, may be 0.
     * @return the message's id, or one of the negative codes of this class.
     */
    public long offer(
            final String topic,
            final MessageOptions options,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return offerEntry(
                topic, EntryLayout.NO_CONDITION, options.buffer(), 0, options.length(), buffer, offset, length);
    }

    /**
     * Publishes a message with options only if the topic stands at a sequence.
     *
     * @param topic                 of the message.
     * @param expectedTopicSequence sequence of the topic's last message; 0 where the topic must hold none.
     * @param options               of the message; copied, they may be used for the next one at once.
     * @param buffer                that holds the payload.
     * @param offset                of its first byte.
     * @param length                in bytes, may be 0.
     * @return the message's id, or one of the negative codes of this class. A topic that stands elsewhere is told as
     *     {@link io.lockstep.codecs.ResultCode#EXPECTED_SEQUENCE_MISMATCH} to the listener.
     */
    public long offerIfSequence(
            final String topic,
            final long expectedTopicSequence,
            final MessageOptions options,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return offerEntry(topic, expectedTopicSequence, options.buffer(), 0, options.length(), buffer, offset, length);
    }

    /**
     * Publishes a message only if the topic stands at a sequence.
     *
     * @param topic                 of the message.
     * @param expectedTopicSequence sequence of the topic's last message; 0 where the topic must hold none.
     * @param buffer                that holds the payload.
     * @param offset                of its first byte.
     * @param length                in bytes, may be 0.
     * @return the message's id, or one of the negative codes of this class. A topic that stands elsewhere is told as
     *     {@link io.lockstep.codecs.ResultCode#EXPECTED_SEQUENCE_MISMATCH} to the listener.
     */
    public long offerIfSequence(
            final String topic,
            final long expectedTopicSequence,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return offerEntry(topic, expectedTopicSequence, null, 0, 0, buffer, offset, length);
    }

    /**
     * Publishes messages that are accepted together or not at all, adjacent in the journal.
     *
     * @param batch at least one message; all topics in one shard. It may be reused at once.
     * @return the id of the first message, the others follow densely; or one of the negative codes of this class.
     */
    public long offerBatch(final PublishBatch batch) {
        if (isClosed()) {
            return CLOSED;
        }
        if (batch.size() == 0) {
            return BAD_BATCH;
        }
        if (!hasTables()) {
            return refuse(null, BACK_PRESSURED);
        }
        final int shardId = shardOfBatch(batch);
        if (shardId < 0) {
            return shardId;
        }
        if (isTooLarge(shardId, batch)) {
            return TOO_LARGE;
        }
        final ProducerChannel channel = channel(shardId);
        if (!channel.isOpen()) {
            return refuse(channel, NOT_CONNECTED);
        }
        if (isRefusedByRate(channel)) {
            return refuse(channel, RATE_LIMITED);
        }
        final InFlightWindow window = channel.window();
        final int index = window.tryAppend(batch.lengthBytes(), batch.size());
        if (index < 0) {
            return refuse(channel, BACK_PRESSURED);
        }
        window.buffer().putBytes(index, batch.buffer(), 0, batch.lengthBytes());
        final long nowNs = client.nowNs();
        final long firstMessageId = lastMessageId + 1;
        window.appendBatch(firstMessageId, batch.entryLengths(), batch.size(), nowNs);
        lastMessageId += batch.size();
        client.counters().add(ClientCounter.PUBLISHED, batch.size());
        channel.onAppended(nowNs);
        return firstMessageId;
    }

    /**
     * Whether a result of an {@code offer} is a message's id: for loops that offer until the message is taken, and that end
     * where it never will be.
     *
     * @param result of an {@code offer}.
     * @return true for a message's id; false where the same offer may succeed later, after {@link LockstepClient#doWork}.
     * @throws LockstepException where it cannot: the publisher is closed, or the message is one that nobody may publish.
     */
    public static boolean isTaken(final long result) {
        if (result > 0) {
            return true;
        }
        if (result == BACK_PRESSURED || result == NOT_CONNECTED || result == RATE_LIMITED) {
            return false;
        }
        if (result == CLOSED) {
            throw new LockstepException("the publisher is closed; its closeReason() says why");
        } else if (result == BAD_TOPIC) {
            throw new LockstepException(
                    "the topic is no topic name, or begins with '$', or it has partitions and a condition"
                            + " came without a key");
        } else if (result == TOO_LARGE) {
            throw new LockstepException("the message is longer than the cluster or the publisher's buffer allows");
        } else if (result == BAD_BATCH) {
            throw new LockstepException(
                    "the batch is empty, or its topics live in different shards, or one of them has partitions");
        }
        throw new LockstepException("no offer has the result " + result);
    }

    /**
     * Begins to open the producer in a shard. Needed only to learn {@link #lastSequence(int)} before the first offer.
     *
     * @param shardId of the shard.
     */
    public void open(final int shardId) {
        if (!isClosed()) {
            channel(shardId).open(client.nowNs());
        }
    }

    /**
     * Whether the producer is open in a shard.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    public boolean isOpen(final int shardId) {
        return channels[shardId] != null && channels[shardId].isOpen();
    }

    /**
     * The last sequence that the shard had consumed from this producer when it was opened: the number of messages that
     * were accepted or refused there in all its life. A program that resumes goes on with the message after it.
     *
     * @param shardId of the shard.
     * @return the sequence, 0 for a new producer, or -1 while the producer is not {@linkplain #isOpen open}.
     */
    public long lastSequence(final int shardId) {
        return channels[shardId] == null ? -1 : channels[shardId].lastSequence();
    }

    /**
     * The greatest sequence that the shard had refused of this producer when it was opened.
     *
     * @param shardId of the shard.
     * @return the sequence, 0 where nothing was ever refused, or -1 while the producer is not {@linkplain #isOpen open}.
     */
    public long lastRefusedSequence(final int shardId) {
        return channels[shardId] == null ? -1 : channels[shardId].lastRefusedSequence();
    }

    /**
     * The shard in which a topic lives, or a partition of one; of a topic that has partitions, see
     * {@link LockstepClient#partitionsOf}.
     *
     * @param topic name of the topic.
     * @return the shard's id.
     */
    public int shardOf(final String topic) {
        return client.shardOf(topic);
    }

    /**
     * The identity under which is published.
     *
     * @return the producer's id.
     */
    public long producerId() {
        return producerId;
    }

    /**
     * Number of messages that were offered and not answered yet, in all shards.
     *
     * @return from 0.
     */
    public int unansweredCount() {
        int count = 0;
        for (final ProducerChannel channel : channels) {
            count += channel == null ? 0 : channel.window().size();
        }
        return count;
    }

    /**
     * Position of the last message that was accepted in a shard.
     *
     * @param shardId of the shard.
     * @return the position, or -1 where none was accepted yet.
     */
    public long acceptedPosition(final int shardId) {
        return channels[shardId] == null ? -1 : channels[shardId].acceptedPosition();
    }

    /**
     * How many messages may be under way to a shard now. It is the window of the publisher until the cluster commits or
     * journals more slowly than is sent; then it shrinks, down to one command, and grows again with answers in time.
     *
     * @param shardId of the shard.
     * @return a number of messages.
     */
    public int sendWindow(final int shardId) {
        return channels[shardId] == null
                ? config.window()
                : channels[shardId].sendWindow().limit();
    }

    /**
     * How often the number of messages that may be under way to a shard shrank.
     *
     * @param shardId of the shard.
     * @return the number.
     */
    public long sendWindowShrinkCount(final int shardId) {
        return channels[shardId] == null ? 0 : channels[shardId].sendWindow().shrinkCount();
    }

    /**
     * How often a shard took nothing of a command because a rate was reached.
     *
     * @param shardId of the shard.
     * @return the number.
     */
    public long rateLimitedCount(final int shardId) {
        return channels[shardId] == null ? 0 : channels[shardId].rateLimitedCount();
    }

    /**
     * How long a shard takes nothing of this publisher because a rate is reached, as it said itself.
     *
     * @param shardId of the shard.
     * @return nanoseconds from now, 0 where no rate is reached.
     */
    public long retryAfterNs(final int shardId) {
        return channels[shardId] == null ? 0 : channels[shardId].retryAfterNs(client.nowNs());
    }

    /**
     * Drives the client until everything offered is answered, or the publisher closed, or time is over. Not to be called
     * from a listener.
     *
     * @param timeoutNs greatest time to wait.
     * @return true if nothing is unanswered.
     */
    public boolean drain(final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        while (unansweredCount() > 0 && client.nowNs() - deadlineNs < 0) {
            client.workOrIdle();
        }
        return unansweredCount() == 0;
    }

    /**
     * Whether the publisher is closed, by its owner or by itself.
     *
     * @return true if so.
     */
    public boolean isClosed() {
        return closeReason != null;
    }

    /**
     * Why the publisher is closed.
     *
     * @return one sentence, or null while it is open.
     */
    public String closeReason() {
        return closeReason;
    }

    /**
     * Closes at once; what is unanswered becomes unknown. Call {@link #drain} first to wait for the answers.
     */
    @Override
    public void close() {
        if (closeReason == null) {
            if (isAnonymous && unansweredCount() == 0) {
                for (final ProducerChannel channel : channels) {
                    if (channel != null) {
                        channel.sendClose();
                    }
                }
            }
            closeFor("the publisher was closed");
        }
    }

    /** Sends what was offered since the last turn. */
    int flush(final long nowNs) {
        int frames = 0;
        for (final ProducerChannel channel : channels) {
            frames += channel == null ? 0 : channel.flush(nowNs);
        }
        return frames;
    }

    int doWork(final long nowNs) {
        int workCount = 0;
        for (int i = 0; i < channels.length && closeReason == null; i++) {
            workCount += channels[i] == null ? 0 : channels[i].doWork(nowNs);
        }
        return workCount;
    }

    void onSessionRestored(final int shardId, final long nowNs) {
        if (channels[shardId] != null) {
            channels[shardId].onSessionRestored(nowNs);
        }
    }

    void onProducerOpened(final int shardId, final ProducerOpenedDecoder reply) {
        final ProducerChannel channel = channels[shardId];
        if (channel != null) {
            channel.onProducerOpened(reply);
        }
    }

    void onShardDescription(final int shardId, final ShardState state) {
        if (channels[shardId] != null) {
            channels[shardId].maxEntries(state.maxBatchLength());
        }
    }

    void onPublishReply(final int shardId, final PublishReplyDecoder reply, final long nowNs) {
        if (channels[shardId] != null) {
            channels[shardId].onPublishReply(reply, nowNs);
        }
    }

    private long offerEntry(
            final String topic,
            final long expectedTopicSequence,
            final DirectBuffer headers,
            final int headersOffset,
            final int headersLength,
            final DirectBuffer payload,
            final int offset,
            final int length) {
        if (closeReason != null) {
            return CLOSED;
        }
        if (!hasTables()) {
            return refuse(null, BACK_PRESSURED);
        }
        final TopicCache.Entry named = topics.find(topic);
        final TopicCache.Entry entry = named == null || named.partitionCount() == 0
                ? named
                : partitionOf(named, expectedTopicSequence, headers, headersOffset, headersLength);
        if (entry == null) {
            return BAD_TOPIC;
        }
        final ProducerChannel channel = channel(entry.shardId());
        if (!channel.isOpen()) {
            return refuse(channel, NOT_CONNECTED);
        }
        final InFlightWindow window = channel.window();
        final int lengthBytes = EntryLayout.encodedLength(entry.name().length, headersLength, length);
        if (isTooLarge(entry.shardId(), length, headersLength, lengthBytes)) {
            return TOO_LARGE;
        }
        if (isRefusedByRate(channel)) {
            return refuse(channel, RATE_LIMITED);
        }
        int index = window.tryAppend(lengthBytes, 1);
        if (index < 0) {
            return refuse(channel, BACK_PRESSURED);
        }
        index = EntryLayout.putHead(window.buffer(), index, expectedTopicSequence, entry.name());
        index = EntryLayout.putBytes(window.buffer(), index, headers, headersOffset, headersLength);
        EntryLayout.putBytes(window.buffer(), index, payload, offset, length);
        final long nowNs = client.nowNs();
        final long messageId = ++lastMessageId;
        client.counters().increment(ClientCounter.PUBLISHED);
        window.append(messageId, lengthBytes, nowNs);
        channel.onAppended(nowNs);
        return messageId;
    }

    // Without a key, a partition that takes nothing now is passed over by the next attempt.
    private TopicCache.Entry partitionOf(
            final TopicCache.Entry topic,
            final long expectedTopicSequence,
            final DirectBuffer headers,
            final int headersOffset,
            final int headersLength) {
        final int ofKey = headersLength == 0
                ? TopicKey.NONE
                : TopicKey.partitionOf(headers, headersOffset, headersLength, topic.partitionCount());
        if (ofKey == TopicKey.NONE && expectedTopicSequence != EntryLayout.NO_CONDITION) {
            return null;
        }
        return topics.partition(topic, ofKey == TopicKey.NONE ? topic.nextPartition() : ofKey);
    }

    private ProducerChannel channel(final int shardId) {
        final ProducerChannel known = channels[shardId];
        return known != null ? known : addChannel(shardId);
    }

    private ProducerChannel addChannel(final int shardId) {
        channels[shardId] = new ProducerChannel(
                shardId,
                producerId,
                config.window(),
                config.bufferLength(),
                config.maxInFlightCommands(),
                config.isOrdered(),
                config.deadlineNs(),
                config.resendIntervalNs(),
                connections[shardId],
                channelListener);
        final ShardState state = client.shardState(shardId);
        if (state != null) {
            onShardDescription(shardId, state);
        }
        return channels[shardId];
    }

    // A topic that has another shard now must not go there before what was offered for the old one is answered: else a
    // message that is refused there would be overtaken. Therefore all wait, which is short, because tables change
    // seldom.
    private boolean hasTables() {
        if (awaitedShardId >= 0 && client.routing().slotTableAsker().isAsking(awaitedShardId)) {
            return false;
        }
        awaitedShardId = -1;
        if (awaitedPolicyShardId >= 0 && client.routing().policyAsker().isAsking(awaitedPolicyShardId)) {
            return false;
        }
        awaitedPolicyShardId = -1;
        if (topicsGeneration != topics.generation()) {
            if (unansweredCount() > 0) {
                return false;
            }
            topicsGeneration = topics.generation();
        }
        return true;
    }

    private boolean isRefusedByRate(final ProducerChannel channel) {
        return config.rateLimitPolicy() == RateLimitPolicy.REFUSE && channel.isPaused(client.nowNs());
    }

    // Whoever only offers in a loop must still see answers, so a refusal drives the client.
    private long refuse(final ProducerChannel channel, final long code) {
        if (channel != null) {
            channel.open(client.nowNs());
        }
        client.doWork();
        return closeReason == null ? code : CLOSED;
    }

    private int shardOfBatch(final PublishBatch batch) {
        int shardId = -1;
        for (int i = 0; i < batch.size(); i++) {
            final TopicCache.Entry entry = topics.find(batch.topic(i));
            if (entry == null) {
                return (int) BAD_TOPIC;
            }
            if (entry.partitionCount() > 0 || (shardId >= 0 && entry.shardId() != shardId)) {
                return (int) BAD_BATCH;
            }
            shardId = entry.shardId();
        }
        return shardId;
    }

    private boolean isTooLarge(final int shardId, final PublishBatch batch) {
        final ShardState state = client.shardState(shardId);
        return isTooLarge(shardId, batch.maxPayloadLength(), batch.maxHeadersLength(), batch.lengthBytes())
                || batch.lengthBytes() > MAX_BATCH_BYTES
                || batch.size() > config.window()
                || (state != null && batch.size() > state.maxBatchLength());
    }

    private boolean isTooLarge(
            final int shardId, final int payloadLength, final int headersLength, final int lengthBytes) {
        final ShardState state = client.shardState(shardId);
        return lengthBytes > config.bufferLength() / 2
                || (state != null
                        && (payloadLength > state.maxPayloadLength() || headersLength > state.maxHeadersLength()));
    }

    private void onFate(
            final int shardId, final long messageId, final int code, final long detail, final long position) {
        if (code == InFlightWindow.UNANSWERED) {
            client.counters().increment(ClientCounter.UNKNOWN);
            listener.onUnknown(messageId, closeReason);
        } else if (code == ResultCode.ACCEPTED.value()) {
            client.counters().increment(ClientCounter.ACCEPTED);
            listener.onAccepted(messageId, shardId, position);
        } else {
            if (code == ResultCode.WRONG_SHARD.value()) {
                awaitedShardId = shardId;
                client.routing().slotTableAsker().begin(shardId);
            } else if (code == ResultCode.PARTITIONED.value() || code == ResultCode.BAD_PARTITION.value()) {
                awaitedPolicyShardId = shardId;
                client.routing().policyAsker().begin(shardId);
            }
            client.counters().increment(ClientCounter.REFUSED);
            listener.onRefused(messageId, ResultCode.get(code), detail);
        }
    }

    private void closeFor(final String reason) {
        if (closeReason == null) {
            closeReason = reason;
            client.remove(this);
            RuntimeException failure = null;
            for (final ProducerChannel channel : channels) {
                try {
                    if (channel != null) {
                        channel.abandon();
                    }
                } catch (final RuntimeException ex) {
                    if (failure == null) {
                        failure = ex;
                    } else if (failure != ex) {
                        failure.addSuppressed(ex);
                    }
                }
            }
            if (failure != null) {
                throw failure;
            }
        }
    }
}
