package io.lockstep.gateway.bridge;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BinaryOperator;
import java.util.function.ToIntFunction;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * The way from the front ends' threads to the bridge thread: a queue that is bounded in commands and in bytes. Messages
 * may fill three quarters of it, so that there is room for what ends sessions when clients flood. Messages for a shard
 * that holds too many already are not taken at all, so that they keep no others from the queue. Any thread may offer.
 */
public final class BridgeProxy {
    private final ManyToOneConcurrentArrayQueue<BridgeCommand> queue;
    private final Queue<BridgeSession> touched = new ConcurrentLinkedQueue<>();
    private final AtomicLong queuedBytes = new AtomicLong();
    private final Runnable waker;
    private final int messageLimit;
    private final long bytesLimit;
    private volatile boolean isHealthy;
    private volatile ToIntFunction<String> shardOf;
    private volatile BinaryOperator<String> targetOf = (topic, clientId) -> topic;
    private volatile long fullShards;

    /**
     * Creates an empty queue.
     *
     * @param length     in commands.
     * @param bytesLimit greatest sum of the lengths of queued messages.
     * @param waker      ends the sleep of the bridge thread; any thread runs it.
     */
    public BridgeProxy(final int length, final int bytesLimit, final Runnable waker) {
        this.waker = waker;
        this.queue = new ManyToOneConcurrentArrayQueue<>(length);
        this.messageLimit = queue.capacity() / 4 * 3;
        this.bytesLimit = bytesLimit;
    }

    /**
     * Offers a command other than a message.
     *
     * @param command to carry out.
     * @return false when the queue is full: try again a little later.
     */
    public boolean offer(final BridgeCommand command) {
        return isQueued(command);
    }

    /**
     * Offers a message.
     *
     * @param publish to carry out.
     * @return false when there is no room: stop reading from the client and try again a little later.
     */
    public boolean offerPublish(final BridgeCommand.Publish publish) {
        final int lengthBytes = publish.lengthBytes();
        if (queue.size() >= messageLimit || queuedBytes.get() >= bytesLimit || isForFullShard(publish)) {
            return false;
        }
        queuedBytes.addAndGet(lengthBytes);
        if (!isQueued(publish)) {
            queuedBytes.addAndGet(-lengthBytes);
            return false;
        }
        return true;
    }

    /**
     * Tells the bridge that messages to a client got further. The caller sees to it that a session is told once until the
     * bridge has looked at it, which bounds this.
     *
     * @param session of the client.
     */
    public void touch(final BridgeSession session) {
        touched.add(session);
        waker.run();
    }

    /** The next session whose messages got further, or null. */
    BridgeSession pollTouched() {
        return touched.poll();
    }

    /**
     * The topic that a message of a client goes to, which is a partition where the topic has such.
     *
     * @param topic    a valid name.
     * @param clientId of the client.
     * @return the name to publish to.
     */
    public String targetOf(final String topic, final String clientId) {
        return targetOf.apply(topic, clientId);
    }

    /**
     * Whether the cluster answers in every shard and its stream is being read.
     *
     * @return true if so.
     */
    public boolean isHealthy() {
        return isHealthy;
    }

    BridgeCommand poll() {
        final BridgeCommand command = queue.poll();
        if (command instanceof final BridgeCommand.Publish publish) {
            queuedBytes.addAndGet(-publish.lengthBytes());
        }
        return command;
    }

    /** Where topics live; told before {@link #fullShards}. */
    void shardOf(final ToIntFunction<String> newShardOf) {
        shardOf = newShardOf;
    }

    /** Which partition a client's messages go to. */
    void targetOf(final BinaryOperator<String> newTargetOf) {
        targetOf = newTargetOf;
    }

    /** The shards for which no message is taken: bit {@code s} for shard {@code s}. */
    void fullShards(final long newFullShards) {
        if (newFullShards != fullShards) {
            fullShards = newFullShards;
        }
    }

    void isHealthy(final boolean newIsHealthy) {
        if (newIsHealthy != isHealthy) {
            isHealthy = newIsHealthy;
        }
    }

    private boolean isQueued(final BridgeCommand command) {
        if (!queue.offer(command)) {
            return false;
        }
        waker.run();
        return true;
    }

    private boolean isForFullShard(final BridgeCommand.Publish publish) {
        final long full = fullShards;
        return full != 0 && (full & 1L << shardOf.applyAsInt(publish.topic())) != 0;
    }
}
