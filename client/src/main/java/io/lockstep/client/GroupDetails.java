package io.lockstep.client;

import java.util.List;

/**
 * All that a shard says of a group. Immutable.
 *
 * @param state           its figures.
 * @param filters         which topics it takes messages of.
 * @param ackTimeoutNs    how long a member may keep a message.
 * @param minDelayNs      delay before the second attempt.
 * @param maxDelayNs      greatest delay before another attempt.
 * @param maxAttempts     how often a message is handed out; 0 for no limit.
 * @param assignedTotal   how often messages were handed out.
 * @param redeliveredTotal how many of these were not the first attempt.
 * @param doneTotal       messages that members settled as done.
 * @param deadTotal       messages that became dead letters.
 * @param expiredTotal    messages that expired before they were done.
 * @param droppedTotal    messages that were given up without a dead letter, as they were dead letters themselves.
 * @param members         in the order in which they joined.
 */
public record GroupDetails(
        GroupState state,
        List<String> filters,
        long ackTimeoutNs,
        long minDelayNs,
        long maxDelayNs,
        int maxAttempts,
        long assignedTotal,
        long redeliveredTotal,
        long doneTotal,
        long deadTotal,
        long expiredTotal,
        long droppedTotal,
        List<Member> members) {
    /**
     * A member of the group.
     *
     * @param memberId      its id.
     * @param credit        greatest number of messages that it may have at once.
     * @param inFlightCount messages that it has.
     */
    public record Member(long memberId, int credit, int inFlightCount) {}
}
