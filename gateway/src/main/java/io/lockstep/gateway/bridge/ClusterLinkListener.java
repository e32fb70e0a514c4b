package io.lockstep.gateway.bridge;

import io.lockstep.codecs.ResultCode;

/** Is told what a {@link ClusterLink} learns, on the bridge thread, from within calls of the link. */
public interface ClusterLinkListener {
    /**
     * A message is committed.
     *
     * @param messageId from {@link ClusterLink#offer}.
     * @param shardId   that accepted it.
     */
    void onAccepted(long messageId, int shardId);

    /**
     * A message is refused and will never be delivered.
     *
     * @param messageId from {@link ClusterLink#offer}.
     * @param code      why.
     */
    void onRefused(long messageId, ResultCode code);

    /**
     * Nobody knows the fate of a message.
     *
     * @param messageId from {@link ClusterLink#offer}.
     * @param reason    one sentence.
     */
    void onUnknown(long messageId, String reason);

    /**
     * A message of any topic, in journal order within its shard.
     *
     * @param message a flyweight, valid during the call.
     */
    void onMessage(LinkMessage message);

    /**
     * The session of a client went to another connection, or ended; told in the order of the journal.
     *
     * @param sessionId of the session.
     * @param epoch     its new one; 0 where it ended, -1 where an operator deleted it.
     */
    void onSessionChanged(long sessionId, long epoch);

    /**
     * A message of a shared subscription is a connection's; told in the order of the journal, behind the message.
     *
     * @param shardId      of the shard.
     * @param groupId      of the subscription.
     * @param epoch        under which the connection has its session.
     * @param position     of the message, behind its record.
     * @param recordLength of the message's record in bytes.
     * @param attempt      how often it was handed out, from 1.
     */
    void onSharedAssigned(int shardId, int groupId, long epoch, long position, int recordLength, int attempt);

    /**
     * A shard forgot this gateway: for it the connections of all its sessions are over.
     *
     * @param shardId of the shard.
     */
    void onMembershipLost(int shardId);

    /**
     * Messages were lost to the reader, or may have been: whoever was subscribed must be told.
     *
     * @param reason one sentence.
     */
    void onStreamLost(String reason);
}
