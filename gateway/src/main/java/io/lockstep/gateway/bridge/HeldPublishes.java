package io.lockstep.gateway.bridge;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Messages that the link had no room for, in their order for each shard, each until its time is over. Bridge thread only.
 *
 * <p>A shard is full when it holds as much as the bounds leave free: one stuck shard may hold half of them, two a third
 * each, and there is always room for the others.
 */
final class HeldPublishes {
    /** Is offered messages. */
    interface Taker {
        /** Whether a message needs to be held no longer. */
        boolean isTaken(int shardId, BridgeCommand.Publish publish);
    }

    private final List<ShardQueue> queueByShard = new ArrayList<>();
    private final int maxCount;
    private final long maxBytes;
    private final long timeoutNs;
    private int count;
    private long bytes;

    HeldPublishes(final int maxCount, final long maxBytes, final long timeoutNs) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
        this.timeoutNs = timeoutNs;
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** Whether a message must wait behind others of its shard. */
    boolean isHolding(final int shardId) {
        return shardId < queueByShard.size() && !queueByShard.get(shardId).isEmpty();
    }

    /** The shards that should be sent no more messages: bit {@code s} for shard {@code s}. */
    long fullShards() {
        long shards = 0;
        if (count > 0) {
            for (int shardId = 0; shardId < queueByShard.size(); shardId++) {
                shards |= isFull(queueByShard.get(shardId)) ? 1L << shardId : 0;
            }
        }
        return shards;
    }

    void add(final int shardId, final BridgeCommand.Publish publish, final long nowNs) {
        while (queueByShard.size() <= shardId) {
            queueByShard.add(new ShardQueue());
        }
        queueByShard.get(shardId).add(new Held(publish, nowNs + timeoutNs));
        count++;
        bytes += publish.lengthBytes();
    }

    /** Offers the messages of each shard again, in their order, until one is not taken. */
    int offerTo(final Taker taker) {
        int taken = 0;
        for (int shardId = 0; count > 0 && shardId < queueByShard.size(); shardId++) {
            final ShardQueue queue = queueByShard.get(shardId);
            for (Held next = queue.peek(); next != null && taker.isTaken(shardId, next.publish); next = queue.peek()) {
                remove(queue);
                taken++;
            }
        }
        return taken;
    }

    /** Hands out the messages whose time is over and holds them no longer. */
    int expire(final long nowNs, final Consumer<BridgeCommand.Publish> expired) {
        int given = 0;
        for (int shardId = 0; count > 0 && shardId < queueByShard.size(); shardId++) {
            final ShardQueue queue = queueByShard.get(shardId);
            for (Held next = queue.peek(); next != null && nowNs - next.deadlineNs >= 0; next = queue.peek()) {
                remove(queue);
                expired.accept(next.publish);
                given++;
            }
        }
        return given;
    }

    private boolean isFull(final ShardQueue queue) {
        return !queue.isEmpty() && (queue.size() >= maxCount - count || queue.bytes >= maxBytes - bytes);
    }

    private void remove(final ShardQueue queue) {
        final int lengthBytes = queue.remove().publish.lengthBytes();
        count--;
        bytes -= lengthBytes;
    }

    private record Held(BridgeCommand.Publish publish, long deadlineNs) {}

    private static final class ShardQueue {
        private final Queue<Held> queue = new ArrayDeque<>();
        private long bytes;

        boolean isEmpty() {
            return queue.isEmpty();
        }

        int size() {
            return queue.size();
        }

        Held peek() {
            return queue.peek();
        }

        void add(final Held held) {
            queue.add(held);
            bytes += held.publish.lengthBytes();
        }

        Held remove() {
            final Held held = queue.remove();
            bytes -= held.publish.lengthBytes();
            return held;
        }
    }
}
