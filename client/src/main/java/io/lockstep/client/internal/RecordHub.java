package io.lockstep.client.internal;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import io.lockstep.wire.JournalFormat;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;

/**
 * The readers of one shard's journal in one client: one shared reader at the live end whose records go through a window to
 * all who have come that far, and a bounded number of readers for those who have not. Whoever polls at the end of the
 * window reads on for all. One who stops is overtaken by the window and costs the others nothing; when it polls again it
 * reads by itself until it meets the window. A sole reader reads without window.
 *
 * <p>Those who catch up share {@code maxCatchUpReaders} readers by turns of {@link #TURN_NS}, so that one who holds a reader
 * and stops does not keep it. Belongs to the thread that owns the client; steady delivery allocates nothing.
 */
final class RecordHub {
    /** How long a reader that catches up is safe from those who wait for one. */
    static final long TURN_NS = TimeUnit.SECONDS.toNanos(1);

    /** How long a reader may look for a node that answers before those who wait get its place. */
    static final long CONNECT_NS = TimeUnit.SECONDS.toNanos(10);

    // Who had everything at its last poll, and that was so lately, is not overtaken: it is in the same round of polls.
    private static final long ROUND_NS = TimeUnit.MILLISECONDS.toNanos(20);

    // Who waits and has not polled for so long does not keep others from a free reader.
    private static final long ACTIVE_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final int MOVES_KEPT = 16;
    private static final int PULL_LIMIT = 256;

    private final int shardId;
    private final ReaderSupplier supplier;
    private final int maxCatchUpReaders;
    private final NanoClock clock;
    private final RecordWindow window;
    private final List<HubReader> members = new ArrayList<>();
    private final List<HubReader> catchingUp = new ArrayList<>();
    private final List<HubReader> waiting = new ArrayList<>();
    private final RecordHandler appender = this::append;
    private final RecordHandler prober = this::probe;

    // The log of moves of the shared reader: each member is told of them when it polls.
    private final int[] moveNodeIds = new int[MOVES_KEPT];
    private final String[] moveReasons = new String[MOVES_KEPT];
    private long moveCount;

    private RecordReader reader;
    private boolean isFresh;
    private boolean isBeginKnown;
    private boolean isLost;
    private long lostPosition;
    private int joinedCount;
    private int filledBytes;
    private boolean isPinKnown;
    private long pinnedIndex;
    private LiveProbe runningProbe;
    private LiveProbe nextProbe;
    private boolean isDelivering;
    private long overrunCount;
    private long promotionCount;

    RecordHub(
            final int shardId,
            final ReaderSupplier supplier,
            final int windowLength,
            final int maxCatchUpReaders,
            final NanoClock clock) {
        this.shardId = shardId;
        this.supplier = supplier;
        this.maxCatchUpReaders = maxCatchUpReaders;
        this.clock = clock;
        this.window = new RecordWindow(windowLength);
    }

    HubReader open(final StartPosition start, final SubscriberListener listener) {
        final HubReader member = new HubReader(this, start, listener);
        members.add(member);
        begin(member);
        return member;
    }

    int shardId() {
        return shardId;
    }

    int memberCount() {
        return members.size();
    }

    int catchUpCount() {
        return catchingUp.size();
    }

    int waitingCount() {
        return waiting.size();
    }

    int heldBytes() {
        return window.heldBytes();
    }

    long overrunCount() {
        return overrunCount;
    }

    long promotionCount() {
        return promotionCount;
    }

    boolean hasReader() {
        return reader != null;
    }

    RecordWindow window() {
        return window;
    }

    /** Whether records are being handed out: the window must stay as it is. */
    boolean isDelivering() {
        return isDelivering;
    }

    void delivering(final boolean newIsDelivering) {
        isDelivering = newIsDelivering;
    }

    boolean isAlone() {
        return members.size() == 1;
    }

    long readerPosition() {
        return reader == null ? -1 : reader.position();
    }

    int readerNodeId() {
        return reader == null ? -1 : reader.nodeId();
    }

    long nowNs() {
        return clock.nanoTime();
    }

    long moveCount() {
        return moveCount;
    }

    void hint(final long journalPosition) {
        if (reader != null) {
            reader.hint(journalPosition);
        }
        if (runningProbe != null) {
            runningProbe.hint(journalPosition);
        }
    }

    /** Puts a member where it belongs by its position, or by its start where it has none yet. */
    void begin(final HubReader member) {
        if (member.isLiveStart()) {
            if (reader == null) {
                reader = supplier.open(StartPosition.live(), new Relay(null));
                isFresh = true;
                isBeginKnown = false;
                window.reset(-1);
            }
            if (isFresh) {
                join(member, window.nextIndex());
            } else {
                beginProbe(member);
            }
        } else {
            member.await(clock.nanoTime());
            waiting.add(member);
        }
    }

    /** Joins where the window holds what comes behind the member's position, or the shared reader stands there. */
    boolean tryJoin(final HubReader member) {
        if (reader == null) {
            return false;
        }
        final long position = member.position();
        long index = window.indexAt(position);
        if (index < 0 && position == reader.position()) {
            index = window.nextIndex();
        }
        if (index < 0) {
            return false;
        }
        waiting.remove(member);
        catchingUp.remove(member);
        member.closeOwn();
        join(member, index);
        return true;
    }

    /** The window went on without the member, or the shared reader is gone. */
    void leave(final HubReader member, final boolean isOverrun) {
        overrunCount += isOverrun ? 1 : 0;
        detach(member);
        begin(member);
    }

    /** Reads on for all. */
    int fill(final int recordLimit) {
        if (reader == null) {
            return 0;
        }
        isFresh = false;
        filledBytes = 0;
        isPinKnown = false;
        final int count = reader.poll(appender, recordLimit);
        settleBegin(reader.position());
        closeWhereLost();
        return count;
    }

    /** Reads on for the only member, which stands at the end of the window. */
    int pass(final RecordHandler handler, final int recordLimit) {
        isFresh = false;
        final int count;
        isDelivering = true;
        try {
            count = reader.poll(handler, recordLimit);
        } finally {
            isDelivering = false;
            if (reader != null) {
                window.clear(reader.position());
                settleBegin(reader.position());
            }
        }
        closeWhereLost();
        return count;
    }

    /** A member that read by itself stands at the end of its node's journal: brings it and the shared reader together. */
    void converge(final HubReader member) {
        if (isAlone()) {
            return;
        }
        if (reader == null) {
            promote(member);
            return;
        }
        final long readerPosition = reader.position();
        if (readerPosition >= 0 && member.position() - readerPosition > window.capacity()) {
            promote(member);
        } else if (readerPosition < member.position()) {
            fill(PULL_LIMIT);
            tryJoin(member);
        }
    }

    /** For one who waits: pulls the shared reader up to it where that is near, and joins. */
    boolean tryPullAndJoin(final HubReader member) {
        if (tryJoin(member)) {
            return true;
        }
        final long readerPosition = readerPosition();
        if (reader != null
                && readerPosition < member.position()
                && (readerPosition < 0 || member.position() - readerPosition <= window.capacity())) {
            fill(PULL_LIMIT);
            return tryJoin(member);
        }
        return false;
    }

    /** Gives a reader of its own to one who waits, where one is free or is held for longer than its turn. */
    boolean tryCatchUp(final HubReader member) {
        final long nowNs = clock.nanoTime();
        member.onAsked(nowNs);
        final HubReader holder = catchingUp.size() < maxCatchUpReaders ? null : longestHolder(nowNs);
        if ((catchingUp.size() >= maxCatchUpReaders && holder == null) || isAnotherFirst(member, nowNs)) {
            return false;
        }
        if (holder != null) {
            catchingUp.remove(holder);
            holder.closeOwn();
            holder.await(nowNs);
            waiting.add(holder);
        }
        waiting.remove(member);
        catchingUp.add(member);
        final Relay relay = new Relay(member);
        member.catchUp(supplier.open(member.ownStart(), relay), relay, nowNs);
        return true;
    }

    /** Looks for the live end; true when the member's probe found it. */
    boolean probe(final LiveProbe probe) {
        if (!probe.isDone() && runningProbe != null && !runningProbe.equals(probe)) {
            pollRunningProbe();
        }
        if (!probe.isDone() && runningProbe == null) {
            runningProbe = probe;
            nextProbe = null;
            probe.begin(supplier.open(StartPosition.live(), probe));
        }
        if (!probe.isDone() && runningProbe.equals(probe)) {
            pollRunningProbe();
        }
        return probe.isDone();
    }

    /** The member's probe found the live end: it goes on from there like all who have a position. */
    void endProbe(final HubReader member, final LiveProbe probe) {
        leaveProbe(probe);
        member.await(clock.nanoTime());
        waiting.add(member);
    }

    /** Tells a member of the moves of the shared reader since it was told last. */
    void tellMoves(final SubscriberListener listener, final long seenCount) {
        for (long i = Math.max(seenCount, moveCount - MOVES_KEPT); i < moveCount; i++) {
            final int slot = (int) (i % MOVES_KEPT);
            listener.onNodeChanged(shardId, moveNodeIds[slot], moveReasons[slot]);
        }
    }

    /** Takes a member out of whatever it is in. */
    void detach(final HubReader member) {
        if (member.isJoined()) {
            joinedCount--;
            member.onLeft();
            if (joinedCount == 0) {
                closeReader();
            }
        }
        waiting.remove(member);
        catchingUp.remove(member);
        member.closeOwn();
    }

    void leaveProbe(final LiveProbe probe) {
        if (probe.removeUser()) {
            probe.close();
            if (probe.equals(runningProbe)) {
                runningProbe = null;
            }
            if (probe.equals(nextProbe)) {
                nextProbe = null;
            }
        }
    }

    void remove(final HubReader member) {
        detach(member);
        members.remove(member);
        if (members.isEmpty()) {
            closeReader();
        }
    }

    @Override
    public String toString() {
        return "RecordHub{shard=" + shardId + ", node=" + readerNodeId() + ", position=" + readerPosition()
                + ", joined=" + joinedCount + ", members=" + members + '}';
    }

    private void join(final HubReader member, final long index) {
        joinedCount++;
        member.join(index, moveCount);
    }

    private void beginProbe(final HubReader member) {
        if (nextProbe == null) {
            nextProbe = new LiveProbe();
        }
        nextProbe.addUser();
        member.look(nextProbe);
    }

    private void pollRunningProbe() {
        runningProbe.poll(prober);
        if (runningProbe.isDone()) {
            runningProbe = null;
        }
    }

    private Action probe(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        runningProbe.found(endPosition - JournalFormat.framedLength(length));
        return Action.ABORT;
    }

    private Action append(final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        settleBegin(endPosition - JournalFormat.framedLength(length));
        if (!window.keeps(pinnedIndex(), length)) {
            return Action.ABORT;
        }
        window.append(buffer, offset, length, endPosition);
        filledBytes += length;
        // Who reads on shall not be overtaken by what it reads.
        return filledBytes > window.capacity() / 8 ? Action.BREAK : Action.CONTINUE;
    }

    // Looked for once in a fill, and only where there is something to fill.
    private long pinnedIndex() {
        if (!isPinKnown) {
            isPinKnown = true;
            pinnedIndex = window.nextIndex();
            final long nowNs = clock.nanoTime();
            for (int i = 0; i < members.size(); i++) {
                final HubReader member = members.get(i);
                if (member.isCaughtUp() && nowNs - member.askedNs() < ROUND_NS) {
                    pinnedIndex = Math.min(pinnedIndex, member.index());
                }
            }
        }
        return pinnedIndex;
    }

    private void promote(final HubReader member) {
        promotionCount++;
        CloseHelper.close(reader);
        catchingUp.remove(member);
        reader = member.giveOwn();
        isBeginKnown = true;
        isFresh = false;
        isLost = false;
        window.reset(member.position());
        join(member, window.nextIndex());
    }

    private HubReader longestHolder(final long nowNs) {
        HubReader longest = null;
        for (int i = 0; i < catchingUp.size(); i++) {
            final HubReader holder = catchingUp.get(i);
            if (holder.isTurnOver(nowNs) && (longest == null || holder.sinceNs() - longest.sinceNs() < 0)) {
                longest = holder;
            }
        }
        return longest;
    }

    private boolean isAnotherFirst(final HubReader member, final long nowNs) {
        for (int i = 0; i < waiting.size(); i++) {
            final HubReader other = waiting.get(i);
            if (other.sinceNs() - member.sinceNs() < 0 && nowNs - other.askedNs() < ACTIVE_NS) {
                return true;
            }
        }
        return false;
    }

    // Who began here and is overtaken before it got anything would else begin again at another place, without notice.
    private void settleBegin(final long beginPosition) {
        if (!isBeginKnown && beginPosition >= 0) {
            isBeginKnown = true;
            for (int i = 0; i < members.size(); i++) {
                members.get(i).onBeginKnown(beginPosition);
            }
        }
    }

    private void closeWhereLost() {
        if (isLost) {
            settleBegin(lostPosition);
            closeReader();
        }
    }

    private void closeReader() {
        isLost = false;
        isFresh = false;
        final RecordReader closed = reader;
        reader = null;
        CloseHelper.close(closed);
    }

    /** Hands what a reader tells to the member that has it, or to all where it is the shared one. */
    final class Relay implements SubscriberListener {
        private HubReader owner;

        Relay(final HubReader owner) {
            this.owner = owner;
        }

        /** The reader is the shared one from now on. */
        void share() {
            owner = null;
        }

        @Override
        public void onNodeChanged(final int shardId, final int nodeId, final String reason) {
            if (owner != null) {
                owner.listener().onNodeChanged(shardId, nodeId, reason);
            } else {
                final int slot = (int) (moveCount % MOVES_KEPT);
                moveNodeIds[slot] = nodeId;
                moveReasons[slot] = reason;
                moveCount++;
            }
        }

        @Override
        public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
            if (owner != null) {
                owner.listener().onCursorLost(shardId, wantedPosition, firstReadablePosition);
            } else {
                // Each member that still needs it finds it out by itself, and says itself what to do.
                isLost = true;
                lostPosition = wantedPosition;
            }
        }
    }
}
