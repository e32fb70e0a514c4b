package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicPolicies;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * A durable consumer: the cluster keeps how far its messages are acknowledged, so that whoever opens it next goes on there.
 * In each shard one member owns it and gets its messages in the order of the journal, each at least once; what is
 * acknowledged never comes again. The other members stand by, and one of them takes over when the owner closes, leaves or
 * is silent for longer than its lease. Made by {@link LockstepClient#addConsumer} and owned by the thread that owns the
 * client.
 */
public final class Consumer implements AutoCloseable {
    private static final int RECORD_LIMIT = 256;
    private static final int MAX_TURNS = 16;
    private static final long CHECK_SHARDS_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long CLOSE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(2);

    private final LockstepClient client;
    private final ConsumerConfig config;
    private final MessageHandler handler;
    private final ShardConsumer[] shards;
    private final List<RecordReader> retired = new ArrayList<>();
    private final Message message = new Message();
    private final ClientDuty duty = new Duty();
    private TopicPolicies knownPolicies = TopicPolicies.NONE;
    private long nextCheckNs;
    private int firstShard;
    private int messageLimit;
    private int delivered;
    private boolean isStopped;
    private RuntimeException thrown;
    private boolean isClosed;

    Consumer(final LockstepClient client, final ConsumerConfig config, final MessageHandler handler) {
        this.client = client;
        this.config = config;
        this.handler = Objects.requireNonNull(handler, "handler");
        this.shards = new ShardConsumer[client.shardCount()];
        // Before this one, so that they close after it.
        client.memberDuty();
        client.consumerWatch();
        openShards(true);
        nextCheckNs = client.nowNs() + CHECK_SHARDS_NS;
    }

    /**
     * Delivers messages of the shards that this member owns, and drives the client. An exception of the handler leaves
     * through this call; the message counts as delivered and waits for its acknowledgement.
     *
     * @param limit greatest number of messages to deliver.
     * @return number of messages that were delivered.
     * @throws LockstepException where a shard refused the consumer, or it was deleted.
     */
    public int poll(final int limit) {
        client.doWork();
        if (isClosed || !client.beginPoll()) {
            return 0;
        }
        try {
            messageLimit = limit;
            delivered = 0;
            isStopped = limit <= 0;
            int consumed;
            int turns = 0;
            do {
                consumed = pollShards();
            } while (!isStopped && delivered == 0 && consumed > 0 && ++turns < MAX_TURNS);
            return delivered;
        } finally {
            client.endPoll();
        }
    }

    /**
     * Acknowledges a message and all that were delivered before it in its shard.
     *
     * @param acked the message, within the call of the handler.
     */
    public void ack(final Message acked) {
        ack(acked.shardId(), acked.position());
    }

    /**
     * Acknowledges all messages of a shard that were delivered up to a position.
     *
     * @param shardId  of the shard.
     * @param position as {@link Message#position()} said.
     */
    public void ack(final int shardId, final long position) {
        if (shards[shardId] != null && !isClosed) {
            shards[shardId].ackThrough(position);
        }
    }

    /**
     * Acknowledges one message only.
     *
     * @param acked the message, within the call of the handler.
     */
    public void ackSingle(final Message acked) {
        ackSingle(acked.shardId(), acked.position());
    }

    /**
     * Acknowledges one message only. Does nothing where the message is not outstanding: it was acknowledged before, or this
     * member lost the shard since, which {@link #flush} tells.
     *
     * @param shardId  of the shard.
     * @param position as {@link Message#position()} said.
     */
    public void ackSingle(final int shardId, final long position) {
        if (shards[shardId] != null && !isClosed) {
            shards[shardId].ackSingle(position);
        }
    }

    /**
     * Sends what is acknowledged and waits until the cluster has it. Acknowledgements are sent by themselves after at most
     * 10 ms while the client is driven. Not to be called from a handler or listener.
     *
     * @param timeoutNs greatest time to wait.
     * @return true where the cluster has all that was acknowledged since the last call; false where time was over, or where
     *     this member lost a shard before all of it was confirmed, or before it was acknowledged: what the cluster does not
     *     have is delivered again.
     */
    public boolean flush(final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        boolean isFlushed = false;
        while (!isFlushed && client.nowNs() - deadlineNs < 0) {
            final List<ShardCall> calls = new ArrayList<>();
            for (final ShardConsumer shard : shards) {
                final ShardCall call = shard == null ? null : shard.flush(client.nowNs());
                if (call != null) {
                    calls.add(call);
                }
            }
            isFlushed = calls.isEmpty();
            if (!isFlushed && !client.awaitEnds(calls, deadlineNs - client.nowNs())) {
                return false;
            }
        }
        boolean areAcksLost = false;
        for (final ShardConsumer shard : shards) {
            areAcksLost |= shard != null && shard.takeLostAcks();
        }
        return isFlushed && !areAcksLost;
    }

    /**
     * Whether this member owns the consumer in a shard.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    public boolean isOwner(final int shardId) {
        return shards[shardId] != null && shards[shardId].isOwner();
    }

    /**
     * Whether the consumer is in a shard: an exact filter needs only the shard of its topic.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    public boolean hasShard(final int shardId) {
        return shards[shardId] != null;
    }

    /**
     * Whether this member joined in every shard, as the owner or one that stands by.
     *
     * @return true if so.
     */
    public boolean isJoined() {
        for (final ShardConsumer shard : shards) {
            if (shard != null && !shard.isKnown()) {
                return false;
            }
        }
        return !isClosed;
    }

    /**
     * Whether this member joined in every shard, and reads from some node wherever it is the owner.
     *
     * @return true if so.
     */
    public boolean isConnected() {
        for (final ShardConsumer shard : shards) {
            if (shard != null && (!shard.isKnown() || (shard.isOwner() && shard.nodeId() < 0))) {
                return false;
            }
        }
        return !isClosed;
    }

    /**
     * Up to where all is acknowledged in a shard, as far as the cluster confirmed it to this member.
     *
     * @param shardId of the shard.
     * @return the position in bytes, or -1 where it is not known.
     */
    public long position(final int shardId) {
        return shards[shardId] == null ? -1 : shards[shardId].ackedPosition();
    }

    /**
     * Up to where this member read a shard.
     *
     * @param shardId of the shard.
     * @return the position in bytes, or -1 where it does not read it.
     */
    public long readPosition(final int shardId) {
        return shards[shardId] == null ? -1 : shards[shardId].readPosition();
    }

    /**
     * Number of messages that were delivered and are not acknowledged.
     *
     * @return the number.
     */
    public int unackedCount() {
        int count = 0;
        for (final ShardConsumer shard : shards) {
            count += shard == null ? 0 : shard.unackedCount();
        }
        return count;
    }

    /**
     * The node from which a shard is read.
     *
     * @param shardId of the shard.
     * @return its id, or -1 while it is read from none.
     */
    public int nodeId(final int shardId) {
        return shards[shardId] == null ? -1 : shards[shardId].nodeId();
    }

    /**
     * Sends what is acknowledged, leaves, and waits a moment for the cluster to know; the next member takes over at once.
     * The consumer stays in the cluster. Closing twice is harmless. From a handler it does not wait.
     */
    @Override
    public void close() {
        if (!isClosed) {
            flush(CLOSE_TIMEOUT_NS);
            isClosed = true;
            final List<ShardCall> calls = new ArrayList<>();
            for (final ShardConsumer shard : shards) {
                final ShardCall call = shard == null ? null : shard.close();
                if (call != null) {
                    calls.add(call);
                }
            }
            client.awaitEnds(calls, CLOSE_TIMEOUT_NS);
            client.remove(duty);
            closeRetired();
        }
    }

    /** A shard in which the consumer is. */
    ShardConsumer shard(final int shardId) {
        return shards[shardId];
    }

    /** What the client drives in each turn. */
    ClientDuty duty() {
        return duty;
    }

    private int doWork(final long nowNs) {
        if (isClosed) {
            return 0;
        }
        closeRetired();
        if (nowNs - nextCheckNs >= 0) {
            nextCheckNs = nowNs + CHECK_SHARDS_NS;
            openShards(false);
        }
        int workCount = 0;
        for (final ShardConsumer shard : shards) {
            workCount += shard == null ? 0 : shard.doWork(nowNs);
        }
        return workCount;
    }

    Message wrap(final int shardId, final DirectBuffer buffer, final int offset, final long endPosition) {
        message.wrap(shardId, buffer, offset, endPosition);
        return message;
    }

    Action deliver(final Message delivering) {
        delivered++;
        // Aeron would hand an exception to its error handler and go on with the next record; it must reach the user.
        try {
            handler.onMessage(delivering);
        } catch (final RuntimeException ex) {
            thrown = ex;
            isStopped = true;
            return Action.BREAK;
        }
        if (delivered >= messageLimit || isClosed) {
            isStopped = true;
        }
        return isStopped ? Action.BREAK : Action.CONTINUE;
    }

    /** Closes a reader when nothing reads from it: it may be the one whose handler is being called. */
    void retire(final RecordReader reader) {
        retired.add(reader);
    }

    private void closeRetired() {
        if (!retired.isEmpty()) {
            CloseHelper.closeAll(retired);
            retired.clear();
        }
    }

    // Each poll begins with another shard, so that a busy one does not starve the others.
    private int pollShards() {
        int consumed = 0;
        for (int i = 0; i < shards.length && !isStopped; i++) {
            final ShardConsumer shard = shards[(firstShard + i) % shards.length];
            if (shard != null) {
                consumed += shard.poll(RECORD_LIMIT);
                if (thrown != null) {
                    final RuntimeException ex = thrown;
                    thrown = null;
                    throw ex;
                }
            }
        }
        firstShard = (firstShard + 1) % shards.length;
        return consumed;
    }

    private void openShards(final boolean isFirst) {
        final SlotTables tables = client.slotTables();
        final PolicyTables policies = client.policyTables();
        final boolean arePoliciesNew = !policies.newest().equals(knownPolicies);
        knownPolicies = policies.newest();
        for (final TopicFilter filter : config.filters()) {
            if (filter.isExact()) {
                for (final DirectBuffer name : ExactTopics.of(filter, policies.newest())) {
                    final int shardId = tables.shardOf(name, 0, name.capacity());
                    if (shards[shardId] == null) {
                        // Where a topic's shard or its partitions changed, from before anything that was let in there.
                        final long ofTables = tables.startOf(name, 0, name.capacity(), shardId);
                        final long ofPolicies = policies.startOf(shardId);
                        final long ofBoth = ofTables > 0 ? Math.min(ofTables, ofPolicies) : ofPolicies;
                        open(shardId, isFirst ? config.start() : startAt(arePoliciesNew ? ofBoth : ofTables));
                    }
                }
            } else if (isFirst) {
                for (int shardId = 0; shardId < shards.length; shardId++) {
                    open(shardId, config.start());
                }
            }
        }
    }

    private void open(final int shardId, final StartPosition start) {
        if (shards[shardId] == null && (config.onlyShard() < 0 || config.onlyShard() == shardId)) {
            shards[shardId] = new ShardConsumer(client, this, config, start, shardId);
        }
    }

    private static StartPosition startAt(final long position) {
        return position <= 0 ? StartPosition.start() : StartPosition.position(position);
    }

    /** {@inheritDoc} */
    @Override
    public String toString() {
        return "Consumer{" + config.name() + ", filters="
                + Arrays.toString(config.filters().toArray()) + '}';
    }

    private final class Duty implements ClientDuty {
        @Override
        public int doWork(final long nowNs) {
            return Consumer.this.doWork(nowNs);
        }

        @Override
        public void close() {
            Consumer.this.close();
        }
    }
}
