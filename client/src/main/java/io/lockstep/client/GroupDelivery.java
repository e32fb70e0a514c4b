package io.lockstep.client;

/**
 * A message that a group handed out to this member: a flyweight, valid during the handler call only, and so are its
 * decisions; later ones go through {@link GroupMember} with shard, position and attempt. A message without a decision is
 * handed out again when its time is over. Belongs to the thread that owns the client.
 */
public final class GroupDelivery {
    private final GroupMember member;
    private final Message message;
    private int attempt;

    GroupDelivery(final GroupMember member, final Message message) {
        this.member = member;
        this.message = message;
    }

    GroupDelivery wrap(final int newAttempt) {
        attempt = newAttempt;
        return this;
    }

    /**
     * The message.
     *
     * @return a flyweight over its record.
     */
    public Message message() {
        return message;
    }

    /**
     * The shard in which the message lives.
     *
     * @return from 0.
     */
    public int shardId() {
        return message.shardId();
    }

    /**
     * The place behind the message in its shard's journal, which names it.
     *
     * @return in bytes.
     */
    public long position() {
        return message.position();
    }

    /**
     * How often the message was handed out.
     *
     * @return this time included; from 1.
     */
    public int attempt() {
        return attempt;
    }

    /**
     * The message is done. The shard is told in the next turn of the client.
     *
     * @return false where the message is not this member's any more, or was decided before.
     */
    public boolean ack() {
        return member.ack(shardId(), position(), attempt);
    }

    /**
     * The message shall be handed out again, after the delay of the group.
     *
     * @return false where the message is not this member's any more, or was decided before.
     */
    public boolean reject() {
        return member.reject(shardId(), position(), attempt);
    }

    /**
     * The message shall be handed out again after a delay.
     *
     * @param delayNs 0 to 12 h.
     * @return false where the message is not this member's any more, or was decided before.
     */
    public boolean rejectAfter(final long delayNs) {
        return member.rejectAfter(shardId(), position(), attempt, delayNs);
    }

    /**
     * Work goes on: the member may keep the message for as long again as the group gives, from when the shard is told.
     *
     * @return false where the message is not this member's any more, was decided, or too many decisions wait to be told.
     */
    public boolean extend() {
        return member.extend(shardId(), position(), attempt);
    }

    /**
     * The message can't be worked on: it becomes a dead letter.
     *
     * @return false where the message is not this member's any more, or was decided before.
     */
    public boolean deadLetter() {
        return member.deadLetter(shardId(), position(), attempt);
    }
}
