package io.lockstep.client.internal;

import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import io.lockstep.wire.RecordLayout;
import org.agrona.DirectBuffer;

/**
 * One subscriber's place in the journal of a shard: in the window of the hub while it keeps up, else with a reader of its
 * own or waiting for one. What it hands out is without gap or duplicate, wherever it comes from. Belongs to the thread
 * that owns the client.
 */
final class HubReader implements RecordReader {
    private enum State {
        /** In the window of the hub. */
        JOINED,
        /** Finds the live end, where it begins. */
        LOOKING,
        /** Reads by itself. */
        CATCHING_UP,
        /** Wants a reader of its own. */
        WAITING,
        CLOSED
    }

    private final RecordHub hub;
    private final StartPosition start;
    private final SubscriberListener listener;
    // Until a record of its time came: a place alone does not say it, for what lies behind may be older than the time.
    private long skipBelowNs;
    private State state = State.WAITING;
    private long position;
    private long index;
    private boolean isStopped;
    private boolean isCaughtUp;
    private long seenMoveCount;
    private int toldNodeId = -1;
    private RecordReader own;
    private boolean isOwnConnected;
    private RecordHub.Relay ownRelay;
    private LiveProbe probe;
    // What the shared reader had passed when this one began to look for the live end.
    private long knownPosition;
    // When the present state began, and when a reader was asked for last.
    private long sinceNs;
    private long askedNs;

    HubReader(final RecordHub hub, final StartPosition start, final SubscriberListener listener) {
        this.hub = hub;
        this.start = start;
        this.listener = listener;
        this.position = start.kind() == StartPosition.Kind.POSITION ? start.value() : -1;
        this.skipBelowNs = start.kind() == StartPosition.Kind.TIME ? start.value() : Long.MIN_VALUE;
    }

    @Override
    public int poll(final RecordHandler handler, final int recordLimit) {
        if (state == State.CLOSED || hub.isDelivering()) {
            return 0;
        }
        return skipBelowNs == Long.MIN_VALUE
                ? pollAny(handler, recordLimit)
                : pollAny(
                        (buffer, offset, length, endPosition) ->
                                skipOrHandle(handler, buffer, offset, length, endPosition),
                        recordLimit);
    }

    private Action skipOrHandle(
            final RecordHandler handler,
            final DirectBuffer buffer,
            final int offset,
            final int length,
            final long endPosition) {
        if (skipBelowNs != Long.MIN_VALUE
                && length >= RecordLayout.MIN_RECORD_LENGTH
                && RecordLayout.timestampNs(buffer, offset) < skipBelowNs) {
            return Action.CONTINUE;
        }
        skipBelowNs = Long.MIN_VALUE;
        return handler.onRecord(buffer, offset, length, endPosition);
    }

    private int pollAny(final RecordHandler handler, final int recordLimit) {
        if (state == State.LOOKING && hub.probe(probe)) {
            endLooking();
        }
        if (state == State.WAITING && !(position >= 0 && hub.tryPullAndJoin(this))) {
            hub.tryCatchUp(this);
        }
        if (state == State.CATCHING_UP) {
            return pollOwn(handler, recordLimit);
        }
        return state == State.JOINED ? pollWindow(handler, recordLimit) : 0;
    }

    @Override
    public long position() {
        if (state == State.JOINED && index == hub.window().nextIndex() && hub.hasReader()) {
            final long readerPosition = hub.readerPosition();
            return readerPosition < 0 ? position : readerPosition;
        }
        return position;
    }

    @Override
    public int nodeId() {
        return switch (state) {
            case JOINED -> hub.readerNodeId();
            case CATCHING_UP -> own.nodeId();
            case LOOKING -> probe.nodeId();
            case WAITING, CLOSED -> -1;
        };
    }

    @Override
    public void moveTo(final long newPosition) {
        if (state == State.CLOSED || hub.isDelivering()) {
            throw new IllegalStateException("the reader of shard " + hub.shardId()
                    + (state == State.CLOSED ? " is closed" : " cannot be moved by a handler"));
        }
        skipBelowNs = Long.MIN_VALUE;
        if (state == State.CATCHING_UP) {
            position = newPosition;
            own.moveTo(newPosition);
            return;
        }
        if (state == State.LOOKING) {
            leaveProbe();
        }
        hub.detach(this);
        position = newPosition;
        hub.begin(this);
    }

    @Override
    public void hint(final long journalPosition) {
        if (own != null) {
            own.hint(journalPosition);
        } else {
            hub.hint(journalPosition);
        }
    }

    @Override
    public void close() {
        if (state != State.CLOSED) {
            if (state == State.LOOKING) {
                leaveProbe();
            }
            hub.remove(this);
            state = State.CLOSED;
        }
    }

    SubscriberListener listener() {
        return listener;
    }

    boolean isJoined() {
        return state == State.JOINED;
    }

    /** Whether it is still to begin at the live end. */
    boolean isLiveStart() {
        return position < 0 && start.kind() == StartPosition.Kind.LIVE;
    }

    StartPosition ownStart() {
        return position < 0 ? start : StartPosition.position(position);
    }

    /** Whether it had everything that the window held at its last poll. */
    boolean isCaughtUp() {
        return state == State.JOINED && isCaughtUp;
    }

    long index() {
        return index;
    }

    long sinceNs() {
        return sinceNs;
    }

    long askedNs() {
        return askedNs;
    }

    /**
     * Whether the reader of its own may be given to another. The turn begins when a node answers: the first that is asked
     * may be gone, and to ask the next one takes longer than a turn.
     */
    boolean isTurnOver(final long nowNs) {
        final long heldNs = nowNs - sinceNs;
        final boolean isInUse = !isOwnConnected && nowNs - askedNs < RecordHub.TURN_NS;
        return heldNs >= (isInUse ? RecordHub.CONNECT_NS : RecordHub.TURN_NS);
    }

    void onAsked(final long nowNs) {
        askedNs = nowNs;
    }

    void join(final long newIndex, final long moveCount) {
        state = State.JOINED;
        index = newIndex;
        isCaughtUp = false;
        seenMoveCount = moveCount;
        final int nodeId = hub.readerNodeId();
        if (toldNodeId >= 0 && nodeId >= 0 && nodeId != toldNodeId) {
            listener.onNodeChanged(hub.shardId(), nodeId, "caught up: reads with the other subscribers now");
        }
    }

    void look(final LiveProbe newProbe) {
        state = State.LOOKING;
        probe = newProbe;
        knownPosition = hub.readerPosition();
    }

    void await(final long nowNs) {
        state = State.WAITING;
        sinceNs = nowNs;
        askedNs = nowNs;
    }

    void catchUp(final RecordReader reader, final RecordHub.Relay relay, final long nowNs) {
        state = State.CATCHING_UP;
        own = reader;
        isOwnConnected = false;
        askedNs = nowNs;
        ownRelay = relay;
        sinceNs = nowNs;
    }

    void onBeginKnown(final long beginPosition) {
        if (state == State.JOINED && position < 0) {
            position = beginPosition;
        }
    }

    void onLeft() {
        toldNodeId = hub.readerNodeId();
        state = State.WAITING;
    }

    /** Hands its reader to all. */
    RecordReader giveOwn() {
        final RecordReader given = own;
        toldNodeId = given.nodeId();
        ownRelay.share();
        own = null;
        ownRelay = null;
        return given;
    }

    void closeOwn() {
        if (own != null) {
            final RecordReader closed = own;
            toldNodeId = closed.nodeId();
            own = null;
            ownRelay = null;
            closed.close();
        }
    }

    @Override
    public String toString() {
        return "HubReader{shard=" + hub.shardId() + ", state=" + state + ", node=" + nodeId() + ", position="
                + position() + ", own=" + own + '}';
    }

    private void endLooking() {
        final LiveProbe ended = probe;
        // A node that just came back tells the end of what it has, before which nothing is new.
        position = Math.max(ended.position(), knownPosition);
        probe = null;
        hub.endProbe(this, ended);
    }

    private void leaveProbe() {
        final LiveProbe left = probe;
        probe = null;
        state = State.WAITING;
        hub.leaveProbe(left);
    }

    private int pollOwn(final RecordHandler handler, final int recordLimit) {
        final int count;
        hub.delivering(true);
        try {
            count = own.poll(handler, recordLimit);
        } finally {
            hub.delivering(false);
            if (own != null && own.position() >= 0) {
                position = own.position();
            }
        }
        askedNs = hub.nowNs();
        if (own != null && !isOwnConnected && own.nodeId() >= 0) {
            isOwnConnected = true;
            sinceNs = askedNs;
        }
        if (state == State.CATCHING_UP
                && position >= 0
                && !hub.tryJoin(this)
                && count == 0
                // A reader that passes over what is older than a time is not one for the others.
                && skipBelowNs == Long.MIN_VALUE
                && own.nodeId() >= 0
                && own.position() >= 0) {
            hub.converge(this);
        }
        return count;
    }

    private int pollWindow(final RecordHandler handler, final int recordLimit) {
        if (index < hub.window().firstIndex()) {
            hub.leave(this, true);
            return 0;
        }
        isStopped = false;
        askedNs = hub.nowNs();
        int count = deliverHeld(handler, recordLimit);
        if (!isStopped
                && state == State.JOINED
                && count < recordLimit
                && index == hub.window().nextIndex()) {
            if (!hub.hasReader()) {
                hub.leave(this, false);
                return count;
            }
            if (hub.isAlone()) {
                count += pass(handler, recordLimit - count);
            } else if (count == 0) {
                // Who got something leaves the reading to the next one that gets nothing: once in a round of polls.
                count = fill(handler, recordLimit);
            }
        }
        isCaughtUp = state == State.JOINED && index == hub.window().nextIndex();
        if (seenMoveCount != hub.moveCount() && state != State.CLOSED) {
            final long seenCount = seenMoveCount;
            seenMoveCount = hub.moveCount();
            hub.tellMoves(listener, seenCount);
        }
        return count;
    }

    private int pass(final RecordHandler handler, final int recordLimit) {
        try {
            return hub.pass(handler, recordLimit);
        } finally {
            if (state == State.JOINED) {
                index = hub.window().nextIndex();
                final long readerPosition = hub.readerPosition();
                if (readerPosition >= 0) {
                    position = readerPosition;
                }
            }
        }
    }

    private int fill(final RecordHandler handler, final int recordLimit) {
        return hub.fill(recordLimit) > 0 ? deliverHeld(handler, recordLimit) : 0;
    }

    private int deliverHeld(final RecordHandler handler, final int recordLimit) {
        final RecordWindow window = hub.window();
        int count = 0;
        hub.delivering(true);
        try {
            // The handler may close this, or make a reader for which the window is emptied.
            while (!isStopped && count < recordLimit && state == State.JOINED && window.isHeld(index)) {
                final long endPosition = window.endPosition(index);
                final Action action =
                        handler.onRecord(window.buffer(), window.offset(index), window.length(index), endPosition);
                if (action == Action.ABORT) {
                    isStopped = true;
                } else {
                    position = endPosition;
                    index++;
                    count++;
                    isStopped = action == Action.BREAK;
                }
            }
        } finally {
            hub.delivering(false);
        }
        return count;
    }
}
