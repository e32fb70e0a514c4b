package io.lockstep.client;

/** Is told what happens to a {@link Subscriber} beside messages. Called from within its {@code poll}. */
public interface SubscriberListener {
    /** Does nothing, and does not accept the loss of a cursor. */
    SubscriberListener NONE = new SubscriberListener() {};

    /**
     * The subscriber reads a shard from another node now.
     *
     * @param shardId of the shard.
     * @param nodeId  that is read from, or -1 while none is.
     * @param reason  one sentence.
     */
    default void onNodeChanged(final int shardId, final int nodeId, final String reason) {}

    /**
     * What was to be read next was removed by retention. If this returns, reading goes on at the first position that
     * still exists; what lies between is missing. It throws unless it is overridden, so that nothing is skipped
     * without notice.
     *
     * @param shardId               of the shard.
     * @param wantedPosition        that was to be read.
     * @param firstReadablePosition where reading goes on.
     */
    default void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
        throw new LockstepException("position " + wantedPosition + " of shard " + shardId
                + " was removed by retention; begin at " + firstReadablePosition
                + " or later, or set a listener that accepts the loss");
    }

    /**
     * A record tells that the session of a client behind a gateway went to another connection, or ended; told in the order of
     * the journal with the messages around it, whatever the filters. Only the session's home shard tells.
     *
     * @param shardId   of the shard.
     * @param sessionId of the session.
     * @param epoch     its new one; 0 where it ended, -1 where an operator deleted it.
     * @param position  behind the record.
     */
    default void onSessionChanged(final int shardId, final long sessionId, final long epoch, final long position) {}

    /**
     * A record tells that a group hands a message to a member; told in the order of the journal with the messages around it,
     * whatever the filters, once for each message of the record. The message itself lies before it in the journal, and ends at
     * {@code messagePosition}.
     *
     * @param shardId         of the shard.
     * @param groupId         of the group.
     * @param memberId        of the member, with a shared subscription the epoch of a session.
     * @param messagePosition of the message, behind its record.
     * @param recordLength    of the message's record in bytes.
     * @param attempt         how often it was handed out, from 1.
     */
    default void onGroupAssigned(
            final int shardId,
            final int groupId,
            final long memberId,
            final long messagePosition,
            final int recordLength,
            final int attempt) {}
}
