package io.lockstep.client;

import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** What a publisher is like. A builder; {@link LockstepClient#addPublisher} takes a copy. Not thread-safe. */
public final class PublisherConfig {
    /** Producer id that asks for a fresh, random one. */
    public static final long ANONYMOUS = Long.MIN_VALUE;

    private long producerId = ANONYMOUS;
    private int window = 1024;
    private int bufferLength = 4 << 20;
    private int maxInFlightCommands = 2;
    private boolean isOrdered = true;
    private long deadlineNs = TimeUnit.SECONDS.toNanos(30);
    private long resendIntervalNs = TimeUnit.SECONDS.toNanos(1);
    private RateLimitPolicy rateLimitPolicy = RateLimitPolicy.WAIT;

    /** All defaults. */
    public PublisherConfig() {}

    PublisherConfig copy() {
        final PublisherConfig copy = new PublisherConfig();
        copy.producerId = producerId;
        copy.window = window;
        copy.bufferLength = bufferLength;
        copy.maxInFlightCommands = maxInFlightCommands;
        copy.isOrdered = isOrdered;
        copy.deadlineNs = deadlineNs;
        copy.resendIntervalNs = resendIntervalNs;
        copy.rateLimitPolicy = rateLimitPolicy;
        return copy;
    }

    /**
     * Sets the identity. Whoever opens a producer fences all who opened it before, and learns the last sequence that
     * each shard consumed from it: that is how a program resumes. An {@link #ANONYMOUS} one is forgotten by the cluster
     * when the publisher closes.
     *
     * @param id any value but {@link #ANONYMOUS}, which is the default and asks for a random one.
     * @return this.
     */
    public PublisherConfig producerId(final long id) {
        producerId = id;
        return this;
    }

    /**
     * The identity.
     *
     * @return the id, or {@link #ANONYMOUS}.
     */
    public long producerId() {
        return producerId;
    }

    /**
     * Sets the greatest number of unanswered messages in each shard.
     *
     * @param length a power of two from 1 to 65,536; the cluster has its own limit (16,384 by default).
     * @return this.
     */
    public PublisherConfig window(final int length) {
        if (length < 1 || length > 65_536 || Integer.bitCount(length) != 1) {
            throw new IllegalArgumentException(
                    "a publisher's window is a power of two from 1 to 65536, but it is " + length);
        }
        window = length;
        return this;
    }

    /**
     * Greatest number of unanswered messages in each shard.
     *
     * @return a power of two.
     */
    public int window() {
        return window;
    }

    /**
     * Sets the bytes that are reserved in each shard for unanswered messages. A message of up to an eighth more than a
     * MiB needs twice its own size here.
     *
     * @param lengthBytes a power of two from 64 KiB to 1 GiB; 4 MiB by default.
     * @return this.
     */
    public PublisherConfig bufferLength(final int lengthBytes) {
        if (lengthBytes < 64 << 10 || lengthBytes > 1 << 30 || Integer.bitCount(lengthBytes) != 1) {
            throw new IllegalArgumentException(
                    "a publisher's buffer is a power of two from 64 KiB to 1 GiB, but it is " + lengthBytes);
        }
        bufferLength = lengthBytes;
        return this;
    }

    /**
     * Bytes that are reserved in each shard for unanswered messages.
     *
     * @return a power of two.
     */
    public int bufferLength() {
        return bufferLength;
    }

    /**
     * Sets the number of unanswered commands in each shard from which on messages gather until the next answer or until
     * they fill a command, 8 KiB or the cluster's greatest batch, which is never held back. One command carries every
     * message that was offered meanwhile, so a cluster that falls behind gets fewer and longer commands instead of a
     * queue of short ones. With {@code n} commands under way a message gathers for up to one {@code n}-th of a round
     * trip: raise it where the round trip is long and the cluster has cores to spare.
     *
     * @param count from 1 to 65,536; 2 by default.
     * @return this.
     */
    public PublisherConfig maxInFlightCommands(final int count) {
        if (count < 1 || count > 65_536) {
            throw new IllegalArgumentException(
                    "a publisher has from 1 to 65536 commands in flight, but it is " + count);
        }
        maxInFlightCommands = count;
        return this;
    }

    /**
     * Number of unanswered commands in each shard from which on messages gather.
     *
     * @return from 1.
     */
    public int maxInFlightCommands() {
        return maxInFlightCommands;
    }

    /**
     * Sets whether a refusal holds back what follows it.
     *
     * @param newIsOrdered true, the default: nothing overtakes a refused message.
     * @return this.
     */
    public PublisherConfig ordered(final boolean newIsOrdered) {
        isOrdered = newIsOrdered;
        return this;
    }

    /**
     * Whether a refusal holds back what follows it.
     *
     * @return true if so.
     */
    public boolean isOrdered() {
        return isOrdered;
    }

    /**
     * Sets how long a message may stay unanswered. When the time is over the publisher closes and all its unanswered
     * messages become unknown.
     *
     * @param newDeadlineNs above 0.
     * @return this.
     */
    public PublisherConfig deadlineNs(final long newDeadlineNs) {
        if (newDeadlineNs <= 0) {
            throw new IllegalArgumentException("deadlineNs must be above 0, but it is " + newDeadlineNs);
        }
        deadlineNs = newDeadlineNs;
        return this;
    }

    /**
     * How long a message may stay unanswered.
     *
     * @return in nanoseconds.
     */
    public long deadlineNs() {
        return deadlineNs;
    }

    /**
     * Sets how long the oldest message may stay unanswered before all unanswered ones are sent again. The interval
     * doubles, with jitter, up to eight times itself while nothing is answered. A new leader triggers a resend at once.
     *
     * @param intervalNs above 0; below a second a busy machine sends many duplicates.
     * @return this.
     */
    public PublisherConfig resendIntervalNs(final long intervalNs) {
        if (intervalNs <= 0) {
            throw new IllegalArgumentException("resendIntervalNs must be above 0, but it is " + intervalNs);
        }
        resendIntervalNs = intervalNs;
        return this;
    }

    /**
     * First interval of resends.
     *
     * @return in nanoseconds.
     */
    public long resendIntervalNs() {
        return resendIntervalNs;
    }

    /**
     * Sets what happens while the cluster takes nothing because a rate is reached, see {@code limits.producerRate} and its
     * neighbours.
     *
     * @param policy {@link RateLimitPolicy#WAIT} by default.
     * @return this.
     */
    public PublisherConfig onRateLimit(final RateLimitPolicy policy) {
        rateLimitPolicy = Objects.requireNonNull(policy, "policy");
        return this;
    }

    /**
     * What happens while the cluster takes nothing because a rate is reached.
     *
     * @return the policy.
     */
    public RateLimitPolicy rateLimitPolicy() {
        return rateLimitPolicy;
    }
}
