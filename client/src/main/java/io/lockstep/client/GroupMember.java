package io.lockstep.client;

import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;

/**
 * A member of a group, which gets a share of the group's messages: each message goes to one member at a time. The member
 * decides about each: done, again later, more time, or give up. What it does not decide in time, and what it has when it
 * leaves or its lease ends, is handed out again, so a message may come more than once, but never again when
 * a decision that it is done was taken.
 *
 * <p>The shards assign messages by records of the journal, which the member reads from any node: nothing is lost when a
 * leader is. Decisions are told in the turns of the client, many at once. Made by {@link LockstepClient#addGroupMember} and
 * owned by the thread that owns the client.
 */
public final class GroupMember implements AutoCloseable {
    private static final long LEAVE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(3);
    private static final long MAX_DELAY_NS = TimeUnit.HOURS.toNanos(12);

    private final LockstepClient client;
    private final GroupHandler handler;
    private final GroupLane[] lanes;
    private final MemberDuty memberDuty;
    private final ClientDuty duty = new Duty();
    private int firstLane;
    private boolean isClosed;

    GroupMember(
            final LockstepClient client,
            final MemberDuty memberDuty,
            final GroupConfig config,
            final GroupHandler handler) {
        this.client = client;
        this.memberDuty = memberDuty;
        this.handler = handler;
        this.lanes = new GroupLane[client.shardCount()];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = new GroupLane(client, memberDuty, config, this, i);
        }
        client.add(duty);
    }

    /**
     * Hands messages to the handler, and drives the client. An exception of the handler leaves through this call; the
     * message stays the member's, without a decision.
     *
     * @param limit greatest number of messages.
     * @return number of messages that were handed out.
     * @throws LockstepException where a shard does not take the member, or the group was deleted.
     */
    public int poll(final int limit) {
        client.doWork();
        if (isClosed || !client.beginPoll()) {
            return 0;
        }
        int handedOut = 0;
        try {
            // Each poll begins with another shard, so that a busy one does not starve the others.
            for (int i = 0; i < lanes.length && handedOut < limit; i++) {
                final GroupLane lane = lanes[(firstLane + i) % lanes.length];
                if (lane.failure() != null) {
                    throw new LockstepException(lane.failure());
                }
                handedOut += lane.poll(limit - handedOut);
            }
            firstLane = (firstLane + 1) % lanes.length;
        } finally {
            client.endPoll();
        }
        return handedOut;
    }

    /**
     * Whether the member is in the group in all shards.
     *
     * @return true if so.
     */
    public boolean isJoined() {
        for (final GroupLane lane : lanes) {
            if (!lane.isJoined()) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the member is in the group in a shard.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    public boolean isJoined(final int shardId) {
        return lanes[shardId].isJoined();
    }

    /**
     * A message is done.
     *
     * @param shardId  of the message.
     * @param position of the message.
     * @param attempt  with which it was handed out.
     * @return false where the message is not this member's any more, or was decided before.
     */
    public boolean ack(final int shardId, final long position, final int attempt) {
        return lanes[shardId].settle(position, attempt, SettleSender.DONE, SettleSender.NO_DELAY);
    }

    /**
     * A message shall be handed out again, after the delay of the group.
     *
     * @param shardId  of the message.
     * @param position of the message.
     * @param attempt  with which it was handed out.
     * @return false where the message is not this member's any more, or was decided before.
     */
    public boolean reject(final int shardId, final long position, final int attempt) {
        return lanes[shardId].settle(position, attempt, SettleSender.REJECT, SettleSender.NO_DELAY);
    }

    /**
     * A message shall be handed out again after a delay.
     *
     * @param shardId  of the message.
     * @param position of the message.
     * @param attempt  with which it was handed out.
     * @param delayNs  0 to 12 h.
     * @return false where the message is not this member's any more, or was decided before.
     */
    public boolean rejectAfter(final int shardId, final long position, final int attempt, final long delayNs) {
        if (delayNs < 0 || delayNs > MAX_DELAY_NS) {
            throw new IllegalArgumentException("a delay is 0 to 12 h, but it is " + delayNs + " ns");
        }
        return lanes[shardId].settle(position, attempt, SettleSender.REJECT, delayNs);
    }

    /**
     * Work on a message goes on: the member may keep it for as long again as the group gives, from when the shard is told.
     *
     * @param shardId  of the message.
     * @param position of the message.
     * @param attempt  with which it was handed out.
     * @return false where the message is not this member's any more, was decided, or too many decisions wait to be told.
     */
    public boolean extend(final int shardId, final long position, final int attempt) {
        return lanes[shardId].extend(position, attempt, SettleSender.NO_DELAY);
    }

    /**
     * A message can't be worked on: it becomes a dead letter.
     *
     * @param shardId  of the message.
     * @param position of the message.
     * @param attempt  with which it was handed out.
     * @return false where the message is not this member's any more, or was decided before.
     */
    public boolean deadLetter(final int shardId, final long position, final int attempt) {
        return lanes[shardId].settle(position, attempt, SettleSender.GIVE_UP, SettleSender.NO_DELAY);
    }

    /**
     * Messages that were handed out and await a decision.
     *
     * @return their number in all shards.
     */
    public int openCount() {
        int count = 0;
        for (final GroupLane lane : lanes) {
            count += lane.window().openCount();
        }
        return count;
    }

    /**
     * Messages that were assigned to the member and given to others before it decided.
     *
     * @return their number since the member was made.
     */
    public long takenAwayCount() {
        long count = 0;
        for (final GroupLane lane : lanes) {
            count += lane.window().takenAwayCount();
        }
        return count;
    }

    /**
     * Waits until the shards have answered to all decisions. Not to be called from a handler or listener.
     *
     * @param timeoutNs greatest time to wait.
     * @return false where answers are missing.
     */
    public boolean drain(final long timeoutNs) {
        final long deadlineNs = client.nowNs() + timeoutNs;
        while (!isSettled()) {
            if (isClosed || client.nowNs() - deadlineNs >= 0) {
                return false;
            }
            client.workOrIdle();
        }
        return true;
    }

    /**
     * Tells what was decided, leaves the group, which gives what is left to others at once, and ends. Waits up to 3 s for
     * the shards. Not to be called from a handler or listener. Closing twice is harmless.
     */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        try {
            leave();
        } finally {
            client.remove(duty);
            CloseHelper.closeAll(lanes);
            CloseHelper.close(memberDuty);
        }
    }

    GroupHandler handler() {
        return handler;
    }

    private void leave() {
        final long deadlineNs = client.nowNs() + LEAVE_TIMEOUT_NS;
        while (!isSettled() && client.nowNs() - deadlineNs < 0) {
            client.workOrIdle();
        }
        for (final GroupLane lane : lanes) {
            lane.leave(client.nowNs(), LEAVE_TIMEOUT_NS);
        }
        while (!isLeft() && client.nowNs() - deadlineNs < 0) {
            client.workOrIdle();
        }
    }

    private boolean isSettled() {
        for (final GroupLane lane : lanes) {
            if (lane.isJoined() && !lane.isSettled()) {
                return false;
            }
        }
        return true;
    }

    private boolean isLeft() {
        for (final GroupLane lane : lanes) {
            if (!lane.isLeft()) {
                return false;
            }
        }
        return true;
    }

    /** What the client drives. */
    private final class Duty implements ClientDuty {
        @Override
        public int doWork(final long nowNs) {
            int workCount = 0;
            for (final GroupLane lane : lanes) {
                workCount += lane.doWork(nowNs);
            }
            return workCount;
        }

        @Override
        public void onJournalPosition(final int shardId, final long journalPosition) {
            lanes[shardId].hint(journalPosition);
        }

        @Override
        public void close() {
            GroupMember.this.close();
        }
    }
}
