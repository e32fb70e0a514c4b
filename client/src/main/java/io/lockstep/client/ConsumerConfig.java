package io.lockstep.client;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What a durable consumer is. A builder; {@link LockstepClient#addConsumer} takes a copy. Not thread-safe. */
public final class ConsumerConfig extends ReaderConfig<ConsumerConfig> {
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

    private String name;
    private int lane = NO_LANE;
    private long leaseNs = MemberDuty.DEFAULT_LEASE_NS;
    private int maxUnacked = DEFAULT_MAX_UNACKED;
    private int onlyShardId = -1;
    private boolean isExpiredDelivered;
    private ConsumerListener listener = ConsumerListener.NONE;

    /** All defaults: a new consumer starts live; a name and a filter are still to be set. */
    public ConsumerConfig() {
        super(MAX_FILTERS);
    }

    @Override
    ConsumerConfig self() {
        return this;
    }

    ConsumerConfig copy() {
        final ConsumerConfig copy = new ConsumerConfig();
        copyReaderTo(copy);
        copy.name = name;
        copy.lane = lane;
        copy.leaseNs = leaseNs;
        copy.maxUnacked = maxUnacked;
        copy.onlyShardId = onlyShardId;
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
