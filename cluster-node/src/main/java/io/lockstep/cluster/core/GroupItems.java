package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.GroupEntriesItemDecoder;
import io.lockstep.codecs.GroupEntriesItemEncoder;
import io.lockstep.codecs.GroupItemDecoder;
import io.lockstep.codecs.GroupItemEncoder;
import io.lockstep.codecs.GroupMemberItemDecoder;
import io.lockstep.codecs.GroupMemberItemEncoder;
import io.lockstep.codecs.GroupsItemDecoder;
import io.lockstep.codecs.GroupsItemEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.RecentMessagesItemDecoder;
import io.lockstep.codecs.RecentMessagesItemEncoder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Writes the groups as items of a snapshot, and reads them back. */
final class GroupItems {
    private static final int MAX_IN_ITEM = 512;
    private static final int MAX_ITEM_LENGTH =
            512 + MAX_IN_ITEM * GroupEntriesItemEncoder.EntriesEncoder.sbeBlockLength();

    private final GroupsPart part;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[MAX_ITEM_LENGTH]);
    private final FilterGroup filterGroup = new FilterGroup();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final GroupsItemEncoder headEncoder = new GroupsItemEncoder();
    private final GroupItemEncoder groupEncoder = new GroupItemEncoder();
    private final GroupMemberItemEncoder memberEncoder = new GroupMemberItemEncoder();
    private final GroupEntriesItemEncoder entriesEncoder = new GroupEntriesItemEncoder();
    private final RecentMessagesItemEncoder recentEncoder = new RecentMessagesItemEncoder();
    private final GroupsItemDecoder headDecoder = new GroupsItemDecoder();
    private final GroupItemDecoder groupDecoder = new GroupItemDecoder();
    private final GroupMemberItemDecoder memberDecoder = new GroupMemberItemDecoder();
    private final GroupEntriesItemDecoder entriesDecoder = new GroupEntriesItemDecoder();
    private final RecentMessagesItemDecoder recentDecoder = new RecentMessagesItemDecoder();

    GroupItems(final GroupsPart part) {
        this.part = part;
    }

    long itemCount() {
        long count = 1;
        for (int i = 0; i < part.groupCount(); i++) {
            final Group group = part.at(i);
            count += 1 + group.memberCount() + itemsOf(group.entryCount());
        }
        return count + itemsOf(recentCount());
    }

    void writeTo(final SnapshotSink sink) {
        headEncoder
                .wrapAndApplyHeader(buffer, 0, header)
                .recentBeginPosition(part.recent().beginPosition())
                .lastGroupId(part.lastGroupId())
                .resumeGroupId(part.resumeGroupId());
        send(headEncoder, sink);
        for (int i = 0; i < part.groupCount(); i++) {
            final Group group = part.at(i);
            write(group, sink);
            for (int m = 0; m < group.memberCount(); m++) {
                memberEncoder
                        .wrapAndApplyHeader(buffer, 0, header)
                        .memberId(group.member(m).id())
                        .credit(group.member(m).credit());
                send(memberEncoder, sink);
            }
            writeEntries(group, sink);
        }
        writeRecent(sink);
    }

    void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        switch (templateId) {
            case GroupItemDecoder.TEMPLATE_ID -> readGroup(templateId, item, offset, length);
            case GroupMemberItemDecoder.TEMPLATE_ID -> {
                ItemReader.wrap(memberDecoder, templateId, item, offset, length);
                part.join(lastGroup(), memberDecoder.memberId(), memberDecoder.credit());
            }
            case GroupEntriesItemDecoder.TEMPLATE_ID -> readEntries(templateId, item, offset, length);
            case RecentMessagesItemDecoder.TEMPLATE_ID -> readRecent(templateId, item, offset, length);
            default -> {
                ItemReader.wrap(headDecoder, templateId, item, offset, length);
                part.restore(headDecoder.lastGroupId(), headDecoder.resumeGroupId(), headDecoder.recentBeginPosition());
            }
        }
    }

    private void write(final Group group, final SnapshotSink sink) {
        final GroupTotals totals = group.totals();
        groupEncoder
                .wrapAndApplyHeader(buffer, 0, header)
                .windowEnd(group.windowEnd())
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
                .turnIndex(group.turnIndex())
                .isKeyOrdered(bool(group.isKeyOrdered()))
                .isLagging(bool(group.isLagging()))
                .isPending(bool(group.isPending()));
        final GroupItemEncoder.FiltersEncoder filters =
                groupEncoder.filtersCount(group.filters().size());
        for (int i = 0; i < group.filters().size(); i++) {
            filters.next().filter(group.filters().get(i).toString());
        }
        groupEncoder.putGroupName(group.name(), 0, group.name().capacity());
        send(groupEncoder, sink);
    }

    private void writeEntries(final Group group, final SnapshotSink sink) {
        final GroupWindow window = part.window();
        final GroupEntries entries = window.entries();
        int rest = group.entryCount();
        int slot = group.all().first();
        while (rest > 0) {
            final int count = Math.min(rest, MAX_IN_ITEM);
            final GroupEntriesItemEncoder.EntriesEncoder encoder =
                    entriesEncoder.wrapAndApplyHeader(buffer, 0, header).entriesCount(count);
            for (int i = 0; i < count; i++) {
                final EntryState state = entries.state(slot);
                final boolean isDue = state == EntryState.IN_FLIGHT || state == EntryState.DELAYED;
                encoder.next()
                        .position(entries.position(slot))
                        .expiresAtNs(entries.expiresAtNs(slot))
                        .memberId(
                                state == EntryState.IN_FLIGHT
                                        ? entries.member(slot).id()
                                        : 0)
                        .dueNs(isDue ? window.dueNs(slot) : 0)
                        .recordLength(entries.recordLength(slot))
                        .topicId(entries.topicId(slot))
                        .keyHash(entries.keyHash(slot))
                        .attempts(entries.attempts(slot))
                        .state(state.code())
                        .hasKey(bool(entries.hasKey(slot)));
                slot = entries.after(slot);
            }
            rest -= count;
            send(entriesEncoder, sink);
        }
    }

    private void writeRecent(final SnapshotSink sink) {
        final RecentMessages recent = part.recent();
        int rest = recentCount();
        long number = recent.first();
        while (rest > 0) {
            final int count = Math.min(rest, MAX_IN_ITEM);
            final RecentMessagesItemEncoder.MessagesEncoder encoder =
                    recentEncoder.wrapAndApplyHeader(buffer, 0, header).messagesCount(count);
            for (int i = 0; i < count; i++) {
                encoder.next()
                        .position(recent.position(number))
                        .expiresAtNs(recent.expiresAtNs(number))
                        .recordLength(recent.recordLength(number))
                        .topicId(recent.topicId(number))
                        .keyHash(recent.keyHash(number))
                        .hasKey(bool(recent.hasKey(number)));
                number++;
            }
            rest -= count;
            send(recentEncoder, sink);
        }
    }

    private void readGroup(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(groupDecoder, templateId, item, offset, length);
        final int nameHeader = filterGroup.read(item, WireShape.endOfBlock(item, offset), offset + length);
        final int end = nameHeader == WireShape.MALFORMED
                ? WireShape.MALFORMED
                : WireShape.endOfText(item, nameHeader, offset + length);
        ItemReader.checkVariableEnd(end, templateId);
        if (filterGroup.filters() == null) {
            throw new IllegalStateException(
                    "the snapshot gives group " + groupDecoder.groupId() + " filters that cannot be");
        }
        final int nameOffset = nameHeader + GroupItemDecoder.groupNameHeaderLength();
        final Group group = new Group(
                groupDecoder.groupId(),
                QueryHandler.copy(item, nameOffset, end - nameOffset),
                filterGroup.filters(),
                groupDecoder.isKeyOrdered() == BooleanType.TRUE);
        group.terms(new GroupTerms(
                groupDecoder.ackTimeoutNs(),
                groupDecoder.minDelayNs(),
                groupDecoder.maxDelayNs(),
                groupDecoder.maxAttempts()));
        group.totals()
                .restore(
                        groupDecoder.assignedTotal(),
                        groupDecoder.redeliveredTotal(),
                        groupDecoder.doneTotal(),
                        groupDecoder.deadTotal(),
                        groupDecoder.expiredTotal(),
                        groupDecoder.droppedTotal());
        group.turnIndex(groupDecoder.turnIndex());
        part.restore(group);
        if (groupDecoder.isLagging() == BooleanType.TRUE) {
            part.lag(group, groupDecoder.windowEnd());
        }
        if (groupDecoder.isPending() == BooleanType.TRUE) {
            part.setPending(group);
        }
    }

    private void readEntries(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(entriesDecoder, templateId, item, offset, length);
        checkGroup(templateId, item, offset, length, GroupEntriesItemDecoder.EntriesDecoder.sbeBlockLength());
        final Group group = lastGroup();
        final GroupWindow window = part.window();
        for (final GroupEntriesItemDecoder.EntriesDecoder entry : entriesDecoder.entries()) {
            final int slot = window.entries()
                    .add(
                            group,
                            entry.position(),
                            entry.recordLength(),
                            entry.topicId(),
                            entry.expiresAtNs(),
                            entry.keyHash(),
                            entry.hasKey() == BooleanType.TRUE);
            window.entries().attempts(slot, entry.attempts());
            window.restore(slot, EntryState.ofCode(entry.state()), entry.memberId(), entry.dueNs());
        }
    }

    private void readRecent(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(recentDecoder, templateId, item, offset, length);
        checkGroup(templateId, item, offset, length, RecentMessagesItemDecoder.MessagesDecoder.sbeBlockLength());
        for (final RecentMessagesItemDecoder.MessagesDecoder message : recentDecoder.messages()) {
            part.recent()
                    .add(
                            message.position(),
                            message.recordLength(),
                            message.topicId(),
                            message.expiresAtNs(),
                            message.keyHash(),
                            message.hasKey() == BooleanType.TRUE);
        }
    }

    private void checkGroup(
            final int templateId,
            final DirectBuffer item,
            final int offset,
            final int length,
            final int leastBlockLength) {
        if (!WireShape.hasFixedGroup(item, WireShape.endOfBlock(item, offset), offset + length, leastBlockLength)) {
            ItemReader.checkVariableEnd(WireShape.MALFORMED, templateId);
        }
    }

    private Group lastGroup() {
        if (part.groupCount() == 0) {
            throw new IllegalStateException("the snapshot holds members or messages of a group before any group");
        }
        return part.at(part.groupCount() - 1);
    }

    private int recentCount() {
        return part.groupCount() == 0 ? 0 : part.recent().count();
    }

    private void send(final MessageEncoderFlyweight encoder, final SnapshotSink sink) {
        sink.append(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    private static long itemsOf(final int count) {
        return (count + MAX_IN_ITEM - 1L) / MAX_IN_ITEM;
    }

    private static BooleanType bool(final boolean isTrue) {
        return isTrue ? BooleanType.TRUE : BooleanType.FALSE;
    }
}
