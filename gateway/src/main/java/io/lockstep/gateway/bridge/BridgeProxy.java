package io.lockstep.gateway.bridge;

import java.util.concurrent.atomic.AtomicLong;
import org.agrona.concurrent.ManyToOneConcurrentArrayQueue;

/**
 * The way from the front ends' threads to the bridge thread: a queue that is bounded in commands and in bytes. Messages
 * may fill three quarters of it, so that there is room for what ends sessions when clients flood. Any thread may offer.
 */
public final class BridgeProxy {
    private final ManyToOneConcurrentArrayQueue<BridgeCommand> queue;
    private final AtomicLong queuedBytes = new AtomicLong();
    private final int messageLimit;
    private final long bytesLimit;
    private volatile boolean isHealthy;

    /**
     * Creates an empty queue.
     *
     * @param length     in commands.
     * @param bytesLimit greatest sum of the lengths of queued messages.
     */
    public BridgeProxy(final int length, final int bytesLimit) {
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
        return queue.offer(command);
    }

    /**
     * Offers a message.
     *
     * @param publish to carry out.
     * @return false when there is no room: stop reading from the client and try again a little later.
     */
    public boolean offerPublish(final BridgeCommand.Publish publish) {
        final int lengthBytes = publish.lengthBytes();
        if (queue.size() >= messageLimit || queuedBytes.get() >= bytesLimit) {
            return false;
        }
        queuedBytes.addAndGet(lengthBytes);
        if (!queue.offer(publish)) {
            queuedBytes.addAndGet(-lengthBytes);
            return false;
        }
        return true;
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

    void isHealthy(final boolean newIsHealthy) {
        if (newIsHealthy != isHealthy) {
            isHealthy = newIsHealthy;
        }
    }
}
