package io.lockstep.cluster.service;

/**
 * Figures of a shard's service at one moment.
 *
 * @param isStarted             whether recovery has ended.
 * @param appliedLogPosition    position in the Raft log up to which commands were applied.
 * @param journalPosition       end of the journal.
 * @param firstReadablePosition logical start of the journal.
 * @param shardSequence         of the last record.
 * @param messageCount          messages accepted so far.
 * @param rollingHash           of all records.
 * @param checkpointPosition    where the last checkpoint record begins, or -1.
 * @param checkpointHash        the hash that it carries.
 * @param stateBytes            size of the replicated state.
 * @param topicCount            number of topics.
 * @param producerCount         number of producers.
 * @param isSeeded              whether the settings were seeded.
 * @param isReadOnly            whether new messages are refused.
 * @param retentionBytes        setting, 0 for all.
 * @param retentionAgeNs        setting, 0 for all.
 * @param droppedReplies        replies that the client could not take.
 * @param heldPosition          lowest position of what is still to be consumed, or {@link Long#MAX_VALUE}.
 * @param groupNeeds            what groups need of the leader's node.
 */
public record ServiceStatus(
        boolean isStarted,
        long appliedLogPosition,
        long journalPosition,
        long firstReadablePosition,
        long shardSequence,
        long messageCount,
        long rollingHash,
        long checkpointPosition,
        long checkpointHash,
        long stateBytes,
        int topicCount,
        int producerCount,
        boolean isSeeded,
        boolean isReadOnly,
        long retentionBytes,
        long retentionAgeNs,
        long droppedReplies,
        long heldPosition,
        GroupNeeds groupNeeds) {
    /** Before anything is known. */
    public static final ServiceStatus INITIAL =
            new ServiceStatus(false, 0, 0, 0, 0, 0, 0, -1, 0, 0, 0, 0, false, false, 0, 0, 0, Long.MAX_VALUE);

    /**
     * Figures of a shard whose groups need nothing.
     *
     * @param isStarted             whether recovery has ended.
     * @param appliedLogPosition    position in the Raft log up to which commands were applied.
     * @param journalPosition       end of the journal.
     * @param firstReadablePosition logical start of the journal.
     * @param shardSequence         of the last record.
     * @param messageCount          messages accepted so far.
     * @param rollingHash           of all records.
     * @param checkpointPosition    where the last checkpoint record begins, or -1.
     * @param checkpointHash        the hash that it carries.
     * @param stateBytes            size of the replicated state.
     * @param topicCount            number of topics.
     * @param producerCount         number of producers.
     * @param isSeeded              whether the settings were seeded.
     * @param isReadOnly            whether new messages are refused.
     * @param retentionBytes        setting, 0 for all.
     * @param retentionAgeNs        setting, 0 for all.
     * @param droppedReplies        replies that the client could not take.
     * @param heldPosition          lowest position of what is still to be consumed, or {@link Long#MAX_VALUE}.
     */
    public ServiceStatus(
            final boolean isStarted,
            final long appliedLogPosition,
            final long journalPosition,
            final long firstReadablePosition,
            final long shardSequence,
            final long messageCount,
            final long rollingHash,
            final long checkpointPosition,
            final long checkpointHash,
            final long stateBytes,
            final int topicCount,
            final int producerCount,
            final boolean isSeeded,
            final boolean isReadOnly,
            final long retentionBytes,
            final long retentionAgeNs,
            final long droppedReplies,
            final long heldPosition) {
        this(
                isStarted,
                appliedLogPosition,
                journalPosition,
                firstReadablePosition,
                shardSequence,
                messageCount,
                rollingHash,
                checkpointPosition,
                checkpointHash,
                stateBytes,
                topicCount,
                producerCount,
                isSeeded,
                isReadOnly,
                retentionBytes,
                retentionAgeNs,
                droppedReplies,
                heldPosition,
                GroupNeeds.NONE);
    }
}
