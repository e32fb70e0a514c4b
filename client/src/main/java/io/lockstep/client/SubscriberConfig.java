package io.lockstep.client;

import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What a subscriber wants. A builder; {@link LockstepClient#addSubscriber} takes a copy. Not thread-safe. */
public final class SubscriberConfig {
    /** Node id that stands for any node. */
    public static final int ANY_NODE = -1;

    private final List<TopicFilter> filters = new ArrayList<>();
    private final Map<Integer, StartPosition> startByShard = new TreeMap<>();
    private StartPosition start = StartPosition.live();
    private int preferredNodeId = ANY_NODE;
    private int onlyShardId = -1;
    private boolean isExpiredDelivered;
    private boolean isWithLastValues;
    private long silenceTimeoutNs = JournalReaderContext.DEFAULT_SILENCE_TIMEOUT_NS;
    private SubscriberListener listener = SubscriberListener.NONE;

    /** All defaults: starts live at any node; a filter is still to be added. */
    public SubscriberConfig() {}

    SubscriberConfig copy() {
        final SubscriberConfig copy = new SubscriberConfig();
        copy.filters.addAll(filters);
        copy.startByShard.putAll(startByShard);
        copy.start = start;
        copy.preferredNodeId = preferredNodeId;
        copy.onlyShardId = onlyShardId;
        copy.isExpiredDelivered = isExpiredDelivered;
        copy.isWithLastValues = isWithLastValues;
        copy.silenceTimeoutNs = silenceTimeoutNs;
        copy.listener = listener;
        return copy;
    }

    /**
     * Adds a topic filter with MQTT's rules. A message that matches several filters is delivered once.
     *
     * @param text of the filter.
     * @return this.
     * @throws IllegalArgumentException with a sentence where the text is no filter.
     */
    public SubscriberConfig filter(final String text) {
        filters.add(TopicFilter.parse(text));
        return this;
    }

    /**
     * The filters.
     *
     * @return in the order in which they were added.
     */
    public List<TopicFilter> filters() {
        return List.copyOf(filters);
    }

    /**
     * Sets where to begin in every shard that has no start of its own.
     *
     * @param newStart {@link StartPosition#live()} by default. A position makes sense here only with one shard.
     * @return this.
     */
    public SubscriberConfig start(final StartPosition newStart) {
        start = Objects.requireNonNull(newStart, "newStart");
        return this;
    }

    /**
     * Sets where to begin in one shard: with one call for each shard, the vector that a program stored.
     *
     * @param shardId  of the shard.
     * @param newStart where to begin.
     * @return this.
     */
    public SubscriberConfig start(final int shardId, final StartPosition newStart) {
        startByShard.put(shardId, Objects.requireNonNull(newStart, "newStart"));
        return this;
    }

    /**
     * Where to begin in a shard.
     *
     * @param shardId of the shard.
     * @return its own start, or that of all.
     */
    public StartPosition startOf(final int shardId) {
        return startByShard.getOrDefault(shardId, start);
    }

    /**
     * Begins with the last value of each topic that matches, and goes on with all that is accepted after: within each
     * shard no message is missing between the two, and none comes twice. Takes the place of a start.
     *
     * <p>Until all values of a shard were delivered its {@link Subscriber#position} is -1; a subscriber that is made anew
     * meanwhile begins with the values again.
     *
     * @return this.
     */
    public SubscriberConfig withLastValues() {
        isWithLastValues = true;
        return this;
    }

    /**
     * Whether the subscriber begins with the last value of each topic.
     *
     * @return true if so.
     */
    public boolean hasLastValues() {
        return isWithLastValues;
    }

    SubscriberConfig withoutLastValues() {
        isWithLastValues = false;
        return this;
    }

    boolean isStartGiven() {
        return start.kind() != StartPosition.Kind.LIVE || !startByShard.isEmpty();
    }

    /**
     * Sets the node to read from while it is well.
     *
     * @param nodeId of the node, or {@link #ANY_NODE}, the default.
     * @return this.
     */
    public SubscriberConfig preferredNode(final int nodeId) {
        preferredNodeId = nodeId;
        return this;
    }

    /**
     * The node to read from while it is well.
     *
     * @return its id, or {@link #ANY_NODE}.
     */
    public int preferredNode() {
        return preferredNodeId;
    }

    /**
     * Restricts reading to one shard.
     *
     * @param shardId of the shard, or -1 for all that can match, the default.
     * @return this.
     */
    public SubscriberConfig onlyShard(final int shardId) {
        onlyShardId = shardId;
        return this;
    }

    /**
     * The only shard to read.
     *
     * @return its id, or -1 for all that can match.
     */
    public int onlyShard() {
        return onlyShardId;
    }

    /**
     * Sets whether messages are delivered whose time is over.
     *
     * @param isDelivered false, the default: the subscriber passes over them and counts them.
     * @return this.
     */
    public SubscriberConfig deliverExpired(final boolean isDelivered) {
        isExpiredDelivered = isDelivered;
        return this;
    }

    /**
     * Whether messages are delivered whose time is over.
     *
     * @return true if so.
     */
    public boolean isExpiredDelivered() {
        return isExpiredDelivered;
    }

    /**
     * Sets the transport silence after which reading moves to another node.
     *
     * @param timeoutNs above 0; 550 ms by default.
     * @return this.
     */
    public SubscriberConfig silenceTimeoutNs(final long timeoutNs) {
        if (timeoutNs <= 0) {
            throw new IllegalArgumentException("silenceTimeoutNs must be above 0, but it is " + timeoutNs);
        }
        silenceTimeoutNs = timeoutNs;
        return this;
    }

    /**
     * The transport silence after which reading moves to another node.
     *
     * @return in nanoseconds.
     */
    public long silenceTimeoutNs() {
        return silenceTimeoutNs;
    }

    /**
     * Sets who is told of moves and losses.
     *
     * @param newListener {@link SubscriberListener#NONE} by default.
     * @return this.
     */
    public SubscriberConfig listener(final SubscriberListener newListener) {
        listener = Objects.requireNonNull(newListener, "newListener");
        return this;
    }

    /**
     * Who is told of moves and losses.
     *
     * @return the listener.
     */
    public SubscriberListener listener() {
        return listener;
    }
}
