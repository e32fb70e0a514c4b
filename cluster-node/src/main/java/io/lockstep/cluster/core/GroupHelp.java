package io.lockstep.cluster.core;

import io.lockstep.topic.TopicFilter;
import java.util.List;

/**
 * What the groups of a shard need of somebody who can read the journal, as the engine itself cannot: messages that they
 * have missed for longer than the shard remembers ({@code FeedGroup}), and the content of messages that were given up
 * ({@code PutDeadLetter}). Asked on the engine's thread; allocates nothing.
 */
public interface GroupHelp {
    /** Takes what is needed. */
    interface Sink {
        /**
         * A group waits for messages.
         *
         * @param groupId   of the group.
         * @param windowEnd where the stretch begins that it waits for.
         * @param room      greatest number of messages that it takes now, from 1.
         * @param filters   of the group; immutable.
         */
        void onLag(int groupId, long windowEnd, int room, List<TopicFilter> filters);

        /**
         * A message was given up and waits for its dead letter.
         *
         * @param groupId      of the group.
         * @param position     of the message, behind its record.
         * @param recordLength in bytes.
         */
        void onDead(int groupId, long position, int recordLength);
    }

    /**
     * Whether anything may be needed; cheap enough for each turn of an agent.
     *
     * @return false where nothing is.
     */
    boolean isNeeded();

    /**
     * Tells what is needed. Where there is more than asked for, the next call goes on behind it.
     *
     * @param maxLags greatest number of groups that wait.
     * @param maxDead greatest number of messages that were given up.
     * @param sink    that is told.
     */
    void collect(int maxLags, int maxDead, Sink sink);
}
