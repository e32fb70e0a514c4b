package io.lockstep.cluster.core;

import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SettleGroupDecoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SharedFilter;
import io.lockstep.topic.TopicFilter;
import io.lockstep.topic.TopicName;
import java.util.List;
import org.agrona.DirectBuffer;

/** What members do with groups: join, leave, settle and say how much they take. */
final class GroupMemberHandler {
    /** Greatest number of members of a group. */
    static final int MAX_MEMBERS = 256;

    /** Greatest credit of a member. */
    static final int MAX_CREDIT = 1_024;

    /** Greatest length of the name of a group in bytes. */
    static final int MAX_NAME_LENGTH = 128;

    /** Greatest number of entries of a settlement. */
    static final int MAX_SETTLED = 1_024;

    /** In place of a time: that of the group. */
    static final long DEFAULT_TIME = -1;

    private static final int DONE = 1;
    private static final int REJECT = 2;
    private static final int EXTEND = 3;
    private static final int GIVE_UP = 4;

    private final PartList parts;
    private final GroupsPart groups;
    private final GroupWindow window;
    private final GroupPlaces places;
    private final EntryCheck entryCheck;
    private final ReplyProxy replies;
    private final GroupReplies groupReplies;
    private final long[] refusedPositions = new long[MAX_SETTLED];
    private final ResultCode[] refusedCodes = new ResultCode[MAX_SETTLED];

    GroupMemberHandler(
            final PartList parts,
            final GroupPlaces places,
            final EntryCheck entryCheck,
            final ReplyProxy replies,
            final GroupReplies groupReplies) {
        this.parts = parts;
        this.groups = parts.groups();
        this.window = parts.groups().window();
        this.places = places;
        this.entryCheck = entryCheck;
        this.replies = replies;
        this.groupReplies = groupReplies;
    }

    /** Joins or makes a group; the filters are null where they cannot be. */
    void onOpen(final long sessionId, final long correlationId, final GroupOpening opening) {
        final DirectBuffer buffer = opening.buffer();
        final Group group = groups.find(buffer, opening.nameOffset(), opening.nameLength());
        ResultCode code = check(opening);
        if (code == ResultCode.ACCEPTED) {
            code = group == null ? checkNew(opening) : checkJoin(opening, group);
        }
        if (code != ResultCode.ACCEPTED) {
            groupReplies.openRefused(sessionId, correlationId, code, detailOf(code));
            return;
        }
        final Group joined = group == null ? create(opening) : group;
        joined.terms(opening.terms());
        final GroupMember member = joined.findMember(opening.memberId());
        if (member == null) {
            groups.join(joined, opening.memberId(), opening.credit());
        } else {
            member.credit(opening.credit());
        }
        groups.setPending(joined);
        groupReplies.opened(sessionId, correlationId, joined);
    }

    void onLeave(final long sessionId, final long correlationId, final long memberId, final int groupId) {
        final Group group = groups.find(groupId);
        final GroupMember member = group == null ? null : group.findMember(memberId);
        final ResultCode code = codeOf(group, member);
        if (code == ResultCode.ACCEPTED) {
            groups.leave(group, member, false, parts.clock().nowNs());
        }
        replies.commandReply(sessionId, correlationId, code, 0);
    }

    void onCredit(
            final long sessionId, final long correlationId, final long memberId, final int groupId, final int credit) {
        final Group group = groups.find(groupId);
        final GroupMember member = group == null ? null : group.findMember(memberId);
        ResultCode code = codeOf(group, member);
        if (code == ResultCode.ACCEPTED && (credit < 0 || credit > MAX_CREDIT)) {
            code = ResultCode.BAD_GROUP;
        }
        if (code == ResultCode.ACCEPTED) {
            member.credit(credit);
            groups.setPending(group);
        }
        replies.commandReply(sessionId, correlationId, code, code == ResultCode.ACCEPTED ? credit : 0);
    }

    void onSettle(
            final long sessionId,
            final long correlationId,
            final long memberId,
            final int groupId,
            final SettleGroupDecoder.EntriesDecoder entries) {
        final Group group = groups.find(groupId);
        final GroupMember member = group == null ? null : group.findMember(memberId);
        ResultCode code = codeOf(group, member);
        if (code == ResultCode.ACCEPTED && (entries.count() == 0 || entries.count() > MAX_SETTLED)) {
            code = ResultCode.BAD_GROUP;
        }
        int refused = 0;
        if (code == ResultCode.ACCEPTED) {
            for (final SettleGroupDecoder.EntriesDecoder entry : entries) {
                final ResultCode entryCode =
                        settle(group, member, entry.position(), entry.attempt(), entry.verdict(), entry.delayNs());
                if (entryCode != ResultCode.ACCEPTED) {
                    refusedPositions[refused] = entry.position();
                    refusedCodes[refused] = entryCode;
                    refused++;
                }
            }
            groups.setPending(group);
        }
        groupReplies.settled(sessionId, correlationId, groupId, code, refusedPositions, refusedCodes, refused);
    }

    /** A member is gone: each of its groups gives to others what it held. */
    void onMemberGone(final long memberId) {
        for (int i = 0; i < groups.groupCount(); i++) {
            final Group group = groups.at(i);
            // The members of shared subscriptions are connections of sessions, which come and go with these.
            final GroupMember member = group.isShared() ? null : group.findMember(memberId);
            if (member != null) {
                groups.leave(group, member, true, parts.clock().nowNs());
            }
        }
    }

    private ResultCode settle(
            final Group group,
            final GroupMember member,
            final long position,
            final int attempt,
            final int verdict,
            final long delayNs) {
        if (!isVerdict(verdict, delayNs)) {
            return ResultCode.BAD_GROUP;
        }
        final GroupEntries entries = window.entries();
        final int slot = entries.find(group, position);
        if (slot == GroupEntries.NONE || entries.member(slot) != member || entries.attempts(slot) != attempt) {
            return ResultCode.NOT_ASSIGNED;
        }
        final long nowNs = parts.clock().nowNs();
        switch (verdict) {
            case DONE -> window.done(slot);
            case REJECT -> {
                final long backOffNs = delayNs == DEFAULT_TIME ? group.terms().delayAfter(attempt) : delayNs;
                window.takeBack(slot, backOffNs, true, nowNs);
            }
            case EXTEND ->
                window.extend(
                        slot, nowNs + (delayNs == DEFAULT_TIME ? group.terms().ackTimeoutNs() : delayNs));
            default -> window.giveUp(slot);
        }
        return ResultCode.ACCEPTED;
    }

    private static boolean isVerdict(final int verdict, final long delayNs) {
        return switch (verdict) {
            case DONE, GIVE_UP -> true;
            case REJECT -> delayNs == DEFAULT_TIME || GroupTerms.isDelay(delayNs);
            case EXTEND -> delayNs == DEFAULT_TIME || GroupTerms.isTimeout(delayNs);
            default -> false;
        };
    }

    private ResultCode check(final GroupOpening opening) {
        if (entryCheck.isSeedMissing()) {
            return ResultCode.NOT_SEEDED;
        }
        if (parts.members().find(opening.memberId()) == null) {
            return ResultCode.MEMBER_UNKNOWN;
        }
        final boolean isGood = opening.filters() != null
                && opening.nameLength() <= MAX_NAME_LENGTH
                && TopicName.isValid(opening.buffer(), opening.nameOffset(), opening.nameLength())
                && !isReserved(opening)
                && opening.terms().isValid()
                && opening.credit() >= 1
                && opening.credit() <= MAX_CREDIT
                && GroupPlaces.isKind(opening.startKind());
        return isGood ? ResultCode.ACCEPTED : ResultCode.BAD_GROUP;
    }

    // The names of shared subscriptions are for sessions alone.
    private boolean isReserved(final GroupOpening opening) {
        return parts.shard().featureLevel() >= Engine.SHARED_LEVEL
                && SharedFilter.isShared(opening.buffer(), opening.nameOffset(), opening.nameLength());
    }

    private ResultCode checkNew(final GroupOpening opening) {
        if (!places.isPlace(opening.startKind(), opening.startPosition())) {
            return ResultCode.BAD_POSITION;
        }
        if (parts.consumers().count() + groups.groupCount() >= parts.settings().value(EngineSetting.MAX_CONSUMERS)) {
            return ResultCode.TOO_MANY_GROUPS;
        }
        long bytes = Group.GROUP_BYTES + Group.MEMBER_BYTES + (long) opening.nameLength();
        for (final TopicFilter filter : opening.filters()) {
            bytes += filter.toString().length();
        }
        return entryCheck.hasRoomFor(bytes) ? ResultCode.ACCEPTED : ResultCode.STATE_FULL;
    }

    private ResultCode checkJoin(final GroupOpening opening, final Group group) {
        if (group.isKeyOrdered() != opening.isKeyOrdered() || !isSame(group.filters(), opening.filters())) {
            return ResultCode.GROUP_MISMATCH;
        }
        if (group.findMember(opening.memberId()) != null) {
            return ResultCode.ACCEPTED;
        }
        if (group.memberCount() == MAX_MEMBERS) {
            return ResultCode.TOO_MANY_GROUP_MEMBERS;
        }
        return entryCheck.hasRoomFor(Group.MEMBER_BYTES) ? ResultCode.ACCEPTED : ResultCode.STATE_FULL;
    }

    private Group create(final GroupOpening opening) {
        final Group group = groups.create(
                QueryHandler.copy(opening.buffer(), opening.nameOffset(), opening.nameLength()),
                opening.filters(),
                opening.isKeyOrdered(),
                parts.journal().position());
        places.start(group, places.of(opening.startKind(), opening.startPosition()));
        return group;
    }

    private long detailOf(final ResultCode code) {
        return switch (code) {
            case BAD_POSITION -> parts.journal().position();
            case TOO_MANY_GROUPS -> parts.settings().value(EngineSetting.MAX_CONSUMERS);
            case TOO_MANY_GROUP_MEMBERS -> MAX_MEMBERS;
            default -> 0;
        };
    }

    // In any order: the same filters, as many.
    private static boolean isSame(final List<TopicFilter> some, final List<TopicFilter> others) {
        return some.size() == others.size() && some.containsAll(others) && others.containsAll(some);
    }

    private static ResultCode codeOf(final Group group, final GroupMember member) {
        if (group == null) {
            return ResultCode.GROUP_UNKNOWN;
        }
        return member == null ? ResultCode.NOT_IN_GROUP : ResultCode.ACCEPTED;
    }
}
