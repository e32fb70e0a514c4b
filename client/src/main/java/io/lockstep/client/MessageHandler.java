package io.lockstep.client;

/** Takes the messages of a {@link Subscriber}. */
@FunctionalInterface
public interface MessageHandler {
    /**
     * One message, in journal order within its shard.
     *
     * @param message a flyweight that is valid during the call only.
     */
    void onMessage(Message message);
}
