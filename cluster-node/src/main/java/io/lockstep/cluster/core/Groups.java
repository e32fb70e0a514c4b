package io.lockstep.cluster.core;

import io.lockstep.codecs.DeleteGroupDecoder;
import io.lockstep.codecs.DescribeGroupDecoder;
import io.lockstep.codecs.FeedGroupDecoder;
import io.lockstep.codecs.LeaveGroupDecoder;
import io.lockstep.codecs.ListGroupsDecoder;
import io.lockstep.codecs.OpenGroupDecoder;
import io.lockstep.codecs.PutDeadLetterDecoder;
import io.lockstep.codecs.SeekGroupDecoder;
import io.lockstep.codecs.SetGroupCreditDecoder;
import io.lockstep.codecs.SettleGroupDecoder;
import org.agrona.DirectBuffer;

/** The groups in the engine: their commands, their part in each message and in the end of a turn, and their timers. */
final class Groups implements CommandFamily, MessageObserver, DueWork, MemberListener, GroupHelp {
    // As much as one turn hands out.
    private static final int MAX_DUE_IN_TURN = GroupDispatcher.MAX_IN_TURN;

    // Times are kept to the next tick: the first of many deadlines moves with each settlement, and the cluster timer
    // need
    // not move as often.
    private static final long TICK_NS = 10_000_000L;

    private final GroupsPart groups;
    private final ClockPart clock;
    private final GroupFeeder feeder;
    private final GroupDispatcher dispatcher;
    private final GroupMemberHandler memberHandler;
    private final GroupControlHandler controlHandler;
    private final GroupReplies groupReplies;
    private final FilterGroup filterGroup = new FilterGroup();
    private final OpenGroupDecoder openGroup = new OpenGroupDecoder();
    private final LeaveGroupDecoder leaveGroup = new LeaveGroupDecoder();
    private final SettleGroupDecoder settleGroup = new SettleGroupDecoder();
    private final SetGroupCreditDecoder setGroupCredit = new SetGroupCreditDecoder();
    private final FeedGroupDecoder feedGroup = new FeedGroupDecoder();
    private final PutDeadLetterDecoder putDeadLetter = new PutDeadLetterDecoder();
    private final DeleteGroupDecoder deleteGroup = new DeleteGroupDecoder();
    private final SeekGroupDecoder seekGroup = new SeekGroupDecoder();
    private final ListGroupsDecoder listGroups = new ListGroupsDecoder();
    private final DescribeGroupDecoder describeGroup = new DescribeGroupDecoder();
    // Whom to tell next what is needed; a matter of fairness and no state.
    private int helpIndex;

    Groups(
            final Outbox outbox,
            final PartList parts,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final MessagePipeline pipeline,
            final ReplyProxy replies) {
        groups = parts.groups();
        clock = parts.clock();
        feeder = new GroupFeeder(parts, entryCheck);
        dispatcher = new GroupDispatcher(parts, feeder, appender);
        groupReplies = new GroupReplies(outbox, parts, feeder);
        final GroupPlaces places = new GroupPlaces(parts);
        memberHandler = new GroupMemberHandler(parts, places, entryCheck, replies, groupReplies);
        controlHandler =
                new GroupControlHandler(parts, places, feeder, entryCheck, appender, pipeline, replies, groupReplies);
    }

    /** {@inheritDoc} */
    @Override
    public boolean isOwnerOf(final int templateId) {
        return templateId >= OpenGroupDecoder.TEMPLATE_ID && templateId <= DescribeGroupDecoder.TEMPLATE_ID;
    }

    /** {@inheritDoc} */
    @Override
    public boolean onCommand(
            final long clusterSessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        return switch (WireShape.templateId(buffer, offset)) {
            case OpenGroupDecoder.TEMPLATE_ID -> onOpen(clusterSessionId, buffer, offset, length);
            case LeaveGroupDecoder.TEMPLATE_ID -> onLeave(clusterSessionId, buffer, offset, length);
            case SettleGroupDecoder.TEMPLATE_ID -> onSettle(clusterSessionId, buffer, offset, length);
            case SetGroupCreditDecoder.TEMPLATE_ID -> onCredit(clusterSessionId, buffer, offset, length);
            case FeedGroupDecoder.TEMPLATE_ID -> onFeed(clusterSessionId, buffer, offset, length);
            case PutDeadLetterDecoder.TEMPLATE_ID ->
                onDeadLetter(clusterSessionId, logPosition, buffer, offset, length);
            case DeleteGroupDecoder.TEMPLATE_ID -> onDelete(clusterSessionId, logPosition, buffer, offset, length);
            case SeekGroupDecoder.TEMPLATE_ID -> onSeek(clusterSessionId, logPosition, buffer, offset, length);
            case ListGroupsDecoder.TEMPLATE_ID -> onList(clusterSessionId, buffer, offset, length);
            default -> onDescribe(clusterSessionId, buffer, offset, length);
        };
    }

    /** {@inheritDoc} */
    @Override
    public void onMessage(final MessageContent content, final Topic topic, final long position) {
        if (groups.groupCount() > 0) {
            feeder.onMessage(content, topic, position);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onEndOfTurn(final long logPosition) {
        dispatcher.endTurn(logPosition);
    }

    /** {@inheritDoc} */
    @Override
    public long dueNs() {
        return groups.pendingCount() > 0
                ? clock.nowNs()
                : tickOf(groups.window().dueNs());
    }

    /** {@inheritDoc} */
    @Override
    public void run(final long nowNs, final long logPosition) {
        final GroupWindow window = groups.window();
        for (int i = 0; i < MAX_DUE_IN_TURN && tickOf(window.dueNs()) <= nowNs; i++) {
            final int slot = window.firstDue();
            groups.setPending(window.entries().group(slot));
            window.onDue(slot, nowNs);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onMemberGone(final long memberId, final long logPosition) {
        memberHandler.onMemberGone(memberId);
    }

    /** {@inheritDoc} */
    @Override
    public boolean isNeeded() {
        return groups.laggingCount() > 0 || groups.window().deadCount() > 0;
    }

    /** {@inheritDoc} */
    @Override
    public void collect(final int maxLags, final int maxDead, final GroupHelp.Sink sink) {
        int lags = 0;
        int dead = 0;
        final int count = groups.groupCount();
        for (int i = 0; i < count && (lags < maxLags || dead < maxDead); i++) {
            helpIndex = helpIndex + 1 < count ? helpIndex + 1 : 0;
            final Group group = groups.at(helpIndex);
            if (lags < maxLags && feeder.needsFeed(group)) {
                sink.onLag(group.id(), group.windowEnd(), feeder.roomOf(group), group.filters());
                lags++;
            }
            final GroupEntries entries = groups.window().entries();
            int slot = group.dead().first();
            while (slot != GroupEntries.NONE && dead < maxDead) {
                sink.onDead(group.id(), entries.position(slot), entries.recordLength(slot));
                dead++;
                slot = entries.heldAfter(slot);
            }
        }
    }

    /** Where the record of the lowest message begins that a group has not finished with; the greatest long without groups. */
    long lowestPosition() {
        long lowest = Long.MAX_VALUE;
        for (int i = 0; i < groups.groupCount(); i++) {
            lowest = Math.min(lowest, groupReplies.lowPositionOf(groups.at(i)));
        }
        return lowest;
    }

    private boolean onOpen(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        final int end = offset + length;
        if (!WireShape.wrap(openGroup, buffer, offset, length) || !WireShape.isBoolean(openGroup.isKeyOrderedRaw())) {
            return false;
        }
        final int nameHeader = filterGroup.read(buffer, WireShape.endOfBlock(buffer, offset), end);
        final int nameEnd =
                nameHeader == WireShape.MALFORMED ? nameHeader : WireShape.endOfText(buffer, nameHeader, end);
        if (nameEnd == WireShape.MALFORMED) {
            return false;
        }
        final int nameOffset = nameHeader + OpenGroupDecoder.groupNameHeaderLength();
        final GroupTerms terms = new GroupTerms(
                openGroup.ackTimeoutNs(), openGroup.minDelayNs(), openGroup.maxDelayNs(), openGroup.maxAttempts());
        memberHandler.onOpen(
                sessionId,
                openGroup.correlationId(),
                new GroupOpening(
                        openGroup.memberId(),
                        openGroup.startPosition(),
                        openGroup.startKind(),
                        openGroup.credit(),
                        terms,
                        WireShape.isTrue(openGroup.isKeyOrderedRaw()),
                        filterGroup.filters(),
                        buffer,
                        nameOffset,
                        nameEnd - nameOffset));
        return true;
    }

    private boolean onLeave(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(leaveGroup, buffer, offset, length)) {
            return false;
        }
        memberHandler.onLeave(sessionId, leaveGroup.correlationId(), leaveGroup.memberId(), leaveGroup.groupId());
        return true;
    }

    private boolean onSettle(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(settleGroup, buffer, offset, length)
                || !hasEntries(buffer, offset, length, SettleGroupDecoder.EntriesDecoder.sbeBlockLength())) {
            return false;
        }
        memberHandler.onSettle(
                sessionId,
                settleGroup.correlationId(),
                settleGroup.memberId(),
                settleGroup.groupId(),
                settleGroup.entries());
        return true;
    }

    private boolean onCredit(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(setGroupCredit, buffer, offset, length)) {
            return false;
        }
        memberHandler.onCredit(
                sessionId,
                setGroupCredit.correlationId(),
                setGroupCredit.memberId(),
                setGroupCredit.groupId(),
                setGroupCredit.credit());
        return true;
    }

    private boolean onFeed(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(feedGroup, buffer, offset, length)
                || !hasEntries(buffer, offset, length, FeedGroupDecoder.EntriesDecoder.sbeBlockLength())) {
            return false;
        }
        controlHandler.onFeed(
                sessionId,
                feedGroup.correlationId(),
                feedGroup.groupId(),
                feedGroup.fromPosition(),
                feedGroup.throughPosition(),
                feedGroup);
        return true;
    }

    private boolean onDeadLetter(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        final int end = offset + length;
        if (!WireShape.wrap(putDeadLetter, buffer, offset, length)) {
            return false;
        }
        final int headersIndex = WireShape.endOfBlock(buffer, offset);
        final int payloadIndex = WireShape.endOfBytes(buffer, headersIndex, end);
        final int payloadEnd =
                payloadIndex == WireShape.MALFORMED ? payloadIndex : WireShape.endOfBytes(buffer, payloadIndex, end);
        if (payloadEnd == WireShape.MALFORMED) {
            return false;
        }
        final int headersOffset = headersIndex + PutDeadLetterDecoder.headersHeaderLength();
        final int payloadOffset = payloadIndex + PutDeadLetterDecoder.payloadHeaderLength();
        return controlHandler.onDeadLetter(
                sessionId,
                logPosition,
                putDeadLetter.correlationId(),
                putDeadLetter.groupId(),
                putDeadLetter.position(),
                buffer,
                headersOffset,
                payloadIndex - headersOffset,
                payloadOffset,
                payloadEnd - payloadOffset);
    }

    private boolean onDelete(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(deleteGroup, buffer, offset, length)) {
            return false;
        }
        controlHandler.onDelete(sessionId, logPosition, deleteGroup.correlationId(), deleteGroup.groupId());
        return true;
    }

    private boolean onSeek(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(seekGroup, buffer, offset, length)) {
            return false;
        }
        controlHandler.onSeek(
                sessionId,
                logPosition,
                seekGroup.correlationId(),
                seekGroup.groupId(),
                seekGroup.startKind(),
                seekGroup.position());
        return true;
    }

    private boolean onList(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrapWithText(listGroups, buffer, offset, length)) {
            return false;
        }
        final byte[] filterText = WireShape.textBehindBlock(buffer, offset);
        controlHandler.onList(
                sessionId, listGroups.correlationId(), listGroups.afterGroupId(), listGroups.maxGroups(), filterText);
        return true;
    }

    private boolean onDescribe(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrapWithText(describeGroup, buffer, offset, length)) {
            return false;
        }
        controlHandler.onDescribe(
                sessionId,
                describeGroup.correlationId(),
                describeGroup.groupId(),
                buffer,
                WireShape.textOffset(buffer, offset),
                WireShape.textLength(buffer, offset));
        return true;
    }

    private static long tickOf(final long timeNs) {
        return timeNs == NEVER ? NEVER : (timeNs + TICK_NS - 1) / TICK_NS * TICK_NS;
    }

    private static boolean hasEntries(
            final DirectBuffer buffer, final int offset, final int length, final int leastBlockLength) {
        return WireShape.hasFixedGroup(buffer, WireShape.endOfBlock(buffer, offset), offset + length, leastBlockLength);
    }
}
