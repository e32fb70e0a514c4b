package io.lockstep.archive.replay;

import io.aeron.Aeron;
import io.lockstep.config.NodeEndpoint;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What a {@link JournalReader} needs to know. Set it up, hand it over, and do not change it afterwards. */
public final class JournalReaderContext {
    /** The value of {@link #preferredNodeId} and {@link #localNodeId} that names no node. */
    public static final int NO_NODE = -1;

    /** Time without any frame, heartbeats included, after which a node counts as silent. */
    public static final long DEFAULT_SILENCE_TIMEOUT_NS = TimeUnit.MILLISECONDS.toNanos(550);

    private static final int DEFAULT_RECEIVER_WINDOW_LENGTH = 1 << 20;

    private Aeron aeron;
    private List<NodeEndpoint> nodes = List.of();
    private int shardId;
    private int preferredNodeId = NO_NODE;
    private int localNodeId = NO_NODE;
    private StartPosition start = StartPosition.live();
    private long silenceTimeoutNs = DEFAULT_SILENCE_TIMEOUT_NS;
    private long attemptTimeoutNs = TimeUnit.SECONDS.toNanos(2);
    private long behindTimeoutNs = TimeUnit.SECONDS.toNanos(1);
    private long lostTimeoutNs = TimeUnit.SECONDS.toNanos(30);
    private int receiverWindowLength = DEFAULT_RECEIVER_WINDOW_LENGTH;
    private boolean isChecking = true;
    private JournalReaderListener listener = JournalReaderListener.NONE;

    /**
     * The Aeron client; it stays its owner's, who closes it after the reader. It may be in invoker mode: its owner then
     * invokes it between two polls.
     *
     * @param newAeron connected client.
     * @return this.
     */
    public JournalReaderContext aeron(final Aeron newAeron) {
        this.aeron = Objects.requireNonNull(newAeron, "aeron");
        return this;
    }

    /**
     * The Aeron client.
     *
     * @return the client.
     */
    public Aeron aeron() {
        return aeron;
    }

    /**
     * The nodes that may be read from.
     *
     * @param newNodes at least one.
     * @return this.
     */
    public JournalReaderContext nodes(final List<NodeEndpoint> newNodes) {
        this.nodes = List.copyOf(newNodes);
        return this;
    }

    /**
     * The nodes that may be read from.
     *
     * @return an immutable list.
     */
    public List<NodeEndpoint> nodes() {
        return nodes;
    }

    /**
     * Whose journal to read.
     *
     * @param newShardId from 0.
     * @return this.
     */
    public JournalReaderContext shardId(final int newShardId) {
        this.shardId = newShardId;
        return this;
    }

    /**
     * Whose journal to read.
     *
     * @return the shard.
     */
    public int shardId() {
        return shardId;
    }

    /**
     * The node to ask first.
     *
     * @param newPreferredNodeId {@link #NO_NODE} for any.
     * @return this.
     */
    public JournalReaderContext preferredNodeId(final int newPreferredNodeId) {
        this.preferredNodeId = newPreferredNodeId;
        return this;
    }

    /**
     * The node to ask first.
     *
     * @return its id or {@link #NO_NODE}.
     */
    public int preferredNodeId() {
        return preferredNodeId;
    }

    /**
     * The node whose media driver the Aeron client uses: it is read by IPC, all others by UDP.
     *
     * @param newLocalNodeId {@link #NO_NODE} if the client has a driver of its own.
     * @return this.
     */
    public JournalReaderContext localNodeId(final int newLocalNodeId) {
        this.localNodeId = newLocalNodeId;
        return this;
    }

    /**
     * The node that is read by IPC.
     *
     * @return its id or {@link #NO_NODE}.
     */
    public int localNodeId() {
        return localNodeId;
    }

    /**
     * Where to begin.
     *
     * @param newStart live by default.
     * @return this.
     */
    public JournalReaderContext start(final StartPosition newStart) {
        this.start = Objects.requireNonNull(newStart, "start");
        return this;
    }

    /**
     * Where to begin.
     *
     * @return the start.
     */
    public StartPosition start() {
        return start;
    }

    /**
     * Time without any frame from a node, heartbeats included, after which the reader moves. Silence is seen by the
     * media driver: give its context to {@link ReaderDriver#configure} with the same value. A driver that was not
     * configured so keeps Aeron's ten seconds.
     *
     * @param newSilenceTimeoutNs {@link #DEFAULT_SILENCE_TIMEOUT_NS} by default.
     * @return this.
     */
    public JournalReaderContext silenceTimeoutNs(final long newSilenceTimeoutNs) {
        this.silenceTimeoutNs = newSilenceTimeoutNs;
        return this;
    }

    /**
     * Time without any frame after which the reader moves.
     *
     * @return the time in nanoseconds.
     */
    public long silenceTimeoutNs() {
        return silenceTimeoutNs;
    }

    /**
     * How long one attempt to get a replay from a node may take. A node that is down costs this much when it is asked.
     *
     * @param newAttemptTimeoutNs 2 seconds by default.
     * @return this.
     */
    public JournalReaderContext attemptTimeoutNs(final long newAttemptTimeoutNs) {
        this.attemptTimeoutNs = newAttemptTimeoutNs;
        return this;
    }

    /**
     * How long one attempt may take.
     *
     * @return the time in nanoseconds.
     */
    public long attemptTimeoutNs() {
        return attemptTimeoutNs;
    }

    /**
     * How long the reader may stand below a position that {@link JournalReader#hint} told before it moves.
     *
     * @param newBehindTimeoutNs 1 second by default.
     * @return this.
     */
    public JournalReaderContext behindTimeoutNs(final long newBehindTimeoutNs) {
        this.behindTimeoutNs = newBehindTimeoutNs;
        return this;
    }

    /**
     * How long the reader may stand below a hint.
     *
     * @return the time in nanoseconds.
     */
    public long behindTimeoutNs() {
        return behindTimeoutNs;
    }

    /**
     * How long nodes that give no answer may still be the ones that have a position which all others have not. The
     * position counts as lost at once if every node says that it has not got it, and otherwise when rounds of attempts
     * have brought nothing else for this time.
     *
     * @param newLostTimeoutNs 30 seconds by default, enough for a node that is being restarted.
     * @return this.
     */
    public JournalReaderContext lostTimeoutNs(final long newLostTimeoutNs) {
        this.lostTimeoutNs = newLostTimeoutNs;
        return this;
    }

    /**
     * How long nodes that give no answer may still have a position.
     *
     * @return the time in nanoseconds.
     */
    public long lostTimeoutNs() {
        return lostTimeoutNs;
    }

    /**
     * Receiver window of a remote replay. Aeron's 128 KiB make catching up slow. The host should allow socket buffers
     * of twice the length ({@code net.core.rmem_max}).
     *
     * @param newReceiverWindowLength in bytes, 1 MiB by default; 0 leaves it to the driver.
     * @return this.
     */
    public JournalReaderContext receiverWindowLength(final int newReceiverWindowLength) {
        this.receiverWindowLength = newReceiverWindowLength;
        return this;
    }

    /**
     * Receiver window of a remote replay.
     *
     * @return the length in bytes, or 0.
     */
    public int receiverWindowLength() {
        return receiverWindowLength;
    }

    /**
     * Whether checksum and sequence of each record are checked before it is delivered. Only a verifier, which has to
     * name the bad record, switches this off.
     *
     * @param newIsChecking true by default.
     * @return this.
     */
    public JournalReaderContext isChecking(final boolean newIsChecking) {
        this.isChecking = newIsChecking;
        return this;
    }

    /**
     * Whether records are checked.
     *
     * @return true if so.
     */
    public boolean isChecking() {
        return isChecking;
    }

    /**
     * Who is told of moves and loss.
     *
     * @param newListener nobody by default.
     * @return this.
     */
    public JournalReaderContext listener(final JournalReaderListener newListener) {
        this.listener = Objects.requireNonNull(newListener, "listener");
        return this;
    }

    /**
     * Who is told of moves and loss.
     *
     * @return the listener.
     */
    public JournalReaderListener listener() {
        return listener;
    }

    void validate() {
        Objects.requireNonNull(aeron, "a reader needs an Aeron client");
        if (nodes.isEmpty()) {
            throw new IllegalArgumentException("a reader needs at least one node");
        }
        if (shardId < 0 || shardId >= NodeEndpoint.MAX_SHARDS) {
            throw new IllegalArgumentException(
                    "a shard is a number from 0 to " + (NodeEndpoint.MAX_SHARDS - 1) + ", but it is " + shardId);
        }
        if (silenceTimeoutNs <= 0
                || attemptTimeoutNs <= 0
                || behindTimeoutNs <= 0
                || lostTimeoutNs <= 0
                || receiverWindowLength < 0) {
            throw new IllegalArgumentException("the time-outs of a reader are positive and its window is not negative");
        }
    }
}
