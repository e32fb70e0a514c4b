package io.lockstep.client;

/**
 * What a shard said of a topic. Immutable.
 *
 * @param name              of the topic.
 * @param shardId           where it lives.
 * @param topicId           its number in the shard.
 * @param lastTopicSequence sequence of its last message, or 0.
 * @param lastTimestampNs   cluster time of its last message.
 * @param payloadBytes      sum of payload lengths ever accepted.
 */
public record TopicState(
        String name, int shardId, int topicId, long lastTopicSequence, long lastTimestampNs, long payloadBytes) {}
