package io.lockstep.client.window;

import org.agrona.BitUtil;
import org.agrona.DirectBuffer;

/**
 * What one member of a group knows of the group's work in one shard. It is told the messages and the assignments in the
 * order of the journal, hands out in the order of assignment what is the member's, and collects what the member decides.
 *
 * <p>A message is kept, within a bound of bytes, from when it is read until the record that assigns it: what goes to this
 * member waits to be handed out, what goes to another is forgotten. A message that was assigned after the bound had made
 * its copy go is not {@linkplain #isNextHeld() held}; it must be read again at its position. What was handed out stays
 * open until the member decides, or until the journal says that the message was assigned anew.
 *
 * <p>Bounds: bytes of copies; assignments that wait, behind which the journal is not read further
 * ({@link #canTake}); and decisions that wait, without room for which nothing is handed out ({@link #canHandOut}).
 * Belongs to one thread; allocates nothing once its maps have grown.
 */
public final class GroupWindow {
    private static final long NONE = -1;
    private static final int TAKEN_AWAY = 0;

    private final RecordRing ring;
    private final int mask;
    private final long[] positions;
    private final int[] lengths;
    private final int[] attempts;
    private final PositionMap waiting = new PositionMap(NONE);
    private final PositionMap open = new PositionMap(NONE);
    private final SettleQueue settles;
    private long head;
    private long tail;
    private long takenAway;

    /**
     * An empty window.
     *
     * @param ringBytes   greatest number of bytes of copies, a power of two.
     * @param maxAssigned greatest number of assignments that wait to be handed out, and of messages that are open.
     */
    public GroupWindow(final int ringBytes, final int maxAssigned) {
        final int capacity = BitUtil.findNextPositivePowerOfTwo(maxAssigned);
        ring = new RecordRing(ringBytes);
        mask = capacity - 1;
        positions = new long[capacity];
        lengths = new int[capacity];
        attempts = new int[capacity];
        // Each open message has a place of its own, and as many more may ask for more time.
        settles = new SettleQueue(2 * capacity);
    }

    /**
     * Whether an assignment record can be taken.
     *
     * @param entries of the record.
     * @return false where the member must first be handed out what waits.
     */
    public boolean canTake(final int entries) {
        return tail - head + entries <= positions.length;
    }

    /**
     * A message that the group wants was read.
     *
     * @param buffer   that holds its record; it is copied.
     * @param offset   of the record.
     * @param length   of the record in bytes.
     * @param position behind the record.
     */
    public void onMessage(final DirectBuffer buffer, final int offset, final int length, final long position) {
        ring.put(buffer, offset, length, position);
    }

    /**
     * A message was assigned, for the first time or anew; who had it before has it no more.
     *
     * @param isOwn        whether to this member.
     * @param position     behind the message's record.
     * @param recordLength of that record in bytes.
     * @param attempt      how often the message was handed out, this time included; from 1.
     */
    public void onAssigned(final boolean isOwn, final long position, final int recordLength, final int attempt) {
        takeAway(position);
        if (!isOwn) {
            ring.remove(position);
            return;
        }
        if (!canTake(1)) {
            throw new IllegalStateException("there is no room for the assignment of the message at " + position);
        }
        final int place = (int) tail & mask;
        positions[place] = position;
        lengths[place] = recordLength;
        attempts[place] = attempt;
        waiting.put(position, tail);
        tail++;
    }

    /** The member is no longer what it was to the shard: nothing that it was given is its own any more. */
    public void onMembershipLost() {
        takenAway += waiting.size() + open.size();
        head = tail;
        waiting.clear();
        open.clear();
        settles.drop(settles.size());
    }

    /**
     * Whether the member may be handed out something: it waits, and there is room for what is decided about it.
     *
     * @return true if so.
     */
    public boolean canHandOut() {
        return open.size() < positions.length && open.size() + settles.size() < settles.capacity() && hasNext();
    }

    /**
     * Whether an assignment waits.
     *
     * @return true if so.
     */
    public boolean hasNext() {
        while (head < tail && attempts[(int) head & mask] == TAKEN_AWAY) {
            head++;
        }
        return head < tail;
    }

    /**
     * Whether the record of the next message is held, see {@link #buffer()}.
     *
     * @return false where it must be read again.
     */
    public boolean isNextHeld() {
        return ring.has(nextPosition());
    }

    /**
     * Position of the next message; only where there is one.
     *
     * @return behind its record.
     */
    public long nextPosition() {
        return positions[(int) head & mask];
    }

    /**
     * Length of the record of the next message.
     *
     * @return in bytes.
     */
    public int nextRecordLength() {
        return lengths[(int) head & mask];
    }

    /**
     * How often the next message was handed out.
     *
     * @return this time included.
     */
    public int nextAttempt() {
        return attempts[(int) head & mask];
    }

    /**
     * Where the record of the next message lies in {@link #buffer()}; only where it is held.
     *
     * @return the offset of its first byte.
     */
    public int nextOffset() {
        return ring.offsetOf(nextPosition());
    }

    /**
     * Holds the copies. What was handed out last stays valid there until the next message is read.
     *
     * @return the buffer.
     */
    public DirectBuffer buffer() {
        return ring.buffer();
    }

    /** The next message is handed out: it is open from now on. */
    public void handOut() {
        final long position = nextPosition();
        open.put(position, nextAttempt());
        waiting.remove(position);
        ring.remove(position);
        head++;
    }

    /**
     * Whether a message is open: handed out, not decided and not taken away.
     *
     * @param position behind its record.
     * @param attempt  with which it was handed out.
     * @return true if so.
     */
    public boolean isOpen(final long position, final int attempt) {
        return open.get(position) == attempt;
    }

    /**
     * Decides about an open message.
     *
     * @param position behind its record.
     * @param attempt  with which it was handed out.
     * @param verdict  raw value of the verdict.
     * @param delayNs  before it is handed out again, where that is asked for.
     * @return false where it is not open.
     */
    public boolean settle(final long position, final int attempt, final byte verdict, final long delayNs) {
        if (!isOpen(position, attempt)) {
            return false;
        }
        open.remove(position);
        settles.add(position, attempt, verdict, delayNs);
        return true;
    }

    /**
     * Asks for more time for an open message.
     *
     * @param position behind its record.
     * @param attempt  with which it was handed out.
     * @param verdict  raw value of the verdict that asks for time.
     * @param delayNs  from the time on at which the shard is told.
     * @return false where it is not open, or where too many decisions wait to be told.
     */
    public boolean extend(final long position, final int attempt, final byte verdict, final long delayNs) {
        if (!isOpen(position, attempt) || open.size() + settles.size() >= settles.capacity()) {
            return false;
        }
        settles.add(position, attempt, verdict, delayNs);
        return true;
    }

    /**
     * Number of decisions that wait to be told.
     *
     * @return from 0.
     */
    public int settleCount() {
        return settles.size();
    }

    /**
     * Position of a decision.
     *
     * @param index from 0, the oldest.
     * @return behind the message's record.
     */
    public long settlePosition(final int index) {
        return settles.position(index);
    }

    /**
     * Attempt of a decision.
     *
     * @param index from 0.
     * @return with which the message was handed out.
     */
    public int settleAttempt(final int index) {
        return settles.attempt(index);
    }

    /**
     * Verdict of a decision.
     *
     * @param index from 0.
     * @return its raw value.
     */
    public byte settleVerdict(final int index) {
        return settles.verdict(index);
    }

    /**
     * Delay of a decision.
     *
     * @param index from 0.
     * @return in nanoseconds.
     */
    public long settleDelayNs(final int index) {
        return settles.delayNs(index);
    }

    /**
     * Forgets decisions that are on their way.
     *
     * @param count of the oldest.
     */
    public void dropSettles(final int count) {
        settles.drop(count);
    }

    /**
     * Messages that are open.
     *
     * @return their number.
     */
    public int openCount() {
        return open.size();
    }

    /**
     * Assignments that wait to be handed out.
     *
     * @return their number.
     */
    public int waitingCount() {
        return waiting.size();
    }

    /**
     * Copies of messages that are held.
     *
     * @return their number.
     */
    public int heldCount() {
        return ring.size();
    }

    /**
     * Messages that were assigned to the member and taken away before it decided.
     *
     * @return their number since the window was made.
     */
    public long takenAwayCount() {
        return takenAway;
    }

    private void takeAway(final long position) {
        final long place = waiting.remove(position);
        if (place != NONE) {
            attempts[(int) place & mask] = TAKEN_AWAY;
            takenAway++;
        }
        if (open.remove(position) != NONE) {
            takenAway++;
        }
    }
}
