package io.lockstep.client;

/** Is told what happens to the membership of {@link Sessions}, from within {@link LockstepClient#doWork()}. */
@FunctionalInterface
public interface MembershipListener {
    /**
     * A shard forgot this member, because its lease ran out: for the shard the connections of all its sessions are over. It
     * becomes a member again by itself.
     *
     * @param shardId of the shard.
     */
    void onMemberLost(int shardId);
}
