package io.lockstep.client;

import io.lockstep.archive.replay.StartPosition;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** What a subscriber wants. A builder; {@link LockstepClient#addSubscriber} takes a copy. Not thread-safe. */
public final class SubscriberConfig extends ReaderConfig<SubscriberConfig> {
    private final Map<Integer, StartPosition> startByShard = new TreeMap<>();
    private int onlyShardId = -1;
    private boolean isExpiredDelivered;
    private boolean isWithLastValues;
    private SubscriberListener listener = SubscriberListener.NONE;

    /** All defaults: starts live at any node; a filter is still to be added. */
    public SubscriberConfig() {
        super(Integer.MAX_VALUE);
    }

    @Override
    SubscriberConfig self() {
        return this;
    }

    SubscriberConfig copy() {
        final SubscriberConfig copy = new SubscriberConfig();
        copyReaderTo(copy);
        copy.startByShard.putAll(startByShard);
        copy.onlyShardId = onlyShardId;
        copy.isExpiredDelivered = isExpiredDelivered;
        copy.isWithLastValues = isWithLastValues;
        copy.listener = listener;
        return copy;
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
        return startByShard.getOrDefault(shardId, start());
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
        return start().kind() != StartPosition.Kind.LIVE || !startByShard.isEmpty();
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
