package io.lockstep.client.link;

import org.agrona.DirectBuffer;

/** Takes whole messages. */
@FunctionalInterface
public interface MessageTaker {
    /**
     * A message.
     *
     * @param buffer that holds it, valid during the call.
     * @param offset of its message header.
     * @param length in bytes, at least that of a message header.
     * @return false where it is not taken now: it will be handed in again.
     */
    boolean onMessage(DirectBuffer buffer, int offset, int length);
}
