package io.lockstep.archive.replay;

import io.aeron.Aeron;
import io.aeron.Image;
import io.aeron.exceptions.AeronException;
import io.aeron.logbuffer.ControlledFragmentHandler.Action;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.NanoClock;

/**
 * Reads a shard's journal in order and without gap, from any node that has it. It follows the live end; when its node
 * goes silent, falls behind, or sends a record that cannot be right, it goes on at the same position on another node.
 * What it does when is in {@link ReaderState}.
 *
 * <p>Belongs to one thread, the one that polls. No call blocks. It owns its subscriptions and its control sessions; the
 * Aeron client is its context's. Each reader costs its node one replay: a process should share one live reader a shard.
 *
 * <p>Where it can fail for ever: it keeps asking all nodes with a back-off that ends at two seconds, and says so to its
 * listener; it gives up by itself only where the position is gone everywhere ({@link ReaderState#LOST}) or its Aeron
 * client is closed ({@link ReaderState#FAILED}).
 */
public final class JournalReader implements AutoCloseable {
    /** The position of a reader that has not found out yet where to begin. */
    public static final long NULL_POSITION = RecordGate.NULL_POSITION;

    /** The value of {@link #nodeId()} between nodes. */
    public static final int NO_NODE = JournalReaderContext.NO_NODE;

    private static final long STABLE_NS = TimeUnit.SECONDS.toNanos(5);
    // A record is offered whole, so its rest would follow within a turn of the recorder.
    private static final long SETTLE_NS = TimeUnit.MILLISECONDS.toNanos(250);
    private static final long CONTROL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(20);

    private final JournalReaderContext context;
    private final JournalReaderListener listener;
    private final List<NodeEndpoint> nodes;
    private final NodeRotation rotation;
    private final RecordGate gate;
    private final JournalRecordHandler probeHandler = this::onProbedRecord;
    private Aeron aeron;
    private NanoClock clock;

    private ReaderState state = ReaderState.RESTING;
    private StartPosition start;
    private TimeSearch timeSearch;
    private boolean isStartKnown;
    private long restUntilNs;
    private ReplayConnection connection;
    private int connectedIndex = -1;
    private String moveReason = "start";

    private boolean isImageBegun;
    private long imageBeganNs;
    private boolean hasProgressed;
    private long lastProgressNs;
    private long nextControlNs;
    private long knownPosition = NULL_POSITION;
    private boolean isProbed;
    private long probedTimestampNs;

    private boolean isCloseAsked;
    private int lostAnswers;
    private int behindAnswers;
    private boolean isLosing;
    private long losingSinceNs;
    private long lowestStartPosition;

    /**
     * Makes a reader; it connects while it is polled.
     *
     * @param context what to read; not to be changed afterwards.
     */
    public JournalReader(final JournalReaderContext context) {
        context.validate();
        this.context = context;
        this.listener = context.listener();
        this.nodes = context.nodes();
        this.gate = new RecordGate(context.isChecking());
        this.aeron = context.aeron();
        this.clock = aeron.context().nanoClock();
        this.rotation = new NodeRotation(nodes.size(), indexOf(context.preferredNodeId()), aeron.nextCorrelationId());
        this.restUntilNs = clock.nanoTime();
        begin(context.start());
    }

    /**
     * Delivers what is there, or works on getting to a node.
     *
     * @param handler     is told each record; it must not close or move the reader.
     * @param recordLimit greatest number of records to deliver, at least 1.
     * @return the number of records delivered; 0 while there is none, whatever the reason: see {@link #state()}.
     * @throws RuntimeException what the handler threw; its record will be delivered again.
     */
    public int poll(final JournalRecordHandler handler, final int recordLimit) {
        Objects.requireNonNull(handler, "handler");
        if (recordLimit < 1) {
            throw new IllegalArgumentException("a record limit is at least 1, but it is " + recordLimit);
        }
        if (state == ReaderState.LOST || state == ReaderState.FAILED || state == ReaderState.CLOSED) {
            return 0;
        }
        if (aeron.isClosed()) {
            fail();
            return 0;
        }
        try {
            return switch (state) {
                case RESTING -> rest();
                case CONNECTING -> connect();
                case FOLLOWING -> follow(handler, recordLimit);
                case LOST, FAILED, CLOSED -> 0;
            };
        } catch (final AeronException ex) {
            // The client may be closed by its own thread at any time; everything else is the handler's business.
            if (!aeron.isClosed()) {
                throw ex;
            }
            fail();
            return 0;
        }
    }

    /**
     * Where the next record is read from: the end of the last one that was delivered. Always a place where a record
     * begins, so it can be kept to resume.
     *
     * @return the position, or {@link #NULL_POSITION} while it is not known where to begin; with a live start that lasts
     *     until a record has come, or until it is plain that the recorder was not in the middle of one.
     */
    public long position() {
        return isStartKnown && gate.isBoundary() ? gate.position() : NULL_POSITION;
    }

    /**
     * Sequence of the last record.
     *
     * @return the shard sequence, or -1 before the first one after a start or a {@link #moveTo}.
     */
    public long shardSequence() {
        return gate.lastSequence();
    }

    /**
     * The node that is read from.
     *
     * @return its id, or {@link #NO_NODE} while the reader is between nodes.
     */
    public int nodeId() {
        return state == ReaderState.FOLLOWING ? connection.node().id() : NO_NODE;
    }

    /**
     * What the reader is doing.
     *
     * @return the state.
     */
    public ReaderState state() {
        return state;
    }

    /**
     * How far the current node had recorded when the reader came to it.
     *
     * @return the position, or {@link #NULL_POSITION} between nodes.
     */
    public long recordedPosition() {
        return state == ReaderState.FOLLOWING ? connection.recordedPosition() : NULL_POSITION;
    }

    /**
     * Where the current node's recording began when the reader came to it.
     *
     * @return the position, or {@link #NULL_POSITION} between nodes.
     */
    public long recordingStartPosition() {
        return state == ReaderState.FOLLOWING ? connection.startPosition() : NULL_POSITION;
    }

    /**
     * Tells how far somebody knows the journal to have come. A reader that stands below it for longer than {@link
     * JournalReaderContext#behindTimeoutNs} without getting anything moves to another node.
     *
     * @param knownJournalPosition that a node of the shard has recorded.
     */
    public void hint(final long knownJournalPosition) {
        if (knownJournalPosition > knownPosition) {
            if (knownPosition <= gate.position()) {
                lastProgressNs = clock.nanoTime();
            }
            knownPosition = knownJournalPosition;
        }
    }

    /**
     * Goes on somewhere else, also after the position was lost.
     *
     * @param position where a record begins.
     */
    public void moveTo(final long position) {
        moveTo(StartPosition.position(position));
    }

    /**
     * Goes on somewhere else, also after the position was lost.
     *
     * @param newStart where.
     */
    public void moveTo(final StartPosition newStart) {
        if (state == ReaderState.CLOSED || gate.isPolling()) {
            throw new IllegalStateException("the journal reader of shard " + context.shardId()
                    + (state == ReaderState.CLOSED ? " is closed" : " cannot be moved by its handler"));
        }
        begin(newStart);
        if (state == ReaderState.FAILED) {
            return;
        }
        final int leftIndex = connectedIndex;
        closeConnection();
        moveReason = "moved by its owner to " + newStart;
        forgetAnswers();
        restUntilNs = clock.nanoTime();
        state(ReaderState.RESTING);
        // Nothing is wrong with the node: it may be asked again first.
        rotation.begin(-1, restUntilNs);
        if (context.preferredNodeId() == NO_NODE && leftIndex >= 0) {
            rotation.prefer(leftIndex);
        }
    }

    /**
     * Gives a reader whose Aeron client was closed another one; it goes on where it stands.
     *
     * @param newAeron connected client.
     */
    public void useAeron(final Aeron newAeron) {
        Objects.requireNonNull(newAeron, "newAeron");
        closeConnection();
        aeron = newAeron;
        clock = newAeron.context().nanoClock();
        restUntilNs = clock.nanoTime();
        moveReason = "it got another Aeron client";
        state(ReaderState.RESTING);
        rotation.begin(-1, restUntilNs);
    }

    /**
     * Stops the replay and frees what the reader has. Closing twice is harmless; closing from the handler takes effect
     * at the end of the poll.
     */
    @Override
    public void close() {
        if (gate.isPolling()) {
            isCloseAsked = true;
        } else if (state != ReaderState.CLOSED) {
            closeConnection();
            state(ReaderState.CLOSED);
        }
    }

    @Override
    public String toString() {
        return "JournalReader{shard=" + context.shardId() + ", state=" + state + ", node=" + nodeId() + ", position="
                + position() + ", sequence=" + gate.lastSequence() + '}';
    }

    private void begin(final StartPosition newStart) {
        start = newStart;
        timeSearch = newStart.kind() == StartPosition.Kind.TIME ? new TimeSearch(newStart.value()) : null;
        isStartKnown = newStart.kind() == StartPosition.Kind.POSITION;
        gate.moveTo(isStartKnown ? newStart.value() : NULL_POSITION, true);
        knownPosition = NULL_POSITION;
    }

    private int rest() {
        if (clock.nanoTime() - restUntilNs < 0) {
            return 0;
        }
        connectedIndex = rotation.nodeIndex();
        isImageBegun = false;
        connection = new ReplayConnection(context, aeron, nodes.get(connectedIndex));
        state(ReaderState.CONNECTING);
        return 0;
    }

    private int connect() {
        connection.doWork();
        switch (connection.state()) {
            case LOCATED -> chooseBegin();
            case REPLAYING -> {
                if (isStartKnown) {
                    beginFollowing();
                } else {
                    findBegin();
                }
            }
            case FAILED -> attemptFailed(connection.failure(), connection.reason());
            default -> {
                // The node has not answered yet.
            }
        }
        return 0;
    }

    private void chooseBegin() {
        if (!isStartKnown) {
            switch (start.kind()) {
                case START -> gate.moveTo(connection.startPosition(), true);
                // The recorder may have come to the middle of a record: its rest is passed over.
                case LIVE ->
                    gate.moveTo(connection.recordedPosition(), isSurelyBoundary(connection.recordedPosition()));
                case TIME -> {
                    timeSearch.begin(connection.startPosition(), connection.recordedPosition());
                    nextProbe();
                }
                case POSITION -> throw new IllegalStateException("a position is known from the beginning");
            }
        }
        connection.replayFrom(gate.position());
    }

    private boolean isSurelyBoundary(final long position) {
        return position == connection.startPosition() || (position & (JournalFormat.TERM_LENGTH - 1)) == 0;
    }

    private void nextProbe() {
        if (timeSearch.isDone()) {
            gate.moveTo(timeSearch.position(), true);
            gate.skipBelow(timeSearch.timestampNs());
        } else {
            gate.moveTo(timeSearch.probePosition(), true);
        }
        isImageBegun = false;
        isProbed = false;
    }

    private void findBegin() {
        if (timeSearch == null || timeSearch.isDone()) {
            isStartKnown = true;
            beginFollowing();
            return;
        }
        final long nowNs = clock.nanoTime();
        if (!isImageBegun) {
            isImageBegun = true;
            imageBeganNs = nowNs;
            gate.beginImage();
        }
        gate.poll(connection.image(), probeHandler, 1);
        if (gate.violation() != null) {
            rotation.suspect(connectedIndex, nowNs);
            attemptFailed(ConnectionFailure.UNREACHABLE, gate.violation());
        } else if (connection.image().isClosed()) {
            attemptFailed(ConnectionFailure.UNREACHABLE, "its stream was closed");
        } else if (isProbed) {
            timeSearch.onTimestamp(probedTimestampNs);
            nextProbe();
            connection.replayFrom(gate.position());
        } else if (nowNs - imageBeganNs > context.attemptTimeoutNs()) {
            timeSearch.onNothing();
            nextProbe();
            connection.replayFrom(gate.position());
        }
    }

    private Action onProbedRecord(
            final DirectBuffer buffer, final int offset, final int length, final long endPosition) {
        isProbed = true;
        probedTimestampNs = RecordLayout.timestampNs(buffer, offset);
        return Action.BREAK;
    }

    private void beginFollowing() {
        final long nowNs = clock.nanoTime();
        gate.beginImage();
        imageBeganNs = nowNs;
        lastProgressNs = nowNs;
        nextControlNs = nowNs;
        hasProgressed = false;
        state(ReaderState.FOLLOWING);
        listener.onNodeChanged(context.shardId(), nodeId(), moveReason);
    }

    private int follow(final JournalRecordHandler handler, final int recordLimit) {
        final Image image = connection.image();
        final int delivered = gate.poll(image, handler, recordLimit);
        if (isCloseAsked) {
            close();
        } else if (gate.isNoBoundary()) {
            attemptFailed(ConnectionFailure.NO_BOUNDARY, gate.violation());
        } else if (gate.violation() != null) {
            rotation.suspect(connectedIndex, clock.nanoTime());
            leave(gate.violation());
        } else if (gate.hasSeenAnything()) {
            hasProgressed = true;
            forgetAnswers();
            lastProgressNs = clock.nanoTime();
        } else {
            checkNode(image);
        }
        return delivered;
    }

    private void checkNode(final Image image) {
        final long nowNs = clock.nanoTime();
        if (image.isClosed()) {
            leave("its stream was closed or went silent");
        } else if (image.isEndOfStream() && image.position() >= image.endOfStreamPosition()) {
            leave("its stream came to an end");
        } else if (knownPosition > gate.position() && nowNs - lastProgressNs > context.behindTimeoutNs()) {
            leave("it is behind: a peer has " + knownPosition);
        } else if (nowNs - nextControlNs > 0) {
            if (!gate.isBoundary() && nowNs - lastProgressNs > SETTLE_NS) {
                gate.settle();
            }
            nextControlNs = nowNs + CONTROL_INTERVAL_NS;
            connection.doWork();
            if (connection.state() == ConnectionState.FAILED) {
                leave(connection.reason());
            }
        }
    }

    private void leave(final String reason) {
        final int leftIndex = connectedIndex;
        final long nowNs = clock.nanoTime();
        final boolean wasStable = hasProgressed || nowNs - imageBeganNs > STABLE_NS;
        moveReason = "left node " + connection.node().id() + ": " + reason;
        closeConnection();
        if (wasStable) {
            rotation.begin(leftIndex, nowNs);
            restUntilNs = nowNs;
        } else {
            restUntilNs = nowNs + rotation.onFailure();
        }
        state(ReaderState.RESTING);
        listener.onNodeChanged(context.shardId(), NO_NODE, moveReason);
    }

    private void attemptFailed(final ConnectionFailure failure, final String reason) {
        final int failedNodeId = connection.node().id();
        countAnswer(failure);
        closeConnection();
        restUntilNs = clock.nanoTime() + rotation.onFailure();
        final boolean isRoundOver = rotation.failedAttempts() % nodes.size() == 0;
        if (isRoundOver && isLost()) {
            state(ReaderState.LOST);
            listener.onCursorLost(context.shardId(), gate.position(), lowestStartPosition);
            return;
        }
        if (isRoundOver) {
            lostAnswers = 0;
            behindAnswers = 0;
        }
        state(ReaderState.RESTING);
        listener.onNodeChanged(context.shardId(), NO_NODE, "node " + failedNodeId + " gives no replay: " + reason);
    }

    private void countAnswer(final ConnectionFailure failure) {
        if (failure == ConnectionFailure.BELOW_START || failure == ConnectionFailure.NO_BOUNDARY) {
            final long startPosition = connection.startPosition();
            lowestStartPosition = lostAnswers == 0 ? startPosition : Math.min(lowestStartPosition, startPosition);
            lostAnswers++;
        } else if (failure == ConnectionFailure.BEYOND_END) {
            behindAnswers++;
        }
    }

    // A node that gives no answer may be the one that still has the position, but it is not waited for without end.
    private boolean isLost() {
        if (lostAnswers == 0 || behindAnswers > 0) {
            isLosing = false;
            return false;
        }
        final long nowNs = clock.nanoTime();
        if (!isLosing) {
            isLosing = true;
            losingSinceNs = nowNs;
        }
        return lostAnswers >= nodes.size() || nowNs - losingSinceNs > context.lostTimeoutNs();
    }

    private void forgetAnswers() {
        lostAnswers = 0;
        behindAnswers = 0;
        isLosing = false;
    }

    private void fail() {
        closeConnection();
        state(ReaderState.FAILED);
        listener.onNodeChanged(
                context.shardId(), NO_NODE, "its Aeron client is closed: the media driver is gone or was stopped");
    }

    private void closeConnection() {
        if (connection != null) {
            connection.close();
            connection = null;
        }
    }

    private int indexOf(final int nodeId) {
        for (int i = 0; i < nodes.size(); i++) {
            if (nodes.get(i).id() == nodeId) {
                return i;
            }
        }
        return -1;
    }

    private void state(final ReaderState next) {
        if (!state.canMoveTo(next)) {
            throw new IllegalStateException("a journal reader that is " + state + " cannot become " + next);
        }
        state = next;
    }
}
