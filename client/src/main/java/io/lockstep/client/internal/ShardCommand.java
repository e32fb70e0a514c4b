package io.lockstep.client.internal;

import io.lockstep.codecs.MessageHeaderEncoder;
import org.agrona.MutableDirectBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Writes a command that a shard answers. It is written once, however often it is sent, so it must do no harm twice. */
@FunctionalInterface
public interface ShardCommand {
    /**
     * Writes the command.
     *
     * @param buffer        to write into from 0 on; it grows.
     * @param header        for the message header.
     * @param correlationId that the command carries and its answer repeats.
     * @return the encoder, behind the last field.
     */
    MessageEncoderFlyweight encode(MutableDirectBuffer buffer, MessageHeaderEncoder header, long correlationId);
}
