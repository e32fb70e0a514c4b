package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;

/** Takes the messages of a {@link Subscriber} and says how to go on. */
@FunctionalInterface
public interface ControlledMessageHandler {
    /**
     * One message, in journal order within its shard.
     *
     * @param message a flyweight that is valid during the call only.
     * @return {@link Action#CONTINUE} to go on; {@link Action#BREAK} or {@link Action#COMMIT} to take the message and, for
     *     the former, end the poll; {@link Action#ABORT} to end the poll and get the message again by the next one.
     */
    Action onMessage(Message message);
}
