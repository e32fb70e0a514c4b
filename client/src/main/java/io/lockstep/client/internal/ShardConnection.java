package io.lockstep.client.internal;

import io.aeron.DirectBufferVector;
import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ShardDescriptionDecoder;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * What a client has with one shard: a session that is kept alive by asking the shard to describe itself, and whose answers
 * go to where they are awaited. Owned by the thread that owns the client.
 */
public final class ShardConnection implements ShardIngress, AutoCloseable {
    private static final long FIRST_DESCRIBE_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(200);

    private final int shardId;
    private final long describeIntervalNs;
    private final ShardListener listener;
    private final ShardSession session;

    private final MessageHeaderDecoder messageHeader = new MessageHeaderDecoder();
    private final PublishReplyDecoder publishReply = new PublishReplyDecoder();
    private final ProducerOpenedDecoder producerOpened = new ProducerOpenedDecoder();
    private final ShardDescriptionDecoder shardDescription = new ShardDescriptionDecoder();

    private final UnsafeBuffer describeBuffer =
            new UnsafeBuffer(new byte[MessageHeaderEncoder.ENCODED_LENGTH + DescribeShardEncoder.BLOCK_LENGTH]);

    private AnswerTap tap;
    private RuntimeException failure;
    private long nextDescribeNs;
    private boolean isDescribed;
    private boolean isRestored;

    /**
     * Not connected yet; {@link #doWork} begins.
     *
     * @param shardId            of the shard.
     * @param path               to the cluster.
     * @param describeIntervalNs how often the shard is asked to describe itself.
     * @param listener           is told the answers.
     * @param nowNs              monotonic time.
     */
    public ShardConnection(
            final int shardId,
            final ClusterPath path,
            final long describeIntervalNs,
            final ShardListener listener,
            final long nowNs) {
        this.shardId = shardId;
        this.describeIntervalNs = describeIntervalNs;
        this.listener = listener;
        this.nextDescribeNs = nowNs;
        new DescribeShardEncoder()
                .wrapAndApplyHeader(describeBuffer, 0, new MessageHeaderEncoder())
                .correlationId(0);
        this.session = path.openSession(shardId, new SessionListener(), nowNs);
    }

    /**
     * Connects, polls answers, keeps the session alive.
     *
     * @param nowNs time.
     * @return amount of work.
     * @throws RuntimeException that a listener threw.
     */
    public int doWork(final long nowNs) {
        int workCount = session.doWork(nowNs);
        if (failure != null) {
            final RuntimeException thrown = failure;
            failure = null;
            throw thrown;
        }
        if (isRestored) {
            isRestored = false;
            nextDescribeNs = nowNs;
        }
        if (nowNs - nextDescribeNs >= 0 && session.isConnected()) {
            workCount += describe(nowNs);
        }
        return workCount;
    }

    /** {@inheritDoc} */
    @Override
    public boolean isConnected() {
        return session.isConnected();
    }

    /** {@inheritDoc} */
    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        return session.offer(buffer, offset, length);
    }

    /** {@inheritDoc} */
    @Override
    public long offer(final DirectBufferVector[] vectors) {
        return session.offer(vectors);
    }

    /**
     * The node that leads, as far as the session knows.
     *
     * @return its id, or -1 while there is no session.
     */
    public int leaderNodeId() {
        return session.leaderNodeId();
    }

    /**
     * The shard that is connected.
     *
     * @return its id.
     */
    public int shardId() {
        return shardId;
    }

    /** {@inheritDoc} */
    @Override
    public long nextCorrelationId() {
        return session.nextCorrelationId();
    }

    /** {@inheritDoc} */
    @Override
    public String lastError() {
        return session.lastError();
    }

    /**
     * Shows all answers to somebody else first.
     *
     * @param newTap sees them from now on.
     */
    public void tap(final AnswerTap newTap) {
        tap = newTap;
    }

    /** Ends the session. Closing twice is harmless. */
    @Override
    public void close() {
        session.close();
    }

    // The question is a session message, so it also keeps the session alive; where it is refused it is asked soon
    // again.
    private int describe(final long nowNs) {
        nextDescribeNs = nowNs + (isDescribed ? describeIntervalNs : FIRST_DESCRIBE_INTERVAL_NS);
        if (session.offer(describeBuffer, 0, describeBuffer.capacity()) < 0) {
            nextDescribeNs = nowNs + FIRST_DESCRIBE_INTERVAL_NS;
        }
        return 1;
    }

    private void dispatch(final DirectBuffer buffer, final int offset, final int length) {
        messageHeader.wrap(buffer, offset);
        if (messageHeader.schemaId() != MessageHeaderDecoder.SCHEMA_ID) {
            return;
        }
        switch (messageHeader.templateId()) {
            case PublishReplyDecoder.TEMPLATE_ID ->
                listener.onPublishReply(shardId, publishReply.wrapAndApplyHeader(buffer, offset, messageHeader));
            case ProducerOpenedDecoder.TEMPLATE_ID ->
                listener.onProducerOpened(shardId, producerOpened.wrapAndApplyHeader(buffer, offset, messageHeader));
            case ShardDescriptionDecoder.TEMPLATE_ID -> {
                isDescribed = true;
                listener.onShardDescription(
                        shardId, shardDescription.wrapAndApplyHeader(buffer, offset, messageHeader));
                listener.onReply(shardId, ShardDescriptionDecoder.TEMPLATE_ID, buffer, offset, length);
            }
            // Whoever awaits nothing of the kind ignores it: a newer node may say more than this client knows of.
            default -> listener.onReply(shardId, messageHeader.templateId(), buffer, offset, length);
        }
    }

    private void keepFailure(final RuntimeException exception) {
        if (failure == null) {
            failure = exception;
        } else {
            failure.addSuppressed(exception);
        }
    }

    // Aeron would hand an exception to its error handler and go on with the next message; it must reach the user.
    private final class SessionListener implements ShardSessionListener {
        @Override
        public void onRestored() {
            isRestored = true;
            try {
                if (tap != null) {
                    tap.onRestored(shardId);
                }
                listener.onSessionRestored(shardId);
            } catch (final RuntimeException ex) {
                keepFailure(ex);
            }
        }

        @Override
        public void onAnswer(final DirectBuffer buffer, final int offset, final int length) {
            try {
                if (tap != null && tap.onAnswer(shardId, buffer, offset, length)) {
                    return;
                }
                dispatch(buffer, offset, length);
            } catch (final RuntimeException ex) {
                keepFailure(ex);
            }
        }
    }
}
