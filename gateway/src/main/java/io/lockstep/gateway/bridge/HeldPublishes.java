package io.lockstep.gateway.bridge;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.function.Predicate;

/** Messages that the link had no room for, in their order for each shard. Bridge thread only. */
final class HeldPublishes {
    private final List<Queue<BridgeCommand.Publish>> queueByShard = new ArrayList<>();
    private final int maxCount;
    private final long maxBytes;
    private int count;
    private long bytes;

    HeldPublishes(final int maxCount, final long maxBytes) {
        this.maxCount = maxCount;
        this.maxBytes = maxBytes;
    }

    /** Whether a message must wait behind others of its shard. */
    boolean isHolding(final int shardId) {
        return shardId < queueByShard.size() && !queueByShard.get(shardId).isEmpty();
    }

    /** Whether as much is held as may be; the last message may go beyond it. */
    boolean isFull() {
        return count >= maxCount || bytes >= maxBytes;
    }

    void add(final int shardId, final BridgeCommand.Publish publish) {
        while (queueByShard.size() <= shardId) {
            queueByShard.add(new ArrayDeque<>());
        }
        queueByShard.get(shardId).add(publish);
        count++;
        bytes += publish.lengthBytes();
    }

    /** Offers the messages of each shard again, in their order, until one is not taken. */
    int offerTo(final Predicate<BridgeCommand.Publish> taker) {
        if (count == 0) {
            return 0;
        }
        int taken = 0;
        for (final Queue<BridgeCommand.Publish> queue : queueByShard) {
            for (BridgeCommand.Publish next = queue.peek(); next != null && taker.test(next); next = queue.peek()) {
                queue.remove();
                count--;
                bytes -= next.lengthBytes();
                taken++;
            }
        }
        return taken;
    }
}
