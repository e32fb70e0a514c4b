package io.lockstep.client;

/** Takes the messages that a group hands out. Called from within {@link GroupMember#poll}. */
@FunctionalInterface
public interface GroupHandler {
    /**
     * A message is this member's to work on, until it decides or its time is over.
     *
     * @param delivery the message and how often it was handed out; a flyweight, valid during the call. To decide later,
     *                 keep its shard, position and attempt.
     */
    void onDelivery(GroupDelivery delivery);
}
