package io.lockstep.client;

import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.topic.TopicFilter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What a durable consumer is. A builder; {@link LockstepClient#addConsumer} takes a copy. Not thread-safe. */
public final class ConsumerConfig {
    /** The lane of a consumer that has none: whoever joined first owns it. */
    public static final int NO_LANE = -1;

    /** Greatest lane. */
    public static final int MAX_LANE = 1023;

    /** Greatest length of a name in bytes of UTF-8. */
    public static final int MAX_NAME_LENGTH = 128;

    /** Greatest number of filters. */
    public static final int MAX_FILTERS = 32;

    private static final long MIN_LEASE_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_LEASE_NS = TimeUnit.HOURS.toNanos(1);
    private static final int DEFAULT_MAX_UNACKED = 1_000;

    private final List<TopicFilter> filters = new ArrayList<>();
    private String name;
    private StartPosition start = StartPosition.live();
    private int lane = NO_LANE;
    private long leaseNs = MemberDuty.DEFAULT_LEASE_NS;
    private int maxUnacked = DEFAULT_MAX_UNACKED;
    private int onlyShardId = -1;
    private int preferredNodeId = SubscriberConfig.ANY_NODE;
    private long silenceTimeoutNs = JournalReaderContext.DEFAULT_SILENCE_TIMEOUT_NS;
    private boolean isExpiredDelivered;
    private ConsumerListener listener = ConsumerListener.NONE;

    /** All defaults: a new consumer starts live; a name and a filter are still to be set. */
    public ConsumerConfig() {}

    ConsumerConfig copy() {
        final ConsumerConfig copy = new ConsumerConfig();
        copy.filters.addAll(filters);
        copy.name = name;
        copy.start = start;
        copy.lane = lane;
        copy.leaseNs = leaseNs;
        copy.maxUnacked = maxUnacked;
        copy.onlyShardId = onlyShardId;
        copy.preferredNodeId = preferredNodeId;
        copy.silenceTimeoutNs = silenceTimeoutNs;
        copy.isExpiredDelivered = isExpiredDelivered;
        copy.listener = listener;
        return copy;
    }

    /**
     * Sets the name. All members of a consumer have the same name and filters.
     *
     * @param newName 1 to 128 bytes of UTF-8 without wildcard.
     * @return this.
     */
    public ConsumerConfig name(final String newName) {
        final int length = newName.getBytes(StandardCharsets.UTF_8).length;
        if (length < 1 || length > MAX_NAME_LENGTH || newName.indexOf('+') >= 0 || newName.indexOf('#') >= 0) {
            throw new IllegalArgumentException("a consumer's name takes 1 to " + MAX_NAME_LENGTH
                    + " bytes of UTF-8 without '+' and '#', but it is '" + newName + "'");
        }
        name = newName;
        return this;
    }

    /**
     * The name.
     *
     * @return null where none was set.
     */
    public String name() {
        return name;
    }

    /**
     * Adds a topic filter with MQTT's rules. A message that matches several filters is delivered once.
     *
     * @param text of the filter.
     * @return this.
     * @throws IllegalArgumentException with a sentence where the text is no filter or there are too many.
     */
    public ConsumerConfig filter(final String text) {
        if (filters.size() == MAX_FILTERS) {
            throw new IllegalArgumentException("a consumer takes at most " + MAX_FILTERS + " filters");
        }
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
     * Sets where a new consumer begins; one that exists goes on where it is.
     *
     * @param newStart {@link StartPosition#live()} by default. A position makes sense here only with one shard.
     * @return this.
     */
    public ConsumerConfig start(final StartPosition newStart) {
        start = Objects.requireNonNull(newStart, "newStart");
        return this;
    }

    /**
     * Where a new consumer begins.
     *
     * @return the start.
     */
    public StartPosition start() {
        return start;
    }

    /**
     * Sets a lane: then the member at this place, modulo their number, owns the consumer, so that consumers with different
     * lanes spread over the same members.
     *
     * @param newLane 0 to 1,023, or {@link #NO_LANE}, the default; the same for all members.
     * @return this.
     */
    public ConsumerConfig lane(final int newLane) {
        if (newLane < NO_LANE || newLane > MAX_LANE) {
            throw new IllegalArgumentException("a lane is 0 to " + MAX_LANE + " or -1, but it is " + newLane);
        }
        lane = newLane;
        return this;
    }

    /**
     * The lane.
     *
     * @return -1 where there is none.
     */
    public int lane() {
        return lane;
    }

    /**
     * Sets how long this client may be silent before another member takes over. All consumers of a client share the
     * shortest.
     *
     * @param newLeaseNs 1 s to 1 h; 10 s by default, which is also the longest that takes effect.
     * @return this.
     */
    public ConsumerConfig leaseNs(final long newLeaseNs) {
        if (newLeaseNs < MIN_LEASE_NS || newLeaseNs > MAX_LEASE_NS) {
            throw new IllegalArgumentException("a lease takes 1 s to 1 h, but it is " + newLeaseNs + " ns");
        }
        leaseNs = newLeaseNs;
        return this;
    }

    /**
     * How long this client may be silent before another member takes over.
     *
     * @return in nanoseconds.
     */
    public long leaseNs() {
        return leaseNs;
    }

    /**
     * Sets how many messages of a shard are delivered at most from the first on that is not acknowledged.
     *
     * @param newMaxUnacked 1 to limits.maxPendingAcks, which is 1,024 unless it was changed; 1,000 by default.
     * @return this.
     */
    public ConsumerConfig maxUnacked(final int newMaxUnacked) {
        if (newMaxUnacked < 1) {
            throw new IllegalArgumentException("maxUnacked must be at least 1, but it is " + newMaxUnacked);
        }
        maxUnacked = newMaxUnacked;
        return this;
    }

    /**
     * How many messages of a shard are delivered at most from the first on that is not acknowledged.
     *
     * @return the number.
     */
    public int maxUnacked() {
        return maxUnacked;
    }

    /**
     * Restricts the consumer to one shard.
     *
     * @param shardId of the shard, or -1 for all that can match, the default.
     * @return this.
     */
    public ConsumerConfig onlyShard(final int shardId) {
        onlyShardId = shardId;
        return this;
    }

    /**
     * The only shard.
     *
     * @return its id, or -1 for all that can match.
     */
    public int onlyShard() {
        return onlyShardId;
    }

    /**
     * Sets the node to read from while it is well.
     *
     * @param nodeId of the node, or {@link SubscriberConfig#ANY_NODE}, the default.
     * @return this.
     */
    public ConsumerConfig preferredNode(final int nodeId) {
        preferredNodeId = nodeId;
        return this;
    }

    /**
     * The node to read from while it is well.
     *
     * @return its id, or {@link SubscriberConfig#ANY_NODE}.
     */
    public int preferredNode() {
        return preferredNodeId;
    }

    /**
     * Sets the transport silence after which reading moves to another node.
     *
     * @param timeoutNs above 0; 550 ms by default.
     * @return this.
     */
    public ConsumerConfig silenceTimeoutNs(final long timeoutNs) {
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
     * Sets whether messages are delivered whose time is over ({@code $expiryMs}); else they are passed over, and count as
     * acknowledged.
     *
     * @param newIsExpiredDelivered false by default.
     * @return this.
     */
    public ConsumerConfig deliverExpired(final boolean newIsExpiredDelivered) {
        isExpiredDelivered = newIsExpiredDelivered;
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
     * Sets who is told of owners, moves and losses.
     *
     * @param newListener {@link ConsumerListener#NONE} by default.
     * @return this.
     */
    public ConsumerConfig listener(final ConsumerListener newListener) {
        listener = Objects.requireNonNull(newListener, "newListener");
        return this;
    }

    /**
     * Who is told of owners, moves and losses.
     *
     * @return the listener.
     */
    public ConsumerListener listener() {
        return listener;
    }
}
