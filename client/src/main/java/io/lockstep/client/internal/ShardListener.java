package io.lockstep.client.internal;

import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ProducerOpenedDecoder;
import io.lockstep.codecs.PublishReplyDecoder;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.codecs.SlotTableDescriptionDecoder;
import io.lockstep.codecs.TopicsPageDecoder;
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
     * An answer to a command that needs no more than a code.
     *
     * @param shardId of the shard.
     * @param reply   valid during the call.
     */
    void onCommandReply(int shardId, CommandReplyDecoder reply);

    /**
     * A page of topics.
     *
     * @param shardId of the shard.
     * @param reply   valid during the call.
     */
    void onTopicsPage(int shardId, TopicsPageDecoder reply);

    /**
     * What the shard says of itself.
     *
     * @param shardId of the shard.
     * @param reply   valid during the call.
     */
    void onShardDescription(int shardId, ShardDescriptionDecoder reply);

    /**
     * An answer whose template has no method of its own; its first field is the correlation id of the command.
     *
     * @param shardId    of the shard.
     * @param templateId of the answer.
     * @param buffer     that holds it, valid during the call.
     * @param offset     of its message header.
     * @param length     in bytes.
     */
    void onReply(int shardId, int templateId, DirectBuffer buffer, int offset, int length);

    /**
     * The slot table of the shard.
     *
     * @param shardId of the shard.
     * @param reply   valid during the call.
     */
    void onSlotTable(int shardId, SlotTableDescriptionDecoder reply);
}
