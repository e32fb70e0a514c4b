package io.lockstep.client;

import io.lockstep.topic.PartitionName;
import io.lockstep.topic.TopicFilter;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * A durable consumer of a topic that has partitions, shared by its members: each partition has one owner at a time, which
 * gets its messages in order, and members that come and go share the partitions anew. A member that is to give a partition
 * away gets nothing new of it, and the next owner begins when all that was delivered is acknowledged, or after 5 s; so what
 * is acknowledged is not repeated, and messages of a key keep their order. Made by
 * {@link LockstepClient#addPartitionedConsumer} and owned by the thread that owns the client.
 *
 * <p>In the cluster it is one {@link Consumer} for each partition: {@code NAME/$3} consumes partition 3. Partition <i>i</i>
 * belongs to member <i>i</i> modulo their number, in the order of their random ids.
 */
public final class PartitionedConsumer implements AutoCloseable {
    private static final long POLICY_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);

    private final Consumer[] consumers;
    private final int[] shardIds;
    private int first;

    private PartitionedConsumer(final Consumer[] consumers, final int[] shardIds) {
        this.consumers = consumers;
        this.shardIds = shardIds;
    }

    static PartitionedConsumer open(
            final LockstepClient client,
            final ConsumerConfig config,
            final PartitionListener listener,
            final MessageHandler handler) {
        if (config.name() == null
                || config.lane() != ConsumerConfig.NO_LANE
                || config.filters().size() != 1) {
            throw new IllegalArgumentException(
                    "a partitioned consumer takes a name, one filter, and no lane, for it gives each partition its own");
        }
        final TopicFilter filter = config.filters().get(0);
        final String topic = filter.toString();
        if (!filter.isExact() || filter.isOfPartitions()) {
            throw new IllegalArgumentException(
                    "a partitioned consumer takes the name of a topic as its filter, but it is '" + topic + "'");
        }
        if (client.partitionsOf(topic) == 0) {
            // They may have been given to it within the last seconds.
            client.policies().list(POLICY_TIMEOUT_NS);
        }
        final int partitions = client.partitionsOf(topic);
        if (partitions == 0) {
            throw new LockstepException(
                    "'" + topic + "' has no partitions; 'lockstep partitions set' gives them to a topic that is new");
        }
        final Consumer[] consumers = new Consumer[partitions];
        final int[] shardIds = new int[partitions];
        try {
            for (int partition = 0; partition < partitions; partition++) {
                final ConsumerConfig own = ofPartition(config, topic, partition, listener);
                consumers[partition] = client.addConsumer(own, handler);
                shardIds[partition] = client.shardOf(PartitionName.nameOf(topic, partition));
            }
        } catch (final RuntimeException ex) {
            CloseHelper.quietCloseAll(consumers);
            throw ex;
        }
        return new PartitionedConsumer(consumers, shardIds);
    }

    /**
     * Delivers messages of the partitions that this member owns, and drives the client. An exception of the handler leaves
     * through this call; the message counts as delivered and waits for its acknowledgement.
     *
     * @param limit greatest number of messages to deliver.
     * @return number of messages that were delivered.
     * @throws LockstepException where a shard refused a consumer, or one was deleted.
     */
    public int poll(final int limit) {
        int delivered = 0;
        // Each poll begins with another partition, so that a busy one does not starve the others.
        for (int i = 0; i < consumers.length && delivered < limit; i++) {
            delivered += consumers[(first + i) % consumers.length].poll(limit - delivered);
        }
        first = (first + 1) % consumers.length;
        return delivered;
    }

    /**
     * Acknowledges a message and all that were delivered before it in its partition.
     *
     * @param message within the call of the handler.
     */
    public void ack(final Message message) {
        ack(message.partition(), message.position());
    }

    /**
     * Acknowledges all messages of a partition that were delivered up to a position.
     *
     * @param partition as {@link Message#partition()} said.
     * @param position  as {@link Message#position()} said.
     */
    public void ack(final int partition, final long position) {
        consumers[partition].ack(shardIds[partition], position);
    }

    /**
     * Acknowledges one message only.
     *
     * @param message within the call of the handler.
     */
    public void ackSingle(final Message message) {
        ackSingle(message.partition(), message.position());
    }

    /**
     * Acknowledges one message only. Does nothing where the message is not outstanding: it was acknowledged before, or this
     * member lost the partition since, which {@link #flush} tells.
     *
     * @param partition as {@link Message#partition()} said.
     * @param position  as {@link Message#position()} said.
     */
    public void ackSingle(final int partition, final long position) {
        consumers[partition].ackSingle(shardIds[partition], position);
    }

    /**
     * Sends what is acknowledged and waits until the cluster has it. Not to be called from a handler or listener.
     *
     * @param timeoutNs greatest time to wait.
     * @return true where the cluster has all of it; false as {@link Consumer#flush} says.
     */
    public boolean flush(final long timeoutNs) {
        final long deadlineNs = System.nanoTime() + timeoutNs;
        boolean isFlushed = true;
        for (final Consumer consumer : consumers) {
            isFlushed &= consumer.flush(Math.max(1, deadlineNs - System.nanoTime()));
        }
        return isFlushed;
    }

    /**
     * Number of partitions of the topic.
     *
     * @return above 0; it never changes.
     */
    public int partitionCount() {
        return consumers.length;
    }

    /**
     * Whether this member owns a partition.
     *
     * @param partition from 0.
     * @return true if so.
     */
    public boolean isOwner(final int partition) {
        return consumers[partition].isOwner(shardIds[partition]);
    }

    /**
     * Number of partitions that this member owns.
     *
     * @return from 0.
     */
    public int ownedCount() {
        int count = 0;
        for (int partition = 0; partition < consumers.length; partition++) {
            count += isOwner(partition) ? 1 : 0;
        }
        return count;
    }

    /**
     * Whether this member joined in every partition.
     *
     * @return true if so.
     */
    public boolean isJoined() {
        for (final Consumer consumer : consumers) {
            if (!consumer.isJoined()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Up to where all is acknowledged in a partition, as far as the cluster confirmed it to this member.
     *
     * @param partition from 0.
     * @return the position in bytes in the partition's shard, or -1 where it is not known.
     */
    public long position(final int partition) {
        return consumers[partition].position(shardIds[partition]);
    }

    /**
     * Number of messages that were delivered and are not acknowledged.
     *
     * @return the number.
     */
    public int unackedCount() {
        int count = 0;
        for (final Consumer consumer : consumers) {
            count += consumer.unackedCount();
        }
        return count;
    }

    /**
     * Sends what is acknowledged, leaves, and waits a moment for the cluster to know; the other members take over at once.
     * The consumers stay in the cluster. Closing twice is harmless.
     */
    @Override
    public void close() {
        CloseHelper.closeAll(consumers);
    }

    private static ConsumerConfig ofPartition(
            final ConsumerConfig config, final String topic, final int partition, final PartitionListener listener) {
        final ConsumerListener told = config.listener();
        return new ConsumerConfig()
                .name(PartitionName.nameOf(config.name(), partition))
                .filter(PartitionName.nameOf(topic, partition))
                .lane(partition)
                .start(config.start())
                .leaseNs(config.leaseNs())
                .maxUnacked(config.maxUnacked())
                .preferredNode(config.preferredNode())
                .silenceTimeoutNs(config.silenceTimeoutNs())
                .listener(new ConsumerListener() {
                    @Override
                    public void onOwnerChanged(final int shardId, final boolean isOwner) {
                        told.onOwnerChanged(shardId, isOwner);
                        listener.onOwnerChanged(partition, isOwner);
                    }

                    @Override
                    public void onNodeChanged(final int shardId, final int nodeId, final String reason) {
                        told.onNodeChanged(shardId, nodeId, reason);
                    }

                    @Override
                    public void onCursorLost(
                            final int shardId, final long wantedPosition, final long firstReadablePosition) {
                        told.onCursorLost(shardId, wantedPosition, firstReadablePosition);
                    }
                });
    }
}
