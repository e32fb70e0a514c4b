package io.lockstep.client;

/** Is told what happens to a {@link Consumer} beside messages. Called from within its {@code poll}. */
public interface ConsumerListener {
    /** Does nothing, and does not accept the loss of a cursor. */
    ConsumerListener NONE = new ConsumerListener() {};

    /**
     * This member owns the consumer in a shard from now on, or no longer does. What was delivered and not acknowledged
     * before it lost it is delivered to the next owner, as it is to this one where it gets it again.
     *
     * @param shardId of the shard.
     * @param isOwner whether it does.
     */
    default void onOwnerChanged(final int shardId, final boolean isOwner) {}

    /**
     * The consumer reads a shard from another node now.
     *
     * @param shardId of the shard.
     * @param nodeId  that is read from, or -1 while none is.
     * @param reason  one sentence.
     */
    default void onNodeChanged(final int shardId, final int nodeId, final String reason) {}

    /**
     * What was to be consumed next was removed by retention. If this returns, the consumer goes on at the first position
     * that still exists; what lies between is missing. It throws unless it is overridden, so that nothing is skipped
     * without notice.
     *
     * @param shardId               of the shard.
     * @param wantedPosition        that was to be read.
     * @param firstReadablePosition where reading goes on.
     */
    default void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
        throw new LockstepException("position " + wantedPosition + " of shard " + shardId
                + " was removed by retention before it was consumed; 'lockstep consumers seek' moves the consumer to what"
                + " is still there, or set a listener that accepts the loss");
    }
}
