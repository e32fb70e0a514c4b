package io.lockstep.gateway.bridge;

import org.agrona.DirectBuffer;

/** A message as it comes from the cluster: a flyweight that is valid during the call only, on the bridge thread. */
public interface LinkMessage {
    /**
     * Shard of the message.
     *
     * @return the shard's id.
     */
    int shardId();

    /**
     * Place in the shard's journal.
     *
     * @return position behind the message's record.
     */
    long position();

    /**
     * Buffer that holds topic, headers and payload at their offsets.
     *
     * @return the buffer; not to be kept.
     */
    DirectBuffer buffer();

    /**
     * First byte of the topic's name.
     *
     * @return the offset.
     */
    int topicOffset();

    /**
     * Length of the topic's name.
     *
     * @return in bytes.
     */
    int topicLength();

    /**
     * First byte of the header block.
     *
     * @return the offset.
     */
    int headersOffset();

    /**
     * Length of the header block.
     *
     * @return in bytes.
     */
    int headersLength();

    /**
     * First byte of the payload.
     *
     * @return the offset.
     */
    int payloadOffset();

    /**
     * Length of the payload.
     *
     * @return in bytes.
     */
    int payloadLength();

    /**
     * Cluster time of the message.
     *
     * @return nanoseconds since 1970-01-01T00:00:00Z.
     */
    long timestampNs();
}
