package io.lockstep.cluster.service;

import io.lockstep.cluster.core.GroupHelp;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;

/**
 * What the groups of a shard need of the leader's node at one moment. Immutable.
 *
 * @param lags groups that wait for messages, a few of them.
 * @param dead messages that wait for their dead letters, a few of them.
 */
public record GroupNeeds(List<Lag> lags, List<Dead> dead) {
    /** Nothing is needed. */
    public static final GroupNeeds NONE = new GroupNeeds(List.of(), List.of());

    private static final int MAX_LAGS = 8;
    private static final int MAX_DEAD = 64;

    /**
     * A group waits for messages.
     *
     * @param groupId   of the group.
     * @param windowEnd where the stretch begins that it waits for.
     * @param room      greatest number of messages that it takes now.
     * @param filters   of the group.
     */
    public record Lag(int groupId, long windowEnd, int room, List<TopicFilter> filters) {}

    /**
     * A message was given up.
     *
     * @param groupId      of the group.
     * @param position     behind the message's record.
     * @param recordLength in bytes.
     */
    public record Dead(int groupId, long position, int recordLength) {}

    /** Copies the lists. */
    public GroupNeeds {
        lags = List.copyOf(lags);
        dead = List.copyOf(dead);
    }

    static GroupNeeds of(final GroupHelp help) {
        if (!help.isNeeded()) {
            return NONE;
        }
        final List<Lag> lags = new ArrayList<>();
        final List<Dead> dead = new ArrayList<>();
        help.collect(MAX_LAGS, MAX_DEAD, new GroupHelp.Sink() {
            @Override
            public void onLag(
                    final int groupId, final long windowEnd, final int room, final List<TopicFilter> filters) {
                lags.add(new Lag(groupId, windowEnd, room, filters));
            }

            @Override
            public void onDead(final int groupId, final long position, final int recordLength) {
                dead.add(new Dead(groupId, position, recordLength));
            }
        });
        return new GroupNeeds(lags, dead);
    }

    /**
     * Whether nothing is needed.
     *
     * @return true if so.
     */
    public boolean isEmpty() {
        return lags.isEmpty() && dead.isEmpty();
    }
}
