package io.lockstep.client;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.RecordHandler;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.RecordSelection;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.client.internal.ShardConnection;
import io.lockstep.client.window.AckTracker;
import io.lockstep.client.window.ConsumerClaim;
import io.lockstep.codecs.AckConsumerEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ConsumerOpenedDecoder;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.LeaveConsumerEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenConsumerEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.TopicFilter;
import io.lockstep.wire.RecordLayout;
import java.nio.ByteOrder;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A consumer in one shard: joins as the client's member, reads from its cursor while the member owns it, and sends what is
 * acknowledged. While another member owns it nothing is read; {@link ConsumerWatch} tells when that changes, and
 * {@link ConsumerClaim} decides what follows from it.
 */
final class ShardConsumer implements MemberDuty.Participant, RecordHandler, SubscriberListener {
    private static final long CALL_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(60);
    private static final long OPEN_AGAIN_NS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final long ACK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(10);
    // Records of no concern move the cursor too, but a command for each of their batches would cost more than it gives.
    private static final long IDLE_ACK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long HINT_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int ACKS_AT_ONCE = 100;
    private static final int MAX_SINGLES = 1_024;
    private static final long DELETED = -1;

    private final LockstepClient client;
    private final Consumer consumer;
    private final ConsumerConfig config;
    private final int shardId;
    private final MemberDuty members;
    private final ConsumerWatch watch;
    private final TopicFilter[] filters;
    private final AckTracker tracker;
    private final ConsumerClaim claim;
    private final long[] singles = new long[MAX_SINGLES];
    private final UnsafeBuffer singlesBuffer = new UnsafeBuffer(new byte[MAX_SINGLES * Long.BYTES]);
    private final ExpandableArrayBuffer ackBuffer = new ExpandableArrayBuffer(256);
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final AckConsumerEncoder ackEncoder = new AckConsumerEncoder();
    private final CommandReplyDecoder commandReply = new CommandReplyDecoder();
    private final ConsumerOpenedDecoder consumerOpened = new ConsumerOpenedDecoder();
    private final AckAnswer ackAnswer = new AckAnswer();

    private RecordReader reader;
    private StartPosition start;
    private TimePosition startTime;
    private ShardCall openCall;
    private ShardCall ackCall;
    private ShardCall releaseCall;
    private long nextOpenNs;
    private long consumerId;
    private int readReading;
    private long lastTimestampNs;
    private long ackedPosition;
    private long lastAckNs;
    private long nextHintNs;
    private long unsentAckCount;
    private boolean isAckUnconfirmed;
    private boolean areAcksLost;
    private RuntimeException failure;
    private boolean hasLostCursor;
    private long wantedPosition;
    private long firstReadablePosition;
    private boolean isOwnerTold;

    ShardConsumer(
            final LockstepClient client,
            final Consumer consumer,
            final ConsumerConfig config,
            final StartPosition start,
            final int shardId) {
        this.client = client;
        this.consumer = consumer;
        this.config = config;
        this.start = start;
        this.shardId = shardId;
        this.members = client.memberDuty();
        this.watch = client.consumerWatch();
        this.filters = config.filters().toArray(new TopicFilter[0]);
        this.tracker = new AckTracker(config.maxUnacked());
        this.claim = new ConsumerClaim(members.memberId(), tracker);
        this.nextOpenNs = client.nowNs();
        this.nextHintNs = client.nowNs();
        this.lastAckNs = client.nowNs();
        if (start.kind() == StartPosition.Kind.TIME) {
            startTime =
                    new TimePosition(client, shardId, readerConfig(start), RecordSelection.matching(config.filters()));
        }
        members.join(shardId, config.leaseNs(), this);
    }

    int shardId() {
        return shardId;
    }

    /** Whether the shard answered that this member joined. */
    boolean isKnown() {
        return claim.isKnown();
    }

    boolean isOwner() {
        return reader != null;
    }

    int nodeId() {
        return reader == null ? -1 : reader.nodeId();
    }

    /** Up to where the shard was read, or -1. */
    long readPosition() {
        return reader == null ? -1 : reader.position();
    }

    /** Up to where all is acknowledged, as far as the shard confirmed; -1 where that is not known. */
    long ackedPosition() {
        return claim.isKnown() ? ackedPosition : -1;
    }

    int unackedCount() {
        return reader == null ? 0 : tracker.unackedCount();
    }

    /** Whether everything that was acknowledged is with the shard. */
    boolean isFlushed() {
        return reader == null || (!isCalling(ackCall) && tracker.unsentCount() == 0 && !tracker.hasMoved());
    }

    void ackThrough(final long position) {
        final int acked = reader == null ? 0 : tracker.ackThrough(position);
        if (acked > 0) {
            onAcked(acked);
        }
        areAcksLost |= tracker.isAnyLostThrough(position);
    }

    void ackSingle(final long position) {
        if (reader != null && tracker.ackSingle(position)) {
            onAcked(1);
        } else {
            areAcksLost |= tracker.isLost(position);
        }
    }

    /**
     * Whether acknowledgements were lost with the ownership, since this was asked last: before the shard confirmed them, or
     * because they came when the message was not this member's any more.
     */
    boolean takeLostAcks() {
        final boolean wereLost = areAcksLost;
        areAcksLost = false;
        return wereLost;
    }

    /** Joins, sends acknowledgements and hands over, as is due. */
    int doWork(final long nowNs) {
        if (failure != null) {
            return 0;
        }
        int workCount = 0;
        if (startTime != null) {
            workCount += findStart();
        }
        if (claim.isOpenNeeded()
                && startTime == null
                && members.isOpen(shardId)
                && !isCalling(openCall)
                && nowNs - nextOpenNs >= 0) {
            open(nowNs);
            workCount++;
        }
        if (reader != null) {
            workCount += sendAcks(nowNs, false);
            workCount += releaseWhereDone(nowNs);
            if (nowNs - nextHintNs >= 0 && client.shardState(shardId) != null) {
                nextHintNs = nowNs + HINT_INTERVAL_NS;
                reader.hint(client.shardState(shardId).journalPosition());
            }
        }
        return workCount;
    }

    /** Reads records where this member owns the consumer and may go on. */
    int poll(final int recordLimit) {
        throwFailure();
        tellOwner();
        if (reader == null || !claim.mayDeliver() || !members.isLeaseSure(shardId, client.nowNs())) {
            return 0;
        }
        final int count = reader.poll(this, recordLimit);
        if (hasLostCursor) {
            config.listener().onCursorLost(shardId, wantedPosition, firstReadablePosition);
            hasLostCursor = false;
            tracker.onSkipped(firstReadablePosition);
            reader.moveTo(firstReadablePosition);
        }
        return count;
    }

    /** Sends at once what is acknowledged; returns the call that tells the shard, or null where it knows. */
    ShardCall flush(final long nowNs) {
        if (reader != null && !isCalling(ackCall)) {
            sendAcks(nowNs, true);
        }
        return isCalling(ackCall) ? ackCall : null;
    }

    /** Acknowledges on behalf of an operator what was not delivered here. This member must be the owner. */
    ShardCommand ackCommand(final long position, final boolean isSingle) {
        singlesBuffer.putLong(0, position, ByteOrder.LITTLE_ENDIAN);
        return (buffer, header, correlationId) -> ackEncoder
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .consumerId(consumerId)
                .memberId(members.memberId())
                .ownerEpoch(claim.epoch())
                .position(isSingle ? -1 : position)
                .putAcks(singlesBuffer, 0, isSingle ? Long.BYTES : 0);
    }

    /** Leaves; returns the call that tells the shard, or null where there is nothing to leave. */
    ShardCall close() {
        members.leave(shardId, this);
        stopReading();
        if (startTime != null) {
            startTime.close();
            startTime = null;
        }
        cancel(openCall);
        cancel(releaseCall);
        if (!claim.isKnown()) {
            return null;
        }
        watch.remove(shardId, consumerId);
        return members.isOpen(shardId) ? leave(client.nowNs(), false) : null;
    }

    void openAgain() {
        claim.askAgain();
    }

    /** {@inheritDoc} */
    @Override
    public void onMemberOpened(final int openedShardId) {
        claim.askAgain();
    }

    /** {@inheritDoc} */
    @Override
    public void onMemberLost(final int lostShardId) {
        cancel(openCall);
        claim.onMemberLost();
        follow();
    }

    /** The journal tells how the consumer stands. */
    void onChanged(final long epoch, final long newOwnerMemberId, final long newWantedMemberId, final long position) {
        if (position == DELETED && epoch >= claim.epoch()) {
            stopReading();
            fail("the consumer was deleted");
        } else if (claim.onChanged(epoch, newOwnerMemberId, newWantedMemberId)) {
            nextOpenNs = client.nowNs();
            follow();
        }
    }

    /** {@inheritDoc} */
    @Override
    public Action onRecord(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        lastTimestampNs = Math.max(lastTimestampNs, RecordLayout.timestampNs(buffer, offset));
        if (RecordLayout.kind(buffer, offset) != RecordKind.MESSAGE.value()) {
            tracker.onSkipped(endPosition);
            return Action.CONTINUE;
        }
        final Message message = consumer.wrap(shardId, buffer, offset, endPosition);
        if (!isWanted(message) || isExpired(message)) {
            tracker.onSkipped(endPosition);
            return Action.CONTINUE;
        }
        if (tracker.isFull()) {
            return Action.ABORT;
        }
        if (tracker.isDone(endPosition)) {
            return Action.CONTINUE;
        }
        tracker.onDelivered(endPosition);
        return consumer.deliver(message);
    }

    /** {@inheritDoc} */
    @Override
    public void onNodeChanged(final int changedShardId, final int nodeId, final String reason) {
        config.listener().onNodeChanged(changedShardId, nodeId, reason);
    }

    /** {@inheritDoc} */
    @Override
    public void onCursorLost(final int lostShardId, final long lostPosition, final long goOnPosition) {
        hasLostCursor = true;
        wantedPosition = lostPosition;
        firstReadablePosition = goOnPosition;
    }

    private void onAcked(final int count) {
        unsentAckCount += count;
        isAckUnconfirmed = true;
        client.counters().add(ClientCounter.CONSUMER_ACKED, count);
    }

    private boolean isWanted(final Message message) {
        for (final TopicFilter filter : filters) {
            if (filter.matches(message.buffer(), message.topicOffset(), message.fullTopicLength())) {
                return true;
            }
        }
        return false;
    }

    private boolean isExpired(final Message message) {
        if (config.isExpiredDelivered() || message.headersLength() == 0 || message.expiryMs() < 0) {
            return false;
        }
        return message.isExpired(Math.max(lastTimestampNs, client.clusterTimeNs(shardId)));
    }

    private int findStart() {
        final StartPosition place = startTime.doWork();
        if (place == null) {
            return 0;
        }
        start = place;
        startTime.close();
        startTime = null;
        return 1;
    }

    private void open(final long nowNs) {
        claim.onAsked();
        nextOpenNs = nowNs + OPEN_AGAIN_NS;
        openCall = client.ask(shardId, openCommand(), nowNs + CALL_TIMEOUT_NS, new OpenAnswer());
    }

    private ShardCommand openCommand() {
        return (buffer, header, correlationId) -> {
            final OpenConsumerEncoder encoder = new OpenConsumerEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(correlationId)
                    .memberId(members.memberId())
                    .startPosition(start.value())
                    .lane(config.lane())
                    .startKind(startKind())
                    // A name that was deleted is not to come back because a member opens again what it had.
                    .knownConsumerId(consumerId);
            final OpenConsumerEncoder.FiltersEncoder group = encoder.filtersCount(filters.length);
            for (final TopicFilter filter : filters) {
                group.next().filter(filter.toString());
            }
            return encoder.name(config.name());
        };
    }

    private ConsumerStart startKind() {
        return switch (start.kind()) {
            case START -> ConsumerStart.START;
            case LIVE -> ConsumerStart.LIVE;
            case POSITION, TIME -> ConsumerStart.POSITION;
        };
    }

    private void onOpened(final ConsumerOpenedDecoder opened) {
        final ResultCode code = opened.code();
        if (code == ResultCode.MEMBER_UNKNOWN) {
            members.onUnknown(shardId);
            claim.askAgain();
            return;
        }
        if (code == ResultCode.NOT_SEEDED) {
            claim.askAgain();
            return;
        }
        if (code == ResultCode.CONSUMER_UNKNOWN) {
            stopReading();
            fail("the consumer was deleted");
            return;
        }
        if (code != ResultCode.ACCEPTED) {
            fail(ConsumerFailures.sentenceOf(code, opened.detail()));
            return;
        }
        final long journalPosition = opened.journalPosition();
        final long epoch = opened.ownerEpoch();
        final long owner = opened.ownerMemberId();
        final long wanted = opened.wantedMemberId();
        final long position = opened.position();
        final long[] acks = acksOf(opened);
        consumerId = opened.consumerId();
        if (!claim.onOpened(epoch, owner, wanted, position, acks)) {
            return;
        }
        if (claim.reading() != readReading || claim.reading() == 0) {
            ackedPosition = position;
        }
        follow();
        if (!watch.register(this, consumerId, journalPosition)) {
            claim.askAgain();
        }
    }

    private static long[] acksOf(final ConsumerOpenedDecoder opened) {
        final byte[] bytes = new byte[opened.acksLength()];
        opened.getAcks(bytes, 0, bytes.length);
        final UnsafeBuffer buffer = new UnsafeBuffer(bytes);
        final long[] acks = new long[bytes.length / Long.BYTES];
        for (int i = 0; i < acks.length; i++) {
            acks[i] = buffer.getLong(i * Long.BYTES, ByteOrder.LITTLE_ENDIAN);
        }
        return acks;
    }

    /** Ends to read, or begins anew, where the claim says so. */
    private void follow() {
        if (claim.reading() == 0 || claim.reading() != readReading) {
            endReader();
        }
        if (claim.reading() != 0 && reader == null) {
            readReading = claim.reading();
            unsentAckCount = 0;
            hasLostCursor = false;
            reader = client.newReader(
                    shardId,
                    // Never the start of what is there: what is missing before it has to be told.
                    readerConfig(StartPosition.position(ackedPosition)),
                    RecordSelection.matching(config.filters()),
                    this);
        }
    }

    private SubscriberConfig readerConfig(final StartPosition readerStart) {
        return new SubscriberConfig()
                .start(readerStart)
                .preferredNode(config.preferredNode())
                .silenceTimeoutNs(config.silenceTimeoutNs());
    }

    private void stopReading() {
        claim.endReading();
        follow();
    }

    private void endReader() {
        cancel(ackCall);
        cancel(releaseCall);
        areAcksLost |= isAckUnconfirmed;
        isAckUnconfirmed = false;
        if (reader != null) {
            final RecordReader ended = reader;
            reader = null;
            consumer.retire(ended);
        }
    }

    private int sendAcks(final long nowNs, final boolean isAtOnce) {
        if (isCalling(ackCall) || (tracker.unsentCount() == 0 && !tracker.hasMoved())) {
            return 0;
        }
        final long sinceNs = nowNs - lastAckNs;
        final boolean isDue = isAtOnce
                || claim.isReleasing()
                || unsentAckCount >= ACKS_AT_ONCE
                || sinceNs >= (unsentAckCount > 0 ? ACK_INTERVAL_NS : IDLE_ACK_INTERVAL_NS);
        if (!isDue) {
            return 0;
        }
        lastAckNs = nowNs;
        unsentAckCount = 0;
        final long position = tracker.cursor();
        final int count = tracker.takeUnsent(singles);
        for (int i = 0; i < count; i++) {
            singlesBuffer.putLong(i * Long.BYTES, singles[i], ByteOrder.LITTLE_ENDIAN);
        }
        final ShardConnection connection = client.connection(shardId);
        final long correlationId = connection.nextCorrelationId();
        ackEncoder
                .wrapAndApplyHeader(ackBuffer, 0, headerEncoder)
                .correlationId(correlationId)
                .consumerId(consumerId)
                .memberId(members.memberId())
                .ownerEpoch(claim.epoch())
                .position(position)
                .putAcks(singlesBuffer, 0, count * Long.BYTES);
        ackCall = new ShardCall(
                shardId,
                connection,
                correlationId,
                ackBuffer,
                MessageHeaderEncoder.ENCODED_LENGTH + ackEncoder.encodedLength(),
                nowNs + CALL_TIMEOUT_NS,
                ackAnswer);
        client.begin(ackCall);
        return 1;
    }

    private int releaseWhereDone(final long nowNs) {
        if (!claim.isReleaseDue() || isCalling(ackCall)) {
            return 0;
        }
        claim.onReleaseAsked();
        leave(nowNs, true);
        return 1;
    }

    private ShardCall leave(final long nowNs, final boolean isMembershipKept) {
        final ShardCommand command = (buffer, header, correlationId) -> new LeaveConsumerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .consumerId(consumerId)
                .memberId(members.memberId())
                .ownerEpoch(claim.epoch())
                .keepMembership(isMembershipKept ? BooleanType.TRUE : BooleanType.FALSE);
        releaseCall = client.ask(shardId, command, nowNs + CALL_TIMEOUT_NS, new LeaveAnswer());
        return releaseCall;
    }

    private void tellOwner() {
        final boolean isOwner = isOwner();
        if (isOwner != isOwnerTold) {
            isOwnerTold = isOwner;
            config.listener().onOwnerChanged(shardId, isOwner);
        }
    }

    private void fail(final String reason) {
        failure = new LockstepException("consumer '" + config.name() + "' of shard " + shardId + ": " + reason);
    }

    private void throwFailure() {
        if (failure != null) {
            throw failure;
        }
    }

    private static boolean isCalling(final ShardCall call) {
        return call != null && !call.isEnded();
    }

    private static void cancel(final ShardCall call) {
        if (call != null) {
            call.cancel();
        }
    }

    private final class OpenAnswer implements ShardCall.Listener {
        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            if (templateId == ConsumerOpenedDecoder.TEMPLATE_ID) {
                onOpened(consumerOpened.wrapAndApplyHeader(buffer, offset, headerDecoder));
            } else {
                final CommandReplyDecoder reply = commandReply.wrapAndApplyHeader(buffer, offset, headerDecoder);
                fail(ConsumerFailures.sentenceOf(reply.code(), reply.detail()));
            }
        }

        @Override
        public void onTimeout() {
            claim.askAgain();
        }
    }

    private final class AckAnswer implements ShardCall.Listener {
        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            final CommandReplyDecoder reply = commandReply.wrapAndApplyHeader(buffer, offset, headerDecoder);
            switch (reply.code()) {
                case ACCEPTED -> {
                    ackedPosition = reply.detail();
                    isAckUnconfirmed &= unsentAckCount > 0 || tracker.unsentCount() > 0;
                }
                case NOT_OWNER -> {
                    stopReading();
                    claim.askAgain();
                }
                case CONSUMER_UNKNOWN -> {
                    stopReading();
                    fail("the consumer was deleted");
                }
                case TOO_MANY_ACKS, STATE_FULL -> tracker.sendAgain(ackedPosition);
                default -> fail(ConsumerFailures.sentenceOf(reply.code(), reply.detail()));
            }
        }

        @Override
        public void onTimeout() {
            tracker.sendAgain(ackedPosition);
        }
    }

    private final class LeaveAnswer implements ShardCall.Listener {
        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            // A record tells who owns the consumer now; where it is late, the answer lets this member ask.
            claim.onReleaseAnswered();
        }

        @Override
        public void onTimeout() {
            claim.onReleaseAnswered();
        }
    }
}
