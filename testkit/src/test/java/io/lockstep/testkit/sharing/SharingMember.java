package io.lockstep.testkit.sharing;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.aeron.DirectBufferVector;
import io.aeron.Publication;
import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCalls;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.client.internal.ShardIngress;
import io.lockstep.client.window.AckTracker;
import io.lockstep.client.window.ConsumerClaim;
import io.lockstep.codecs.AckConsumerEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CloseMemberEncoder;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.ConsumerOpenedDecoder;
import io.lockstep.codecs.ConsumerStart;
import io.lockstep.codecs.LeaveConsumerEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.OpenConsumerEncoder;
import io.lockstep.codecs.OpenMemberEncoder;
import io.lockstep.codecs.RenewMemberEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.PartitionName;
import java.nio.ByteOrder;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * A member: the client's claims, trackers and calls, driven as {@code ShardConsumer} and {@code MemberDuty} drive them, over
 * a session and readers of the journal that are slow, and a program that takes its time with each message.
 */
final class SharingMember implements ShardIngress {
    private static final long MS_NS = 1_000_000L;
    private static final long CALL_TIMEOUT_NS = 60_000 * MS_NS;
    private static final long CLOSE_TIMEOUT_NS = 2_000 * MS_NS;
    private static final long OPEN_AGAIN_NS = 50 * MS_NS;
    private static final int MAX_SINGLES = 16;

    private record Flight(UnsafeBuffer bytes, long arrivalNs) {}

    private record Job(SharingModel.Work work, long position, long dueNs) {}

    final long id;
    private final Random random;
    private final SharingShard shard;
    private final SharingModel model;
    private final long leaseNs;
    private final long maxDelayNs;
    private final long maxWorkNs;
    private final ShardCalls calls = new ShardCalls();
    private final Lane[] lanes;
    private final Deque<Flight> commands = new ArrayDeque<>();
    private final Deque<Flight> answers = new ArrayDeque<>();
    private final MessageHeaderDecoder header = new MessageHeaderDecoder();
    private long correlationId;
    private long nowNs;
    private long pausedUntilNs;
    private long watchDelayNs;
    private int watched = -1;
    private int firstLane;
    private boolean isHasty;

    private ShardCall memberCall;
    private boolean isOpen;
    private long renewedNs;

    private boolean isClosing;
    private long closeDeadlineNs;
    private ShardCall closeCall;

    SharingMember(
            final long id,
            final Random random,
            final SharingShard shard,
            final SharingModel model,
            final int partitionCount) {
        this.id = id;
        this.random = random;
        this.shard = shard;
        this.model = model;
        leaseNs = (2 + random.nextInt(6)) * 1_000L * MS_NS;
        maxDelayNs = (1 + random.nextInt(300)) * MS_NS;
        maxWorkNs = (random.nextInt(4) == 0 ? 9_000 : 600) * MS_NS;
        nowNs = shard.nowNs();
        watchDelayNs = random.nextLong(maxDelayNs);
        lanes = new Lane[partitionCount];
        for (int i = 0; i < partitionCount; i++) {
            lanes[i] = new Lane(i, 1 + random.nextInt(6));
        }
    }

    /** Is not driven for a while, whatever happens. */
    void pause(final long durationNs) {
        pausedUntilNs = shard.nowNs() + durationNs;
    }

    boolean isPaused() {
        return shard.nowNs() < pausedUntilNs;
    }

    /** From now on nothing is slow, nor stands still. */
    void hurry() {
        isHasty = true;
        pausedUntilNs = 0;
    }

    void stopHurrying() {
        isHasty = false;
    }

    /** Begins to leave in order. */
    void beginClose() {
        if (!isClosing) {
            isClosing = true;
            closeDeadlineNs = nowNs + CLOSE_TIMEOUT_NS;
        }
    }

    boolean isClosing() {
        return isClosing;
    }

    /** Whether it left in order, or has nobody to tell. */
    boolean isClosed() {
        return isClosing && closeCall != null && (closeCall.isEnded() || nowNs - closeDeadlineNs >= 0);
    }

    boolean isOwner(final int partition) {
        return lanes[partition].claim.mayDeliver() && isLeaseSure();
    }

    /** The program is gone; some of what it sent last is lost. */
    void die() {
        loseCommands();
        while (!commands.isEmpty()) {
            shard.apply(id, commands.poll().bytes());
        }
        model.forgetWorks(id);
    }

    /** The session is new: what was sent last may be lost, and answers that are on their way are. */
    void restoreSession() {
        loseCommands();
        while (!commands.isEmpty()) {
            shard.apply(id, commands.poll().bytes());
        }
        answers.clear();
        calls.onSessionRestored(0);
    }

    private void loseCommands() {
        for (int lost = random.nextInt(commands.size() + 1); lost > 0; lost--) {
            commands.pollLast();
        }
    }

    /** The shard takes what arrived, also from a member that stands still. */
    void arrive() {
        while (!commands.isEmpty() && commands.peek().arrivalNs() <= shard.nowNs()) {
            final UnsafeBuffer answer = shard.apply(id, commands.poll().bytes());
            answers.add(new Flight(answer, arrivalAfter(answers)));
        }
    }

    void doWork() {
        nowNs = shard.nowNs();
        if (random.nextInt(16) == 0) {
            watchDelayNs = random.nextLong(maxDelayNs);
        }
        while (!answers.isEmpty() && answers.peek().arrivalNs() <= nowNs) {
            final UnsafeBuffer answer = answers.poll().bytes();
            header.wrap(answer, 0);
            calls.onReply(0, header.templateId(), answer, 0, answer.capacity());
        }
        calls.doWork(nowNs);
        keepMember();
        watch();
        for (final Lane lane : lanes) {
            lane.doWork();
        }
        if (isClosing) {
            close();
        } else {
            for (int i = 0; i < lanes.length; i++) {
                lanes[(firstLane + i) % lanes.length].poll(1 + random.nextInt(4));
            }
            firstLane = (firstLane + 1) % lanes.length;
            for (final Lane lane : lanes) {
                lane.finishJobs();
            }
        }
        calls.doWork(nowNs);
    }

    // As Consumer.close and MemberDuty.close: first what is acknowledged, then the partitions, then the member.
    private void close() {
        if (closeCall != null) {
            return;
        }
        boolean isFlushed = true;
        for (final Lane lane : lanes) {
            isFlushed &= lane.isFlushed();
        }
        if (isFlushed || nowNs - closeDeadlineNs >= 0) {
            for (final Lane lane : lanes) {
                lane.close();
            }
            model.forgetWorks(id);
            cancel(memberCall);
            closeDeadlineNs = nowNs + CLOSE_TIMEOUT_NS;
            closeCall = ask(
                    (buffer, encoderHeader, correlation) -> new CloseMemberEncoder()
                            .wrapAndApplyHeader(buffer, 0, encoderHeader)
                            .correlationId(correlation)
                            .memberId(id),
                    CLOSE_TIMEOUT_NS,
                    answer -> {},
                    () -> {});
        }
    }

    private boolean isLeaseSure() {
        return isOpen && nowNs - renewedNs < leaseNs;
    }

    private void keepMember() {
        if (isCalling(memberCall) || closeCall != null) {
            return;
        }
        final long sentNs = nowNs;
        if (!isOpen) {
            memberCall = ask(
                    (buffer, encoderHeader, correlation) -> new OpenMemberEncoder()
                            .wrapAndApplyHeader(buffer, 0, encoderHeader)
                            .correlationId(correlation)
                            .memberId(id)
                            .leaseNs(leaseNs),
                    leaseNs,
                    answer -> onMember(codeOf(answer), sentNs),
                    () -> {});
        } else if (nowNs - renewedNs >= leaseNs / 3) {
            memberCall = ask(
                    (buffer, encoderHeader, correlation) -> new RenewMemberEncoder()
                            .wrapAndApplyHeader(buffer, 0, encoderHeader)
                            .correlationId(correlation)
                            .memberId(id),
                    leaseNs,
                    answer -> onMember(codeOf(answer), sentNs),
                    () -> {});
        }
    }

    private void onMember(final ResultCode code, final long sentNs) {
        if (code == ResultCode.ACCEPTED) {
            renewedNs = sentNs;
            if (!isOpen) {
                isOpen = true;
                for (final Lane lane : lanes) {
                    lane.claim.askAgain();
                }
            }
        } else {
            assertEquals(ResultCode.MEMBER_UNKNOWN, code);
            loseMember();
        }
    }

    private void loseMember() {
        if (isOpen) {
            isOpen = false;
            for (final Lane lane : lanes) {
                cancel(lane.openCall);
                lane.claim.onMemberLost();
                lane.follow();
            }
        }
    }

    // As ConsumerWatch.
    private void watch() {
        while (watched >= 0 && watched < shard.journal.size()) {
            final SharingShard.Entry entry = shard.journal.get(watched);
            if (!isHasty && entry.atNs() + watchDelayNs > nowNs) {
                return;
            }
            watched++;
            tell(entry);
        }
    }

    private void tell(final SharingShard.Entry entry) {
        for (final Lane lane : lanes) {
            if (entry.consumerId() != 0 && lane.watchedConsumerId == entry.consumerId()) {
                lane.onChanged(entry);
            }
        }
    }

    private void register(final Lane lane, final long consumerId, final long journalPosition) {
        lane.watchedConsumerId = consumerId;
        if (watched < 0) {
            watched = 0;
            while (watched < shard.journal.size() && shard.journal.get(watched).endPosition() <= journalPosition) {
                watched++;
            }
        }
        for (int i = 0; i < watched; i++) {
            final SharingShard.Entry entry = shard.journal.get(i);
            if (entry.endPosition() > journalPosition && entry.consumerId() == consumerId) {
                lane.onChanged(entry);
            }
        }
    }

    private interface Answered {
        void onAnswer(UnsafeBuffer answer);
    }

    private ShardCall ask(
            final ShardCommand command, final long timeoutNs, final Answered answered, final Runnable timeout) {
        final ShardCall call = ShardCall.of(0, this, command, nowNs + timeoutNs, new ShardCall.Listener() {
            @Override
            public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
                answered.onAnswer(SharingShard.copyOf(buffer, offset, length));
            }

            @Override
            public void onTimeout() {
                timeout.run();
            }
        });
        calls.begin(call);
        return call;
    }

    private ResultCode codeOf(final UnsafeBuffer answer) {
        return new CommandReplyDecoder().wrapAndApplyHeader(answer, 0, header).code();
    }

    private long arrivalAfter(final Deque<Flight> flights) {
        final long arrivalNs = shard.nowNs() + (isHasty ? 0 : random.nextLong(maxDelayNs));
        return flights.isEmpty()
                ? arrivalNs
                : Math.max(arrivalNs, flights.peekLast().arrivalNs());
    }

    private static boolean isCalling(final ShardCall call) {
        return call != null && !call.isEnded();
    }

    private static void cancel(final ShardCall call) {
        if (call != null) {
            call.cancel();
        }
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public long offer(final DirectBuffer buffer, final int offset, final int length) {
        if (random.nextInt(16) == 0) {
            return Publication.BACK_PRESSURED;
        }
        commands.add(new Flight(SharingShard.copyOf(buffer, offset, length), arrivalAfter(commands)));
        return 1;
    }

    @Override
    public long offer(final DirectBufferVector[] vectors) {
        throw new AssertionError("nothing is published here");
    }

    @Override
    public long nextCorrelationId() {
        return ++correlationId;
    }

    @Override
    public String lastError() {
        return "none";
    }

    @Override
    public String toString() {
        final StringBuilder text = new StringBuilder("member " + id + (isOpen ? "" : ", not open"));
        for (final Lane lane : lanes) {
            text.append(", ").append(lane);
        }
        return text.toString();
    }

    /** As ShardConsumer: one partition. */
    private final class Lane {
        private final int partition;
        private final AckTracker tracker;
        private final ConsumerClaim claim;
        private final List<Job> jobs = new ArrayList<>();
        private final List<Job> lostJobs = new ArrayList<>();
        private final long[] singles = new long[MAX_SINGLES];
        private ShardCall openCall;
        private ShardCall ackCall;
        private ShardCall releaseCall;
        private long nextOpenNs = nowNs;
        private long consumerId;
        private long watchedConsumerId;
        private int reading;
        private long readPosition;
        private int read;
        private long ackedPosition;
        private long readDelayNs;

        private Lane(final int partition, final int maxUnacked) {
            this.partition = partition;
            this.tracker = new AckTracker(maxUnacked);
            this.claim = new ConsumerClaim(id, tracker);
        }

        @Override
        public String toString() {
            return partition + ": reading " + reading + " in epoch " + claim.epoch() + ", releasing "
                    + claim.isReleasing() + ", may deliver " + claim.mayDeliver() + ", unacked "
                    + tracker.unackedCount() + (tracker.isFull() ? " (full)" : "") + ", unsent " + tracker.unsentCount()
                    + ", open needed "
                    + claim.isOpenNeeded() + ", calling " + isCalling(openCall) + isCalling(ackCall)
                    + isCalling(releaseCall);
        }

        private void doWork() {
            if (closeCall != null) {
                return;
            }
            if (claim.isOpenNeeded() && isOpen && !isCalling(openCall) && nowNs - nextOpenNs >= 0) {
                open();
            }
            if (reading != 0) {
                sendAcks();
                if (claim.isReleaseDue() && !isCalling(ackCall)) {
                    claim.onReleaseAsked();
                    release();
                }
            }
        }

        private void open() {
            claim.onAsked();
            nextOpenNs = nowNs + OPEN_AGAIN_NS;
            openCall = ask(
                    (buffer, encoderHeader, correlation) -> {
                        final OpenConsumerEncoder encoder = new OpenConsumerEncoder()
                                .wrapAndApplyHeader(buffer, 0, encoderHeader)
                                .correlationId(correlation)
                                .memberId(id)
                                .startPosition(0)
                                .lane(partition)
                                .startKind(ConsumerStart.START)
                                .knownConsumerId(consumerId);
                        encoder.filtersCount(1).next().filter(PartitionName.nameOf(SharingShard.TOPIC, partition));
                        return encoder.name(PartitionName.nameOf("billing", partition));
                    },
                    CALL_TIMEOUT_NS,
                    this::onOpened,
                    claim::askAgain);
        }

        private void onOpened(final UnsafeBuffer answer) {
            final ConsumerOpenedDecoder opened = new ConsumerOpenedDecoder().wrapAndApplyHeader(answer, 0, header);
            if (opened.code() == ResultCode.MEMBER_UNKNOWN) {
                loseMember();
                claim.askAgain();
                return;
            }
            assertEquals(ResultCode.ACCEPTED, opened.code());
            final long journalPosition = opened.journalPosition();
            final long epoch = opened.ownerEpoch();
            final long owner = opened.ownerMemberId();
            final long wanted = opened.wantedMemberId();
            final long position = opened.position();
            consumerId = opened.consumerId();
            final UnsafeBuffer acks = new UnsafeBuffer(new byte[opened.acksLength()]);
            opened.getAcks(acks, 0, acks.capacity());
            final Long[] boxed = SharingShard.longsOf(acks);
            final long[] done = new long[boxed.length];
            for (int i = 0; i < done.length; i++) {
                done[i] = boxed[i];
            }
            if (!claim.onOpened(epoch, owner, wanted, position, done)) {
                return;
            }
            if (claim.reading() != reading) {
                readPosition = position;
            }
            follow();
            register(this, consumerId, journalPosition);
        }

        private void onChanged(final SharingShard.Entry entry) {
            if (claim.onChanged(entry.epoch(), entry.owner(), entry.wanted())) {
                nextOpenNs = nowNs;
                follow();
            }
        }

        private void follow() {
            if (claim.reading() == reading) {
                return;
            }
            cancel(ackCall);
            cancel(releaseCall);
            lostJobs.addAll(jobs);
            jobs.clear();
            reading = claim.reading();
            if (reading != 0) {
                ackedPosition = readPosition;
                readDelayNs = random.nextLong(maxDelayNs);
                read = 0;
                while (read < shard.journal.size() && shard.journal.get(read).endPosition() <= readPosition) {
                    read++;
                }
            }
        }

        private void poll(final int limit) {
            int delivered = 0;
            while (reading != 0 && claim.mayDeliver() && isLeaseSure() && delivered < limit) {
                if (read == shard.journal.size()) {
                    return;
                }
                final SharingShard.Entry entry = shard.journal.get(read);
                if (!isHasty && entry.atNs() + readDelayNs > nowNs) {
                    return;
                }
                read++;
                if (entry.partition() != partition) {
                    tracker.onSkipped(entry.endPosition());
                } else if (!tracker.isDone(entry.endPosition())) {
                    tracker.onDelivered(entry.endPosition());
                    final SharingModel.Work work = model.deliver(id, claim.epoch(), partition, entry.endPosition());
                    jobs.add(new Job(work, entry.endPosition(), nowNs + random.nextLong(maxWorkNs)));
                    delivered++;
                }
            }
        }

        private void finishJobs() {
            for (final Job job : List.copyOf(jobs)) {
                if (jobs.contains(job) && (isHasty || job.dueNs() <= nowNs)) {
                    if (jobs.get(0).equals(job) && random.nextBoolean()) {
                        finishThrough(random.nextInt(jobs.size()));
                    } else {
                        finish(job);
                    }
                }
            }
            for (final Job job : List.copyOf(lostJobs)) {
                if (isHasty || job.dueNs() <= nowNs) {
                    lostJobs.remove(job);
                    model.drop(job.work(), partition);
                }
            }
        }

        // Only as far as all are done.
        private void finishThrough(final int last) {
            int count = 0;
            while (count <= last && (isHasty || jobs.get(count).dueNs() <= nowNs)) {
                count++;
            }
            tracker.ackThrough(jobs.get(count - 1).position());
            for (int i = 0; i < count; i++) {
                model.ack(jobs.remove(0).work(), partition);
            }
        }

        private void finish(final Job job) {
            tracker.ackSingle(job.position());
            jobs.remove(job);
            model.ack(job.work(), partition);
        }

        private void sendAcks() {
            if (isCalling(ackCall) || (tracker.unsentCount() == 0 && !tracker.hasMoved())) {
                return;
            }
            final long position = tracker.cursor();
            final int count = tracker.takeUnsent(singles);
            final UnsafeBuffer list = new UnsafeBuffer(new byte[count * Long.BYTES]);
            for (int i = 0; i < count; i++) {
                list.putLong(i * Long.BYTES, singles[i], ByteOrder.LITTLE_ENDIAN);
            }
            ackCall = ask(
                    (buffer, encoderHeader, correlation) -> new AckConsumerEncoder()
                            .wrapAndApplyHeader(buffer, 0, encoderHeader)
                            .correlationId(correlation)
                            .consumerId(consumerId)
                            .memberId(id)
                            .ownerEpoch(claim.epoch())
                            .position(position)
                            .putAcks(list, 0, list.capacity()),
                    CALL_TIMEOUT_NS,
                    answer -> onAcked(answer),
                    () -> tracker.sendAgain(ackedPosition));
        }

        private void onAcked(final UnsafeBuffer answer) {
            final CommandReplyDecoder decoded = new CommandReplyDecoder().wrapAndApplyHeader(answer, 0, header);
            if (decoded.code() == ResultCode.ACCEPTED) {
                ackedPosition = decoded.detail();
            } else {
                assertEquals(ResultCode.NOT_OWNER, decoded.code());
                claim.endReading();
                follow();
                claim.askAgain();
            }
        }

        private void release() {
            releaseCall = leave(true, answer -> claim.onReleaseAnswered(), claim::onReleaseAnswered);
        }

        private ShardCall leave(final boolean isKept, final Answered answered, final Runnable timeout) {
            return ask(
                    (buffer, encoderHeader, correlation) -> new LeaveConsumerEncoder()
                            .wrapAndApplyHeader(buffer, 0, encoderHeader)
                            .correlationId(correlation)
                            .consumerId(consumerId)
                            .memberId(id)
                            .ownerEpoch(claim.epoch())
                            .keepMembership(isKept ? BooleanType.TRUE : BooleanType.FALSE),
                    CALL_TIMEOUT_NS,
                    answered,
                    timeout);
        }

        private boolean isFlushed() {
            return reading == 0 || (!isCalling(ackCall) && tracker.unsentCount() == 0 && !tracker.hasMoved());
        }

        private void close() {
            claim.endReading();
            follow();
            cancel(openCall);
            watchedConsumerId = 0;
            if (claim.isKnown() && isOpen) {
                leave(false, answer -> {}, () -> {});
            }
        }
    }
}
