package io.lockstep.cluster.core;

import io.lockstep.codecs.GroupAssignmentRecordEncoder;
import io.lockstep.config.EngineSetting;

/**
 * Hands out what is ready, at the end of a turn, to members that have credit, one after the other in the order in which
 * they joined. Work is bounded: what one turn has no time for is pending, and the timer brings the next one at once.
 */
final class GroupDispatcher {
    /** Greatest number of messages that are handed out to a member of a group in one turn. */
    static final int MAX_IN_RECORD = 64;

    /** Greatest number of messages that one turn hands out or looks at. */
    static final int MAX_IN_TURN = 4_096;

    private static final int NONE = GroupEntries.NONE;

    private final GroupsPart groups;
    private final GroupWindow window;
    private final GroupFeeder feeder;
    private final ClockPart clock;
    private final SettingsPart settings;
    private final JournalAppender appender;

    GroupDispatcher(final PartList parts, final GroupFeeder feeder, final JournalAppender appender) {
        this.groups = parts.groups();
        this.window = parts.groups().window();
        this.feeder = feeder;
        this.clock = parts.clock();
        this.settings = parts.settings();
        this.appender = appender;
    }

    /** Serves the groups that are pending, going round by their ids from turn to turn. */
    void endTurn(final long logPosition) {
        final int count = groups.pendingCount();
        if (count == 0) {
            return;
        }
        int start = 0;
        while (start < count && groups.pendingAt(start).id() < groups.resumeGroupId()) {
            start++;
        }
        int budget = MAX_IN_TURN;
        int resumeGroupId = 0;
        for (int i = 0; i < count && budget > 0; i++) {
            final Group group = groups.pendingAt((start + i) % count);
            budget = serve(group, budget, logPosition);
            resumeGroupId = group.id() + 1;
        }
        groups.keepPending();
        groups.resumeGroupId(groups.pendingCount() == 0 ? 0 : resumeGroupId);
    }

    // What is left of the budget.
    private int serve(final Group group, final int budget, final long logPosition) {
        int rest = budget - feeder.fill(group, budget);
        if (rest > 0) {
            rest = handOut(group, rest);
            for (int i = 0; i < group.memberCount(); i++) {
                if (group.member(i).batchCount() > 0) {
                    write(group, group.member(i), logPosition);
                }
            }
        }
        group.isPending(feeder.canFill(group) || canHandOut(group));
        return rest;
    }

    private int handOut(final Group group, final int budget) {
        final int memberCount = group.memberCount();
        for (int i = 0; i < memberCount; i++) {
            group.member(i).beginBatch();
        }
        int rest = budget;
        int index = group.turnIndex();
        int idle = 0;
        while (idle < memberCount && rest > 0 && group.count(EntryState.READY) > 0 && mayHaveMore(group)) {
            final GroupMember member = group.member(index);
            final int slot = member.batchCount() < MAX_IN_RECORD ? nextFor(group, member) : NONE;
            if (slot == NONE) {
                idle++;
                index = index + 1 < memberCount ? index + 1 : 0;
            } else if (window.entries().expiresAtNs(slot) <= clock.nowNs()) {
                window.expire(group, member, slot);
                rest--;
            } else {
                window.assign(group, member, slot, clock.nowNs());
                member.addToBatch(slot);
                idle = 0;
                index = index + 1 < memberCount ? index + 1 : 0;
                group.turnIndex(index);
                rest--;
            }
        }
        return rest;
    }

    // A group at its limit has messages in flight, and is served again when the first of them is settled or times out.
    private boolean mayHaveMore(final Group group) {
        final long limit = settings.value(EngineSetting.GROUP_IN_FLIGHT);
        return limit == 0 || group.count(EntryState.IN_FLIGHT) < limit;
    }

    private int nextFor(final Group group, final GroupMember member) {
        return member.hasCredit() ? window.nextFor(group, member) : NONE;
    }

    private boolean canHandOut(final Group group) {
        if (group.count(EntryState.READY) == 0 || !mayHaveMore(group)) {
            return false;
        }
        for (int i = 0; i < group.memberCount(); i++) {
            if (nextFor(group, group.member(i)) != NONE) {
                return true;
            }
        }
        return false;
    }

    private void write(final Group group, final GroupMember member, final long logPosition) {
        final GroupEntries entries = window.entries();
        final GroupAssignmentRecordEncoder.EntriesEncoder encoder =
                appender.beginAssignment(group.id(), member.id(), member.batchCount(), logPosition);
        int slot = member.batchFirst();
        while (slot != NONE) {
            encoder.next()
                    .position(entries.position(slot))
                    .recordLength(entries.recordLength(slot))
                    .attempt(entries.attempts(slot));
            slot = entries.heldAfter(slot);
        }
        appender.appendAssignment();
    }
}
