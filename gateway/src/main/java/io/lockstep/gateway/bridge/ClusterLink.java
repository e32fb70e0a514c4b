package io.lockstep.gateway.bridge;

import io.lockstep.client.AnswerListener;
import io.lockstep.client.SessionOpening;
import io.lockstep.client.SessionPiece;
import io.lockstep.client.SessionUpdates;
import io.lockstep.client.Sessions;
import io.lockstep.client.SharedSubscriptions;
import io.lockstep.client.SubscriptionChange;
import io.lockstep.client.SubscriptionResults;
import io.lockstep.client.UpdateAnswer;
import io.lockstep.codecs.ResultCode;
import java.util.List;
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
     * The lane of a topic: one that is back-pressured says nothing about the others. As many as shards, and the topic's shard
     * unless routes of the cluster say otherwise. Any thread may ask.
     *
     * @param topic a valid name.
     * @return from 0 to the number of shards.
     */
    int shardOf(String topic);

    /**
     * The shard in which a topic lives, by the routes of the cluster. Bridge thread only.
     *
     * @param topic a valid name.
     * @return the shard's id.
     */
    int ownerOf(String topic);

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
     * Number of shards.
     *
     * @return from 1.
     */
    int shardCount();

    /**
     * The shard that says who has the session of a client.
     *
     * @param clientId of the client.
     * @return the shard's id.
     */
    int homeShardOf(String clientId);

    /**
     * The place up to which the stream was handed out.
     *
     * @param shardId of the shard.
     * @return the position, or -1 where it is not known yet.
     */
    long position(int shardId);

    /**
     * Reads a shard from a place on, beside the stream.
     *
     * @param shardId  of the shard.
     * @param position to begin at.
     * @param handler  takes the messages.
     * @return the reader, which the caller closes.
     */
    LinkReader openReader(int shardId, long position, LinkReader.Handler handler);

    /**
     * Gives the session of a client to a connection, in one shard.
     *
     * @param shardId  of the shard.
     * @param opening  what the connection asks for.
     * @param listener is told the piece, or why there is none, from within {@link #doWork}.
     */
    void openSession(int shardId, SessionOpening opening, AnswerListener<SessionPiece> listener);

    /**
     * Adds and ends subscriptions of a session in one shard.
     *
     * @param shardId   of the shard.
     * @param sessionId of the session.
     * @param epoch     under which the connection has it.
     * @param changes   in this order.
     * @param principal on whose behalf the cluster asks its access rules; empty for nobody's.
     * @param listener  is told what became of each, from within {@link #doWork}.
     */
    void changeSubscriptions(
            int shardId,
            long sessionId,
            long epoch,
            List<SubscriptionChange> changes,
            byte[] principal,
            AnswerListener<SubscriptionResults> listener);

    /**
     * Tells one shard how far sessions got.
     *
     * @param shardId  of the shard.
     * @param updates  at least one.
     * @param listener is told which were refused, from within {@link #doWork}.
     */
    void updateSessions(int shardId, SessionUpdates updates, AnswerListener<UpdateAnswer> listener);

    /**
     * Tells one shard that the connection of a session is over.
     *
     * @param shardId   of the shard.
     * @param sessionId of the session.
     * @param epoch     under which the connection had it.
     * @param expiryNs  how long the session lives on, or {@link Sessions#EXPIRY_AS_OPENED}.
     * @param keepsWill whether the will is published when its delay is over.
     */
    void closeSession(int shardId, long sessionId, long epoch, long expiryNs, boolean keepsWill);

    /**
     * Asks one shard for a page of last values.
     *
     * @param shardId      of the shard.
     * @param filter       topic filter.
     * @param topicId      0 for the first page, else as the page before said.
     * @param upToPosition leaves out what is behind this place of the journal.
     * @param listener     is told the page, from within {@link #doWork}.
     */
    void lastValues(int shardId, String filter, int topicId, long upToPosition, AnswerListener<RetainedPage> listener);

    /**
     * Asks one shard for the group of a shared subscription.
     *
     * @param shardId  of the shard.
     * @param filter   the whole filter.
     * @param listener is told the group's id, or {@link SharedSubscriptions#UNKNOWN}, from within {@link #doWork}.
     */
    void findShared(int shardId, String filter, AnswerListener<Integer> listener);

    /**
     * Says how many messages of a shared subscription a connection takes at a time.
     *
     * @param shardId  of the shard.
     * @param groupId  of the subscription.
     * @param epoch    under which the connection has its session.
     * @param credit   number of messages.
     * @param listener is told the code, from within {@link #doWork}.
     */
    void creditShared(int shardId, int groupId, long epoch, int credit, AnswerListener<ResultCode> listener);

    /**
     * Says that a connection is done with messages of a shared subscription.
     *
     * @param shardId   of the shard.
     * @param groupId   of the subscription.
     * @param epoch     under which the connection has its session.
     * @param positions of the messages.
     * @param attempts  in which it got them.
     * @param listener  is told the code, from within {@link #doWork}.
     */
    void settleShared(
            int shardId,
            int groupId,
            long epoch,
            long[] positions,
            int[] attempts,
            AnswerListener<ResultCode> listener);

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
     * on is missed, and the shards know this gateway, so that it may have sessions.
     *
     * @return true if so.
     */
    boolean isLive();

    /** Leaves the cluster. Messages without an answer become unknown. Closing twice is harmless. */
    @Override
    void close();
}
