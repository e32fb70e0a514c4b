package io.lockstep.gateway.bridge;

import org.agrona.DirectBuffer;

/**
 * The cluster as the bridge sees it: one stream of messages to it and one from it. Made, used and closed by the bridge
 * thread; calls never wait longer than an attempt to connect.
 */
public interface ClusterLink extends AutoCloseable {
    /** Returned by {@link #offer}: nothing was taken, try again after {@link #doWork}. */
    long BACK_PRESSURED = -1;

    /** Returned by {@link #offer}: the message can never be taken, for example because it is too long. */
    long IMPOSSIBLE = -2;

    /**
     * Drives connections, answers and resends.
     *
     * @return 0 where there was nothing to do.
     */
    int doWork();

    /**
     * The shard in which a topic lives: one that is back-pressured says nothing about the others. Any thread may ask.
     *
     * @param topic a valid name.
     * @return the shard's id.
     */
    int shardOf(String topic);

    /**
     * The topic that a message of a client goes to: where the topic has partitions, that of the client, so that the messages
     * of a client keep their order. Any thread may ask.
     *
     * @param topic    a valid name.
     * @param clientId of the client.
     * @return the name of the partition, or {@code topic} where it has none.
     */
    default String targetOf(final String topic, final String clientId) {
        return topic;
    }

    /**
     * Hands a message to the cluster. Messages of a topic are accepted in the order in which they were offered; a refusal
     * of one does not hold up others.
     *
     * @param shardId       in which the topic lives.
     * @param topic         a valid name.
     * @param headers       header block.
     * @param headersLength in bytes, from offset 0.
     * @param payload       payload.
     * @param payloadLength in bytes, from offset 0.
     * @return an id above 0 that the listener will hear of exactly once, or {@link #BACK_PRESSURED} or
     *         {@link #IMPOSSIBLE}.
     */
    long offer(
            int shardId,
            String topic,
            DirectBuffer headers,
            int headersLength,
            DirectBuffer payload,
            int payloadLength);

    /**
     * Hands messages from the cluster to the listener.
     *
     * @param limit greatest number of messages.
     * @return number of messages.
     */
    int poll(int limit);

    /**
     * Whether every shard answers.
     *
     * @return true if so, as far as is known.
     */
    boolean isConnected();

    /**
     * Whether the stream from the cluster has a known position in every shard, so that nothing that is published from now
     * on is missed. Once true it stays true: a reader that changes its node goes on where it was.
     *
     * @return true if so.
     */
    boolean isLive();

    /** Leaves the cluster. Messages without an answer become unknown. Closing twice is harmless. */
    @Override
    void close();
}
