package io.lockstep.client;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.DeleteGroupEncoder;
import io.lockstep.codecs.DescribeGroupEncoder;
import io.lockstep.codecs.GroupDescriptionDecoder;
import io.lockstep.codecs.GroupsPageDecoder;
import io.lockstep.codecs.ListGroupsEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeekGroupEncoder;
import io.lockstep.codecs.SetGroupCreditEncoder;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Looks at groups, moves and deletes them, in all shards. Each call waits for the answers and so must not be made from a
 * handler or listener; times are those of one shard's answer. Made by {@link LockstepClient#groups()}; belongs to the thread
 * that owns the client.
 */
public final class Groups {
    private static final int PAGE_LENGTH = 100;

    private final LockstepClient client;

    Groups(final LockstepClient client) {
        this.client = client;
    }

    /**
     * The groups of all shards.
     *
     * @param filter    of their names, like a topic filter; {@code #} for all.
     * @param timeoutNs to wait for an answer.
     * @return by shard, in the order in which they were made.
     * @throws LockstepException where a shard did not answer in time or does not know groups.
     */
    public List<GroupState> list(final String filter, final long timeoutNs) {
        final String checked = TopicFilter.parse(filter).toString();
        return PagedList.collect(
                client,
                GroupsPageDecoder.TEMPLATE_ID,
                "list its groups",
                (buffer, header, correlationId, after) -> new ListGroupsEncoder()
                        .wrapAndApplyHeader(buffer, 0, header)
                        .correlationId(correlationId)
                        .afterGroupId((int) after)
                        .maxGroups(PAGE_LENGTH)
                        .filter(checked),
                Groups::readPage,
                timeoutNs);
    }

    /**
     * All about a group.
     *
     * @param name      of the group.
     * @param timeoutNs to wait for an answer.
     * @return by shard; shards that do not know the group are missing.
     * @throws LockstepException where a shard did not answer in time or does not know groups.
     */
    public List<GroupDetails> describe(final String name, final long timeoutNs) {
        final List<GroupDetails> details = new ArrayList<>();
        for (int shardId = 0; shardId < client.shardCount(); shardId++) {
            final GroupDetails found = describe(shardId, name, timeoutNs);
            if (found != null) {
                details.add(found);
            }
        }
        return details;
    }

    /**
     * Moves a group in one shard: what is handed out is taken back, and it goes on at the new place.
     *
     * @param shardId   of the shard.
     * @param name      of the group.
     * @param place     where to go; a time is looked up first.
     * @param timeoutNs to wait for an answer.
     * @return the new place, or -1 where the shard does not know the group.
     * @throws LockstepException where the shard refused it or did not answer in time.
     */
    public long seek(final int shardId, final String name, final StartPosition place, final long timeoutNs) {
        final GroupDetails group = describe(shardId, name, timeoutNs);
        if (group == null) {
            return -1;
        }
        final StartPosition resolved =
                place.kind() == StartPosition.Kind.TIME ? resolve(shardId, place, timeoutNs) : place;
        return BlockingCall.ask(
                        client,
                        shardId,
                        (buffer, header, correlationId) -> new SeekGroupEncoder()
                                .wrapAndApplyHeader(buffer, 0, header)
                                .correlationId(correlationId)
                                .position(resolved.value())
                                .groupId(group.state().groupId())
                                .startKind(GroupStart.rawOf(resolved)),
                        timeoutNs)
                .acceptedDetail("move the group '" + name + "'");
    }

    /**
     * Changes how many messages a running member may have at once, in one shard. What it has beyond that stays with it. A
     * member that opens anew, because its lease ran out or its process began again, has the credit of its own configuration.
     *
     * @param shardId   of the shard.
     * @param groupId   of the group there, as {@link GroupState#groupId()} says.
     * @param memberId  of the member, as {@link GroupDetails#members()} say.
     * @param credit    0 to {@value GroupConfig#MAX_CREDIT}; with 0 it gets nothing.
     * @param timeoutNs to wait for an answer.
     * @throws LockstepException where the shard refused it or did not answer in time.
     */
    public void credit(
            final int shardId, final int groupId, final long memberId, final int credit, final long timeoutNs) {
        if (credit < 0 || credit > GroupConfig.MAX_CREDIT) {
            throw new IllegalArgumentException("credit takes 0 to " + GroupConfig.MAX_CREDIT + ", but it is " + credit);
        }
        BlockingCall.ask(
                        client,
                        shardId,
                        (buffer, header, correlationId) -> new SetGroupCreditEncoder()
                                .wrapAndApplyHeader(buffer, 0, header)
                                .correlationId(correlationId)
                                .memberId(memberId)
                                .groupId(groupId)
                                .credit(credit),
                        timeoutNs)
                .acceptedDetail("change the credit of member " + memberId);
    }

    /**
     * Deletes a group in all shards, with all that it keeps track of. Members are told. Where it throws, some shards may
     * have deleted it; calling again is harmless.
     *
     * @param name      of the group.
     * @param timeoutNs to wait for an answer.
     * @return number of shards that knew it.
     * @throws LockstepException where a shard did not answer in time.
     */
    public int delete(final String name, final long timeoutNs) {
        int count = 0;
        for (int shardId = 0; shardId < client.shardCount(); shardId++) {
            final GroupDetails group = describe(shardId, name, timeoutNs);
            if (group != null) {
                BlockingCall.ask(
                                client,
                                shardId,
                                (buffer, header, correlationId) -> new DeleteGroupEncoder()
                                        .wrapAndApplyHeader(buffer, 0, header)
                                        .correlationId(correlationId)
                                        .groupId(group.state().groupId()),
                                timeoutNs)
                        .acceptedDetail("delete the group '" + name + "'");
                count++;
            }
        }
        return count;
    }

    private static long readPage(
            final int shardId, final DirectBuffer buffer, final int offset, final List<GroupState> groups) {
        final GroupsPageDecoder page =
                new GroupsPageDecoder().wrapAndApplyHeader(buffer, offset, new MessageHeaderDecoder());
        final long journalPosition = page.journalPosition();
        final long after = page.isLast() == BooleanType.TRUE ? PagedList.LAST : page.scannedToGroupId();
        for (final GroupsPageDecoder.GroupsDecoder group : page.groups()) {
            final long lowPosition = group.lowPosition();
            final long windowEnd = group.windowEnd();
            final int groupId = group.groupId();
            final int readyCount = group.readyCount();
            final int inFlightCount = group.inFlightCount();
            final int delayedCount = group.delayedCount();
            final int deadCount = group.deadCount();
            final int memberCount = group.memberCount();
            final boolean isKeyOrdered = group.isKeyOrdered() == BooleanType.TRUE;
            groups.add(new GroupState(
                    group.groupName(),
                    shardId,
                    groupId,
                    journalPosition,
                    lowPosition,
                    windowEnd,
                    readyCount,
                    inFlightCount,
                    delayedCount,
                    deadCount,
                    memberCount,
                    isKeyOrdered));
        }
        return after;
    }

    private GroupDetails describe(final int shardId, final String name, final long timeoutNs) {
        final BlockingCall call = BlockingCall.ask(
                        client,
                        shardId,
                        (buffer, header, correlationId) -> new DescribeGroupEncoder()
                                .wrapAndApplyHeader(buffer, 0, header)
                                .correlationId(correlationId)
                                .groupId(0)
                                .groupName(name),
                        timeoutNs)
                .require(GroupDescriptionDecoder.TEMPLATE_ID, "describe the group '" + name + "'");
        return detailsOf(call, shardId);
    }

    private static GroupDetails detailsOf(final BlockingCall call, final int shardId) {
        final GroupDescriptionDecoder group =
                new GroupDescriptionDecoder().wrapAndApplyHeader(call.answer(), 0, new MessageHeaderDecoder());
        final long journalPosition = group.journalPosition();
        final long lowPosition = group.lowPosition();
        final long windowEnd = group.windowEnd();
        final long ackTimeoutNs = group.ackTimeoutNs();
        final long minDelayNs = group.minDelayNs();
        final long maxDelayNs = group.maxDelayNs();
        final long assignedTotal = group.assignedTotal();
        final long redeliveredTotal = group.redeliveredTotal();
        final long doneTotal = group.doneTotal();
        final long deadTotal = group.deadTotal();
        final long expiredTotal = group.expiredTotal();
        final long droppedTotal = group.droppedTotal();
        final int groupId = group.groupId();
        final int maxAttempts = group.maxAttempts();
        final int readyCount = group.readyCount();
        final int inFlightCount = group.inFlightCount();
        final int delayedCount = group.delayedCount();
        final int deadCount = group.deadCount();
        final boolean isKeyOrdered = group.isKeyOrdered() == BooleanType.TRUE;
        if (group.code() != ResultCode.ACCEPTED) {
            return null;
        }
        final List<GroupDetails.Member> members = new ArrayList<>();
        for (final GroupDescriptionDecoder.MembersDecoder member : group.members()) {
            final long memberId = member.memberId();
            final int credit = member.credit();
            members.add(new GroupDetails.Member(memberId, credit, member.memberInFlightCount()));
        }
        final List<String> filters = new ArrayList<>();
        for (final GroupDescriptionDecoder.FiltersDecoder filter : group.filters()) {
            filters.add(filter.filter());
        }
        final GroupState state = new GroupState(
                group.groupName(),
                shardId,
                groupId,
                journalPosition,
                lowPosition,
                windowEnd,
                readyCount,
                inFlightCount,
                delayedCount,
                deadCount,
                members.size(),
                isKeyOrdered);
        return new GroupDetails(
                state,
                List.copyOf(filters),
                ackTimeoutNs,
                minDelayNs,
                maxDelayNs,
                maxAttempts,
                assignedTotal,
                redeliveredTotal,
                doneTotal,
                deadTotal,
                expiredTotal,
                droppedTotal,
                List.copyOf(members));
    }

    private StartPosition resolve(final int shardId, final StartPosition place, final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        try (TimePosition time = new TimePosition(client, shardId, place.value())) {
            while (time.doWork() == null) {
                client.workOrIdle();
                if (client.nowNs() - deadlineNs >= 0) {
                    throw new LockstepException("the journal of shard " + shardId
                            + " could not be read in time; 'lockstep status' shows whether its nodes are well");
                }
            }
            return time.doWork();
        }
    }
}
