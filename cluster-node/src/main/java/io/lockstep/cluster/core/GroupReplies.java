package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.GroupDescriptionEncoder;
import io.lockstep.codecs.GroupOpenedEncoder;
import io.lockstep.codecs.GroupSettledEncoder;
import io.lockstep.codecs.GroupsPageEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.wire.JournalFormat;
import org.agrona.concurrent.UnsafeBuffer;

/** Encodes the answers about groups and hands them to the outbox. */
final class GroupReplies {
    private final Outbox outbox;
    private final PartList parts;
    private final GroupFeeder feeder;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[Limits.MAX_PAGE_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final GroupOpenedEncoder opened = new GroupOpenedEncoder();
    private final GroupSettledEncoder settled = new GroupSettledEncoder();
    private final GroupsPageEncoder page = new GroupsPageEncoder();
    private final GroupDescriptionEncoder description = new GroupDescriptionEncoder();

    GroupReplies(final Outbox outbox, final PartList parts, final GroupFeeder feeder) {
        this.outbox = outbox;
        this.parts = parts;
        this.feeder = feeder;
    }

    void opened(final long sessionId, final long correlationId, final Group group) {
        opened.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .detail(0)
                .journalPosition(parts.journal().position())
                .lowPosition(lowPositionOf(group))
                .windowEnd(feeder.windowEndOf(group))
                .groupId(group.id())
                .code(ResultCode.ACCEPTED);
        send(sessionId, opened.encodedLength());
    }

    void openRefused(final long sessionId, final long correlationId, final ResultCode code, final long detail) {
        opened.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .detail(detail)
                .journalPosition(parts.journal().position())
                .lowPosition(0)
                .windowEnd(0)
                .groupId(0)
                .code(code);
        send(sessionId, opened.encodedLength());
    }

    /**
     * Answers a settlement.
     *
     * @param positions of the entries that did not take effect.
     * @param codes     why.
     * @param count     of them.
     */
    void settled(
            final long sessionId,
            final long correlationId,
            final int groupId,
            final ResultCode code,
            final long[] positions,
            final ResultCode[] codes,
            final int count) {
        settled.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .detail(0)
                .journalPosition(parts.journal().position())
                .groupId(groupId)
                .code(code);
        final GroupSettledEncoder.ResultsEncoder results = settled.resultsCount(count);
        for (int i = 0; i < count; i++) {
            results.next().position(positions[i]).resultCode(codes[i]);
        }
        send(sessionId, settled.encodedLength());
    }

    void page(
            final long sessionId,
            final long correlationId,
            final int scannedToGroupId,
            final boolean isLast,
            final Group[] groups,
            final int count) {
        page.wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .scannedToGroupId(scannedToGroupId)
                .isLast(bool(isLast));
        final GroupsPageEncoder.GroupsEncoder encoder = page.groupsCount(count);
        for (int i = 0; i < count; i++) {
            final Group group = groups[i];
            encoder.next()
                    .lowPosition(lowPositionOf(group))
                    .windowEnd(feeder.windowEndOf(group))
                    .groupId(group.id())
                    .readyCount(waitingOf(group))
                    .inFlightCount(group.count(EntryState.IN_FLIGHT))
                    .delayedCount(group.count(EntryState.DELAYED))
                    .deadCount(group.deadCount())
                    .memberCount(group.memberCount())
                    .isKeyOrdered(bool(group.isKeyOrdered()))
                    .putGroupName(group.name(), 0, group.name().capacity());
        }
        send(sessionId, page.encodedLength());
    }

    void description(final long sessionId, final long correlationId, final Group group) {
        final GroupTotals totals = group.totals();
        description
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .lowPosition(lowPositionOf(group))
                .windowEnd(feeder.windowEndOf(group))
                .ackTimeoutNs(group.terms().ackTimeoutNs())
                .minDelayNs(group.terms().minDelayNs())
                .maxDelayNs(group.terms().maxDelayNs())
                .assignedTotal(totals.assigned())
                .redeliveredTotal(totals.redelivered())
                .doneTotal(totals.done())
                .deadTotal(totals.dead())
                .expiredTotal(totals.expired())
                .droppedTotal(totals.dropped())
                .groupId(group.id())
                .maxAttempts(group.terms().maxAttempts())
                .readyCount(waitingOf(group))
                .inFlightCount(group.count(EntryState.IN_FLIGHT))
                .delayedCount(group.count(EntryState.DELAYED))
                .deadCount(group.deadCount())
                .isKeyOrdered(bool(group.isKeyOrdered()))
                .code(ResultCode.ACCEPTED);
        final GroupDescriptionEncoder.MembersEncoder members = description.membersCount(group.memberCount());
        for (int i = 0; i < group.memberCount(); i++) {
            final GroupMember member = group.member(i);
            members.next().memberId(member.id()).credit(member.credit()).memberInFlightCount(member.heldCount());
        }
        final GroupDescriptionEncoder.FiltersEncoder filters =
                description.filtersCount(group.filters().size());
        for (int i = 0; i < group.filters().size(); i++) {
            filters.next().filter(group.filters().get(i).toString());
        }
        description.putGroupName(group.name(), 0, group.name().capacity());
        send(sessionId, description.encodedLength());
    }

    void noDescription(final long sessionId, final long correlationId) {
        description
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .lowPosition(0)
                .windowEnd(0)
                .ackTimeoutNs(0)
                .minDelayNs(0)
                .maxDelayNs(0)
                .assignedTotal(0)
                .redeliveredTotal(0)
                .doneTotal(0)
                .deadTotal(0)
                .expiredTotal(0)
                .droppedTotal(0)
                .groupId(0)
                .maxAttempts(0)
                .readyCount(0)
                .inFlightCount(0)
                .delayedCount(0)
                .deadCount(0)
                .isKeyOrdered(BooleanType.FALSE)
                .code(ResultCode.GROUP_UNKNOWN);
        description.membersCount(0);
        description.filtersCount(0);
        description.groupName("");
        send(sessionId, description.encodedLength());
    }

    /** Where the record of the lowest message begins that the group has not finished with. */
    long lowPositionOf(final Group group) {
        final int slot = group.all().first();
        if (slot == GroupEntries.NONE) {
            return feeder.windowEndOf(group);
        }
        final GroupEntries entries = parts.groups().window().entries();
        return entries.position(slot) - JournalFormat.framedLength(entries.recordLength(slot));
    }

    private void send(final long sessionId, final int encodedLength) {
        outbox.reply(sessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength);
    }

    private static int waitingOf(final Group group) {
        return group.count(EntryState.READY) + group.count(EntryState.BLOCKED);
    }

    private static BooleanType bool(final boolean isTrue) {
        return isTrue ? BooleanType.TRUE : BooleanType.FALSE;
    }
}
