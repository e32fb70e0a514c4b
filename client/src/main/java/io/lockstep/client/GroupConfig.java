package io.lockstep.client;

import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.agrona.BitUtil;

/**
 * Which group a member joins, and how. A builder; {@link LockstepClient#addGroupMember} takes a copy. Times, attempts and
 * delays belong to the group: those of the member that joined last hold. Name, filters and key order belong to the group
 * for ever, a start only to one that is made by joining. Not thread-safe.
 */
public final class GroupConfig extends ReaderConfig<GroupConfig> {
    /** Greatest number of messages that a member has at once. */
    public static final int MAX_CREDIT = 1_024;

    private static final int MAX_NAME_LENGTH = 128;
    private static final int MAX_FILTERS = 32;
    private static final int MAX_ATTEMPTS = 1_000;
    private static final int MIN_WINDOW_LENGTH = 64 * 1024;
    private static final int MAX_WINDOW_LENGTH = 1 << 30;
    private static final long MIN_ACK_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_TIME_NS = TimeUnit.HOURS.toNanos(12);

    private String name = "";
    private int credit = 64;
    private long leaseNs = MemberDuty.DEFAULT_LEASE_NS;
    private long ackTimeoutNs = TimeUnit.SECONDS.toNanos(30);
    private int maxAttempts = 10;
    private long minDelayNs = TimeUnit.MILLISECONDS.toNanos(500);
    private long maxDelayNs = TimeUnit.SECONDS.toNanos(60);
    private boolean isKeyOrdered;
    private int windowLength = 1 << 20;
    private GroupListener listener = GroupListener.NONE;

    /** All defaults; a name and a filter are still to be set. */
    public GroupConfig() {
        super(MAX_FILTERS);
    }

    @Override
    GroupConfig self() {
        return this;
    }

    GroupConfig copy() {
        final GroupConfig copy = new GroupConfig();
        copyReaderTo(copy);
        copy.name = name;
        copy.credit = credit;
        copy.leaseNs = leaseNs;
        copy.ackTimeoutNs = ackTimeoutNs;
        copy.maxAttempts = maxAttempts;
        copy.minDelayNs = minDelayNs;
        copy.maxDelayNs = maxDelayNs;
        copy.isKeyOrdered = isKeyOrdered;
        copy.windowLength = windowLength;
        copy.listener = listener;
        return copy;
    }

    void validate() {
        if (name.isEmpty() || filters().isEmpty()) {
            throw new IllegalArgumentException("a group needs a name and at least one topic filter");
        }
        if (maxDelayNs < minDelayNs) {
            throw new IllegalArgumentException("the greatest delay of a group is not below the first: " + maxDelayNs
                    + " ns after " + minDelayNs + " ns");
        }
    }

    /**
     * Sets the name of the group.
     *
     * @param newName 1 to 128 bytes of UTF-8 without wildcard.
     * @return this.
     */
    public GroupConfig name(final String newName) {
        final int length = newName.getBytes(StandardCharsets.UTF_8).length;
        if (length == 0 || length > MAX_NAME_LENGTH || newName.chars().anyMatch(c -> c == '+' || c == '#' || c == 0)) {
            throw new IllegalArgumentException(
                    "a group's name has 1 to 128 bytes and no wildcard, but it is '" + newName + "'");
        }
        name = newName;
        return this;
    }

    /**
     * The name of the group.
     *
     * @return empty while none is set.
     */
    public String name() {
        return name;
    }

    /**
     * Sets how many messages the member may have at once in each shard: handed out and not decided.
     *
     * @param messages 1 to {@value #MAX_CREDIT}; 64 by default. 1 gives each message to whoever is free.
     * @return this.
     */
    public GroupConfig credit(final int messages) {
        credit = checked("credit", messages, 1, MAX_CREDIT);
        return this;
    }

    /**
     * How many messages the member may have at once.
     *
     * @return in each shard.
     */
    public int credit() {
        return credit;
    }

    /**
     * Sets after which time without a sign of life the shards give what this client has to other members. The shortest
     * one of a client's consumers and groups counts for all of them.
     *
     * @param newLeaseNs 1 s to 10 s of cluster time; 10 s by default.
     * @return this.
     */
    public GroupConfig leaseNs(final long newLeaseNs) {
        leaseNs = checked("leaseNs", newLeaseNs, MIN_ACK_TIMEOUT_NS, MemberDuty.DEFAULT_LEASE_NS);
        return this;
    }

    /**
     * After which time without a sign of life others get what this client has.
     *
     * @return in nanoseconds.
     */
    public long leaseNs() {
        return leaseNs;
    }

    /**
     * Sets how long a member may keep a message without a decision, before it is handed out again.
     *
     * @param timeoutNs 1 s to 12 h of cluster time; 30 s by default.
     * @return this.
     */
    public GroupConfig ackTimeoutNs(final long timeoutNs) {
        ackTimeoutNs = checked("ackTimeoutNs", timeoutNs, MIN_ACK_TIMEOUT_NS, MAX_TIME_NS);
        return this;
    }

    /**
     * How long a member may keep a message.
     *
     * @return in nanoseconds.
     */
    public long ackTimeoutNs() {
        return ackTimeoutNs;
    }

    /**
     * Sets how often a message is handed out before it becomes a dead letter.
     *
     * @param attempts 1 to 1,000, or 0 for no limit; 10 by default.
     * @return this.
     */
    public GroupConfig maxAttempts(final int attempts) {
        maxAttempts = checked("maxAttempts", attempts, 0, MAX_ATTEMPTS);
        return this;
    }

    /**
     * How often a message is handed out.
     *
     * @return at least 1, or 0 for no limit.
     */
    public int maxAttempts() {
        return maxAttempts;
    }

    /**
     * Sets the delay before a message is handed out again after its time was over or it was rejected: the first one,
     * which doubles with each attempt up to the greatest.
     *
     * @param newMinDelayNs 0 to 12 h; 500 ms by default.
     * @param newMaxDelayNs not less, to 12 h; 60 s by default.
     * @return this.
     */
    public GroupConfig redeliveryDelayNs(final long newMinDelayNs, final long newMaxDelayNs) {
        minDelayNs = checked("minDelayNs", newMinDelayNs, 0, MAX_TIME_NS);
        maxDelayNs = checked("maxDelayNs", newMaxDelayNs, newMinDelayNs, MAX_TIME_NS);
        return this;
    }

    /**
     * The first delay before a message is handed out again.
     *
     * @return in nanoseconds.
     */
    public long minDelayNs() {
        return minDelayNs;
    }

    /**
     * The greatest delay before a message is handed out again.
     *
     * @return in nanoseconds.
     */
    public long maxDelayNs() {
        return maxDelayNs;
    }

    /**
     * Sets whether messages of one key are handed out in order: one at a time, to the same member while members stay.
     *
     * @param isOrdered false by default.
     * @return this.
     */
    public GroupConfig keyOrdered(final boolean isOrdered) {
        isKeyOrdered = isOrdered;
        return this;
    }

    /**
     * Whether messages of one key are handed out in order.
     *
     * @return true if so.
     */
    public boolean isKeyOrdered() {
        return isKeyOrdered;
    }

    /**
     * Sets how many bytes of messages are kept in memory in each shard until it is known whose they are. What is handed
     * out after its copy had to go is read again from the journal.
     *
     * @param bytes 64 KiB to 1 GiB; the next power of two counts. 1 MiB by default.
     * @return this.
     */
    public GroupConfig windowLength(final int bytes) {
        windowLength = BitUtil.findNextPositivePowerOfTwo(
                checked("windowLength", bytes, MIN_WINDOW_LENGTH, MAX_WINDOW_LENGTH));
        return this;
    }

    /**
     * How many bytes of messages are kept in memory.
     *
     * @return in each shard.
     */
    public int windowLength() {
        return windowLength;
    }

    /**
     * Sets who is told what happens beside messages.
     *
     * @param newListener {@link GroupListener#NONE} by default.
     * @return this.
     */
    public GroupConfig listener(final GroupListener newListener) {
        listener = Objects.requireNonNull(newListener, "newListener");
        return this;
    }

    /**
     * Who is told what happens beside messages.
     *
     * @return the listener.
     */
    public GroupListener listener() {
        return listener;
    }

    private static int checked(final String what, final int value, final int lowest, final int highest) {
        return (int) checked(what, (long) value, lowest, highest);
    }

    private static long checked(final String what, final long value, final long lowest, final long highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(what + " takes " + lowest + " to " + highest + ", but it is " + value);
        }
        return value;
    }
}
