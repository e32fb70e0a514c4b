package io.lockstep.cluster.core;

import java.util.Arrays;

/**
 * Which groups take the messages of a topic: found out once for each topic and remembered until the groups change, so
 * that a message that no group wants costs a look into an array. Follows from other state and is none itself.
 */
final class GroupMatches {
    private static final Group[] NO_GROUPS = {};
    private static final int INITIAL_CAPACITY = 64;

    private final TopicsPart topics;
    private Group[] groups = NO_GROUPS;
    private int groupCount;
    private Group[][] matches = new Group[INITIAL_CAPACITY][];
    private long[] versions = new long[INITIAL_CAPACITY];
    private long version = 1;

    GroupMatches(final TopicsPart topics) {
        this.topics = topics;
    }

    /** Takes note of the groups as they are now, in the order of their ids. */
    void onGroups(final Group[] newGroups, final int newGroupCount) {
        groups = newGroups;
        groupCount = newGroupCount;
        version++;
        if (groupCount == 0) {
            matches = new Group[INITIAL_CAPACITY][];
            versions = new long[INITIAL_CAPACITY];
        }
    }

    /** The groups that take the messages of a topic, in the order of their ids. */
    Group[] groupsOf(final int topicId) {
        if (topicId >= matches.length) {
            final int capacity = Math.max(2 * matches.length, Integer.highestOneBit(topicId) << 1);
            matches = Arrays.copyOf(matches, capacity);
            versions = Arrays.copyOf(versions, capacity);
        }
        if (versions[topicId] != version) {
            matches[topicId] = find(topics.ofId(topicId));
            versions[topicId] = version;
        }
        return matches[topicId];
    }

    /** Whether a group takes the messages of a topic. */
    boolean isMatch(final Group group, final int topicId) {
        for (final Group match : groupsOf(topicId)) {
            if (match == group) {
                return true;
            }
        }
        return false;
    }

    private Group[] find(final Topic topic) {
        int count = 0;
        for (int i = 0; i < groupCount; i++) {
            count += groups[i].matches(topic) ? 1 : 0;
        }
        if (count == 0) {
            return NO_GROUPS;
        }
        final Group[] found = new Group[count];
        int index = 0;
        for (int i = 0; i < groupCount; i++) {
            if (groups[i].matches(topic)) {
                found[index++] = groups[i];
            }
        }
        return found;
    }
}
