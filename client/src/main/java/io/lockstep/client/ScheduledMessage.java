package io.lockstep.client;

/**
 * A message that a shard holds back until its time. Immutable.
 *
 * @param shardId          where it is held.
 * @param position         its id: the position that its publish was answered with.
 * @param topic            of the message.
 * @param dueNs            when it is due, in cluster time, nanoseconds since 1970-01-01T00:00:00Z.
 * @param producerId       who published it.
 * @param producerSequence the producer's own number of the message in this shard.
 * @param headersLength    of the message when it is released, in bytes.
 * @param payloadLength    in bytes.
 */
public record ScheduledMessage(
        int shardId,
        long position,
        String topic,
        long dueNs,
        long producerId,
        long producerSequence,
        int headersLength,
        int payloadLength) {}
