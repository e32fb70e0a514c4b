package io.lockstep.client.internal;

import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ShardDescriptionDecoder;
import org.agrona.DirectBuffer;

/** Is told what a shard answers. Called from within {@link ShardConnection#doWork}. */
public interface ShardListener {
    /**
     * A session with the shard's leader is there, again or for the first time: what was sent before may be lost.
     *
     * @param shardId of the shard.
     */
    void onSessionRestored(int shardId);

    /**
     * An answer to {@code OpenProducer}.
     *
     * @param shardId of the shard.
     * @param reply   valid during the call.
     */
    void onProducerOpened(int shardId, ProducerOpenedDecoder reply);

    /**
     * An answer to {@code Publish}.
     *
     * @param shardId of the shard.
     * @param reply   valid during the call.
     */
    void onPublishReply(int shardId, PublishReplyDecoder reply);

    /**
     * What the shard says of itself.
     *
     * @param shardId of the shard.
     * @param reply   valid during the call.
     */
    void onShardDescription(int shardId, ShardDescriptionDecoder reply);

    /**
     * An answer to a command that somebody may await; its first field is the correlation id of the command.
     *
     * @param shardId    of the shard.
     * @param templateId of the answer.
     * @param buffer     that holds it, valid during the call.
     * @param offset     of its message header.
     * @param length     in bytes.
     */
    void onReply(int shardId, int templateId, DirectBuffer buffer, int offset, int length);
}
