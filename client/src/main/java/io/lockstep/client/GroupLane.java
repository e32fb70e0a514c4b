package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.RecordHandler;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.RecordSelection;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.client.window.GroupWindow;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.EventRecordDecoder;
import io.lockstep.codecs.GroupAssignmentRecordDecoder;
import io.lockstep.codecs.GroupOpenedDecoder;
import io.lockstep.codecs.LeaveGroupEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.OpenGroupEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;

/**
 * A member of a group in one shard. It joins as soon as the shard knows the member, and again when that was lost. It reads
 * the journal from before it joined, so that no assignment is missed; what was assigned after its copy had to go is read by
 * a second reader, which goes back, delivers from its own buffer and waits where nobody polls. Belongs to the thread that
 * owns the client.
 */
final class GroupLane implements AutoCloseable, MemberDuty.Participant {
    private static final int RECORD_LIMIT = 256;
    private static final int MAX_TURNS = 16;
    // As long as an election may last: a new leader gives everybody his time anew.
    private static final long LEAST_SETTLE_TIME_NS = TimeUnit.SECONDS.toNanos(30);
    private static final long OPEN_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(30);
    // To read on costs less than to ask the archive for another replay, up to about here.
    private static final long MAX_SKIPPED_BYTES = 8L << 20;
    private static final long BACK_READER_IDLE_NS = TimeUnit.SECONDS.toNanos(5);

    private final LockstepClient client;
    private final MemberDuty memberDuty;
    private final GroupConfig config;
    private final GroupMember member;
    private final int shardId;
    private final TopicFilter[] filters;
    private final GroupWindow window;
    private final SettleSender settles;
    private final RecordHandler liveHandler = this::onLiveRecord;
    private final RecordHandler backHandler = this::onBackRecord;
    private final Message message = new Message();
    private final GroupDelivery delivery;
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final GroupAssignmentRecordDecoder assignment = new GroupAssignmentRecordDecoder();
    private final EventRecordDecoder event = new EventRecordDecoder();
    private final GroupOpenedDecoder opened = new GroupOpenedDecoder();
    private final CommandReplyDecoder refused = new CommandReplyDecoder();

    private RecordReader live;
    private RecordReader back;
    private long backUsedNs;
    private boolean isMessageGone;
    private long lostLivePosition = -1;
    private TimePosition startTime;
    private ShardCall openCall;
    private ShardCall leaveCall;
    private int groupId;
    private boolean isJoined;
    private boolean wasJoined;
    private long assignedFromPosition;
    private String failure;
    private RuntimeException thrown;
    private int handedOut;
    private int handOutLimit;
    private boolean isClosed;

    GroupLane(
            final LockstepClient client,
            final MemberDuty memberDuty,
            final GroupConfig config,
            final GroupMember member,
            final int shardId) {
        this.client = client;
        this.memberDuty = memberDuty;
        this.config = config;
        this.member = member;
        this.shardId = shardId;
        this.filters = config.filters().toArray(new TopicFilter[0]);
        this.window = new GroupWindow(config.windowLength(), 2 * GroupConfig.MAX_CREDIT);
        this.settles =
                new SettleSender(client, shardId, Math.max(config.ackTimeoutNs(), LEAST_SETTLE_TIME_NS), new Settled());
        this.delivery = new GroupDelivery(member, message);
        memberDuty.join(shardId, config.leaseNs(), this);
    }

    boolean isJoined() {
        return isJoined;
    }

    GroupWindow window() {
        return window;
    }

    /** Why the member can't be in the group, or null. */
    String failure() {
        return failure;
    }

    boolean isSettled() {
        return window.settleCount() == 0 && settles.isIdle();
    }

    /** Joins, tells decisions and ends the back reader where nothing needs it. */
    int doWork(final long nowNs) {
        if (isClosed || failure != null) {
            return 0;
        }
        int workCount = 0;
        if (!isJoined && openCall == null && leaveCall == null && memberDuty.isOpen(shardId)) {
            workCount += open(nowNs);
        }
        if (isJoined) {
            workCount += settles.send(window, memberDuty.memberId(), groupId, nowNs);
        }
        if (back != null && !window.hasNext() && nowNs - backUsedNs > BACK_READER_IDLE_NS) {
            CloseHelper.close(back);
            back = null;
        }
        return workCount;
    }

    /** Reads on and hands out. What a handler throws leaves from here. */
    int poll(final int limit) {
        if (!wasJoined || isClosed) {
            return 0;
        }
        handedOut = 0;
        handOutLimit = limit;
        int turns = 0;
        int consumed;
        do {
            consumed = isJoined ? live.poll(liveHandler, RECORD_LIMIT) : 0;
            if (lostLivePosition >= 0) {
                live.moveTo(lostLivePosition);
                lostLivePosition = -1;
            }
            handOut();
        } while (handedOut == 0 && consumed > 0 && ++turns < MAX_TURNS);
        return handedOut;
    }

    boolean settle(final long position, final int attempt, final byte verdict, final long delayNs) {
        final boolean isSettled = window.settle(position, attempt, verdict, delayNs);
        if (isSettled) {
            client.counters().increment(ClientCounter.GROUP_SETTLED);
        }
        return isSettled;
    }

    boolean extend(final long position, final int attempt, final long delayNs) {
        return window.extend(position, attempt, SettleSender.EXTEND, delayNs);
    }

    void hint(final long journalPosition) {
        if (live != null && !isClosed) {
            live.hint(journalPosition);
        }
    }

    /** Asks the shard to take the member out of the group, once. */
    void leave(final long nowNs, final long timeoutNs) {
        if (isJoined && leaveCall == null) {
            final ShardCommand command = (buffer, header, correlationId) -> new LeaveGroupEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(correlationId)
                    .memberId(memberDuty.memberId())
                    .groupId(groupId);
            leaveCall = client.ask(shardId, command, nowNs + timeoutNs, new Left());
        }
    }

    boolean isLeft() {
        return leaveCall == null || leaveCall.isEnded();
    }

    /** {@inheritDoc} */
    @Override
    public void onMemberOpened(final int openedShardId) {
        // The next turn joins the group.
    }

    /** {@inheritDoc} */
    @Override
    public void onMemberLost(final int lostShardId) {
        loseAssignments("the shard does not know the member any more");
    }

    @Override
    public void close() {
        if (!isClosed) {
            isClosed = true;
            memberDuty.leave(shardId, this);
            isJoined = false;
            if (openCall != null) {
                openCall.cancel();
            }
            settles.cancel();
            CloseHelper.closeAll(live, back, startTime);
        }
    }

    private int open(final long nowNs) {
        final ShardState state = client.shardState(shardId);
        if (state == null) {
            return 0;
        }
        if (live == null) {
            // Known before the command is sent, so whatever is assigned comes behind it.
            live = newReader(state.journalPosition(), new LiveReaderListener());
        }
        StartPosition start = config.start();
        if (start.kind() == StartPosition.Kind.TIME) {
            if (startTime == null) {
                startTime = new TimePosition(
                        client,
                        shardId,
                        new SubscriberConfig().start(start),
                        RecordSelection.matching(config.filters()));
            }
            if (startTime.doWork() == null) {
                return 0;
            }
            start = startTime.doWork();
        }
        openCall = client.ask(shardId, openCommand(start), nowNs + OPEN_TIMEOUT_NS, new Opened());
        return 1;
    }

    private ShardCommand openCommand(final StartPosition start) {
        return (buffer, header, correlationId) -> {
            final OpenGroupEncoder encoder = new OpenGroupEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(correlationId)
                    .memberId(memberDuty.memberId())
                    .startPosition(start.value())
                    .ackTimeoutNs(config.ackTimeoutNs())
                    .minDelayNs(config.minDelayNs())
                    .maxDelayNs(config.maxDelayNs())
                    .credit(config.credit())
                    .maxAttempts(config.maxAttempts())
                    .startKind(GroupStart.rawOf(start))
                    .isKeyOrdered(config.isKeyOrdered() ? BooleanType.TRUE : BooleanType.FALSE);
            final OpenGroupEncoder.FiltersEncoder filterGroup = encoder.filtersCount(filters.length);
            for (final TopicFilter filter : filters) {
                filterGroup.next().filter(filter.toString());
            }
            return encoder.groupName(config.name());
        };
    }

    private RecordReader newReader(final long position, final SubscriberListener told) {
        return client.newReader(shardId, readerConfig(position), RecordSelection.matching(config.filters()), told);
    }

    private SubscriberConfig readerConfig(final long position) {
        return new SubscriberConfig()
                .preferredNode(config.preferredNode())
                .silenceTimeoutNs(config.silenceTimeoutNs())
                .start(position <= 0 ? StartPosition.start() : StartPosition.position(position));
    }

    private void onOpened(final int newGroupId, final long journalPosition) {
        groupId = newGroupId;
        // A member that comes back reads assignments of its former life, which others have by now.
        assignedFromPosition = wasJoined ? journalPosition : 0;
        isJoined = true;
        wasJoined = true;
        CloseHelper.close(startTime);
        config.listener().onJoined(shardId, newGroupId);
    }

    private void loseAssignments(final String reason) {
        if (isJoined) {
            isJoined = false;
            window.onMembershipLost();
            settles.cancel();
            config.listener().onAssignmentsLost(shardId, reason);
        }
    }

    private void fail(final String sentence) {
        failure = sentence;
        isJoined = false;
    }

    private Action onLiveRecord(final DirectBuffer source, final int offset, final int length, final long endPosition) {
        final int kind = RecordLayout.kind(source, offset);
        if (kind == RecordKind.MESSAGE.value()) {
            message.wrap(shardId, source, offset, endPosition);
            if (isWanted()) {
                window.onMessage(source, offset, length, endPosition);
            }
        } else if (kind == RecordKind.GROUP_ASSIGNED.value()) {
            return onAssignment(source, offset, endPosition);
        } else if (kind == RecordKind.GROUP_MOVED.value()) {
            onMoved(source, offset, endPosition);
        }
        return Action.CONTINUE;
    }

    private Action onAssignment(final DirectBuffer source, final int offset, final long endPosition) {
        assignment.wrapAndApplyHeader(source, offset, headerDecoder);
        final boolean isOwn = assignment.memberId() == memberDuty.memberId() && endPosition > assignedFromPosition;
        if (assignment.groupId() != groupId) {
            return Action.CONTINUE;
        }
        final GroupAssignmentRecordDecoder.EntriesDecoder entries = assignment.entries();
        if (isOwn && !window.canTake(entries.count())) {
            return Action.ABORT;
        }
        while (entries.hasNext()) {
            entries.next();
            window.onAssigned(isOwn, entries.position(), entries.recordLength(), entries.attempt());
        }
        return Action.CONTINUE;
    }

    private void onMoved(final DirectBuffer source, final int offset, final long endPosition) {
        event.wrapAndApplyHeader(source, offset, headerDecoder);
        final long movedGroupId = event.firstValue();
        final long place = event.secondValue();
        if (movedGroupId != groupId || endPosition <= assignedFromPosition) {
            return;
        }
        if (place < 0) {
            loseAssignments("the group was deleted");
            fail("the group '" + config.name() + "' was deleted");
        } else {
            window.onMembershipLost();
            settles.cancel();
            config.listener().onAssignmentsLost(shardId, "the group was moved to " + place);
        }
    }

    private boolean isWanted() {
        for (final TopicFilter filter : filters) {
            if (filter.matches(message.buffer(), message.topicOffset(), message.fullTopicLength())) {
                return true;
            }
        }
        return false;
    }

    private void handOut() {
        while (handedOut < handOutLimit && window.canHandOut()) {
            if (window.isNextHeld()) {
                message.wrap(shardId, window.buffer(), window.nextOffset(), window.nextPosition());
                deliverNext();
            } else {
                final int before = handedOut;
                fetch();
                if (handedOut == before && !settleGone()) {
                    return;
                }
            }
            throwFailure();
        }
    }

    private void deliverNext() {
        delivery.wrap(window.nextAttempt());
        window.handOut();
        handedOut++;
        client.counters().increment(ClientCounter.GROUP_DELIVERED);
        try {
            member.handler().onDelivery(delivery);
        } catch (final RuntimeException ex) {
            // A reader would hand it to somebody else; it must reach the user.
            thrown = ex;
        }
    }

    private void fetch() {
        final long begin = window.nextPosition() - JournalFormat.framedLength(window.nextRecordLength());
        if (back == null) {
            back = newReader(begin, new BackReaderListener());
        } else if (back.position() >= 0 && (back.position() > begin || back.position() < begin - MAX_SKIPPED_BYTES)) {
            back.moveTo(begin);
        }
        backUsedNs = client.nowNs();
        back.poll(backHandler, RECORD_LIMIT);
    }

    private Action onBackRecord(final DirectBuffer source, final int offset, final int length, final long endPosition) {
        if (endPosition < window.nextPosition()) {
            return Action.CONTINUE;
        }
        if (endPosition > window.nextPosition()) {
            return Action.ABORT;
        }
        message.wrap(shardId, source, offset, endPosition);
        deliverNext();
        final boolean goesOn = thrown == null
                && handedOut < handOutLimit
                && window.canHandOut()
                && window.nextPosition() > endPosition
                && !window.isNextHeld();
        return goesOn ? Action.CONTINUE : Action.BREAK;
    }

    // What retention removed can't be worked on by anybody.
    private boolean settleGone() {
        if (!isMessageGone) {
            return false;
        }
        isMessageGone = false;
        final long position = window.nextPosition();
        final int attempt = window.nextAttempt();
        window.handOut();
        window.settle(position, attempt, SettleSender.DONE, SettleSender.NO_DELAY);
        CloseHelper.close(back);
        back = null;
        config.listener().onMessageGone(shardId, position);
        return true;
    }

    private void throwFailure() {
        if (thrown != null) {
            final RuntimeException leaving = thrown;
            thrown = null;
            throw leaving;
        }
    }

    private final class LiveReaderListener implements SubscriberListener {
        @Override
        public void onCursorLost(final int lostShardId, final long wantedPosition, final long firstReadablePosition) {
            // What was assigned in between comes again when its time is over.
            lostLivePosition = firstReadablePosition;
        }
    }

    private final class BackReaderListener implements SubscriberListener {
        @Override
        public void onCursorLost(final int lostShardId, final long wantedPosition, final long firstReadablePosition) {
            isMessageGone = true;
        }
    }

    private final class Opened implements ShardCall.Listener {
        @Override
        public void onAnswer(final int templateId, final DirectBuffer answer, final int offset, final int length) {
            openCall = null;
            if (templateId == GroupOpenedDecoder.TEMPLATE_ID) {
                opened.wrapAndApplyHeader(answer, offset, headerDecoder);
                final long detail = opened.detail();
                final long journalPosition = opened.journalPosition();
                final int openedGroupId = opened.groupId();
                onCode(opened.code(), detail, journalPosition, openedGroupId);
            } else if (templateId == CommandReplyDecoder.TEMPLATE_ID) {
                refused.wrapAndApplyHeader(answer, offset, headerDecoder);
                final long detail = refused.detail();
                onCode(refused.code(), detail, 0, 0);
            }
        }

        private void onCode(
                final ResultCode code, final long detail, final long journalPosition, final int openedGroupId) {
            switch (code) {
                case ACCEPTED -> onOpened(openedGroupId, journalPosition);
                case MEMBER_UNKNOWN -> memberDuty.onUnknown(shardId);
                case NOT_SEEDED -> {
                    // Asked again in the next turn.
                }
                default ->
                    fail("shard " + shardId + " does not open the group '" + config.name() + "': " + code + ", detail "
                            + detail);
            }
        }

        @Override
        public void onTimeout() {
            openCall = null;
        }
    }

    private static final class Left implements ShardCall.Listener {
        @Override
        public void onAnswer(final int templateId, final DirectBuffer answer, final int offset, final int length) {
            // Whatever it says: the member is not in the group.
        }

        @Override
        public void onTimeout() {
            // The lease of the member ends it.
        }
    }

    private final class Settled implements SettleSender.Listener {
        @Override
        public void onNotSettled(final long position, final ResultCode code) {
            config.listener().onNotSettled(shardId, position, code);
        }

        @Override
        public void onRefused(final ResultCode code) {
            if (code == ResultCode.MEMBER_UNKNOWN) {
                memberDuty.onUnknown(shardId);
            } else if (code == ResultCode.NOT_IN_GROUP) {
                loseAssignments("the group does not have the member any more");
            } else if (code == ResultCode.GROUP_UNKNOWN) {
                loseAssignments("the group was deleted");
                fail("the group '" + config.name() + "' was deleted");
            } else {
                throw new LockstepException(
                        "shard " + shardId + " takes no decisions for the group '" + config.name() + "': " + code);
            }
        }
    }
}
