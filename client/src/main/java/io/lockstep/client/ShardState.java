package io.lockstep.client;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.config.EngineSetting;

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
        boolean isReadOnly) {
    static ShardState of(final int shardId, final int leaderNodeId, final ShardDescriptionDecoder reply) {
        long maxBatchLength = EngineSetting.MAX_BATCH_LENGTH.defaultValue();
        long maxPayloadLength = EngineSetting.MAX_PAYLOAD_LENGTH.defaultValue();
        long maxHeadersLength = EngineSetting.MAX_HEADERS_LENGTH.defaultValue();
        final ShardDescriptionDecoder.SettingsDecoder settings = reply.settings();
        while (settings.hasNext()) {
            settings.next();
            final int id = settings.settingId();
            final long value = settings.settingValue();
            if (id == EngineSetting.MAX_BATCH_LENGTH.id()) {
                maxBatchLength = value;
            } else if (id == EngineSetting.MAX_PAYLOAD_LENGTH.id()) {
                maxPayloadLength = value;
            } else if (id == EngineSetting.MAX_HEADERS_LENGTH.id()) {
                maxHeadersLength = value;
            }
        }
        reply.sbeRewind();
        return new ShardState(
                shardId,
                reply.shardCount(),
                leaderNodeId,
                reply.journalPosition(),
                reply.firstReadablePosition(),
                reply.shardSequence(),
                reply.messageCount(),
                reply.timestampNs(),
                reply.rollingHash(),
                reply.checkpointPosition(),
                reply.checkpointHash(),
                reply.topicCount(),
                reply.producerCount(),
                (int) maxBatchLength,
                (int) maxPayloadLength,
                (int) maxHeadersLength,
                reply.isSeeded() == BooleanType.TRUE,
                reply.isReadOnly() == BooleanType.TRUE);
    }
}
