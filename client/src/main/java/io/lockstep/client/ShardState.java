package io.lockstep.client;

/**
 * What a shard said of itself, as of one place in its log. Immutable.
 *
 * @param shardId               of the shard.
 * @param shardCount            number of shards of the cluster.
 * @param leaderNodeId          node that led when the answer came.
 * @param journalPosition       end of the journal.
 * @param firstReadablePosition below which retention removed the journal.
 * @param shardSequence         number of records.
 * @param messageCount          number of messages.
 * @param timestampNs           cluster time of the answer.
 * @param rollingHash           of all records.
 * @param checkpointPosition    where the last checkpoint begins, or -1.
 * @param checkpointHash        rolling hash at the last checkpoint.
 * @param topicCount            number of topics.
 * @param producerCount         number of producers.
 * @param maxBatchLength        greatest number of messages in one publish command.
 * @param maxPayloadLength      greatest payload in bytes.
 * @param maxHeadersLength      greatest header block in bytes.
 * @param isSeeded              whether the settings were seeded.
 * @param isReadOnly            whether the shard refuses new messages.
 */
public record ShardState(
        int shardId,
        int shardCount,
        int leaderNodeId,
        long journalPosition,
        long firstReadablePosition,
        long shardSequence,
        long messageCount,
        long timestampNs,
        long rollingHash,
        long checkpointPosition,
        long checkpointHash,
        int topicCount,
        int producerCount,
        int maxBatchLength,
        int maxPayloadLength,
        int maxHeadersLength,
        boolean isSeeded,
        boolean isReadOnly) {}
