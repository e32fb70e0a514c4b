package io.lockstep.client;

/**
 * A topic that a publisher lease guards. Immutable.
 *
 * @param topic       name of the topic.
 * @param shardId     of its shard.
 * @param token       of the newest lease.
 * @param holderId    who holds it, or held it last.
 * @param durationNs  how long it is held when it is not renewed.
 * @param remainingNs how long it was still held when the shard answered; 0 where it had ended.
 */
public record LeaseState(String topic, int shardId, long token, long holderId, long durationNs, long remainingNs) {}
