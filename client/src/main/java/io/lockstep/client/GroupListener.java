package io.lockstep.client;

import io.lockstep.codecs.ResultCode;

/**
 * Is told what happens to a {@link GroupMember} beside messages. Called on the thread that owns the client, from within
 * its turns and polls.
 */
public interface GroupListener {
    /** Does nothing. */
    GroupListener NONE = new GroupListener() {};

    /**
     * The member is in the group in a shard, for the first time or again.
     *
     * @param shardId of the shard.
     * @param groupId of the group in this shard.
     */
    default void onJoined(final int shardId, final int groupId) {}

    /**
     * What the member was handed out in a shard is not its own any more, because its lease ran out or the group was
     * moved. Others get it; the member joins again by itself.
     *
     * @param shardId of the shard.
     * @param reason  one sentence.
     */
    default void onAssignmentsLost(final int shardId, final String reason) {}

    /**
     * A decision had no effect. {@link ResultCode#NOT_ASSIGNED} comes where the message was not the member's any more: its
     * time was over, or the decision was repeated because an answer was lost, and had taken effect the first time.
     *
     * @param shardId  of the shard.
     * @param position of the message.
     * @param code     why.
     */
    default void onNotSettled(final int shardId, final long position, final ResultCode code) {}

    /**
     * A message was handed out that retention has removed from the journal. It counts as done.
     *
     * @param shardId  of the shard.
     * @param position of the message.
     */
    default void onMessageGone(final int shardId, final long position) {}
}
