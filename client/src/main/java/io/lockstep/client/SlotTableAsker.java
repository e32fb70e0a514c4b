package io.lockstep.client;

import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.DescribeSlotTableEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.SlotTableDescriptionDecoder;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Asks shards for their slot tables; what is not answered is asked again each second until it is. Belongs to the thread
 * that owns the client.
 */
final class SlotTableAsker {
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final UnsafeBuffer buffer =
            new UnsafeBuffer(new byte[MessageHeaderEncoder.ENCODED_LENGTH + DescribeSlotTableEncoder.BLOCK_LENGTH]);
    private final DescribeSlotTableEncoder describeSlotTable = new DescribeSlotTableEncoder();
    private final MessageHeaderEncoder messageHeader = new MessageHeaderEncoder();
    private final boolean[] isAsking;
    private final long[] correlationIds;
    private final long[] askAgainNs;
    private final boolean[] isUnsupported;
    private final SlotTableState[] answers;

    SlotTableAsker(final int shardCount) {
        isAsking = new boolean[shardCount];
        correlationIds = new long[shardCount];
        askAgainNs = new long[shardCount];
        isUnsupported = new boolean[shardCount];
        answers = new SlotTableState[shardCount];
    }

    /** Begins to ask a shard, where that is not so already. */
    void begin(final int shardId, final long nowNs) {
        if (!isAsking[shardId] && !isUnsupported[shardId]) {
            isAsking[shardId] = true;
            correlationIds[shardId] = 0;
            askAgainNs[shardId] = nowNs;
        }
    }

    /** Begins anew to ask all shards; {@link #answers} is complete when each answered. */
    void beginAll(final long nowNs) {
        Arrays.fill(answers, null);
        Arrays.fill(isAsking, false);
        Arrays.fill(isUnsupported, false);
        for (int shardId = 0; shardId < isAsking.length; shardId++) {
            begin(shardId, nowNs);
        }
    }

    /** Whether the answer of a shard is awaited. */
    boolean isAsking(final int shardId) {
        return isAsking[shardId];
    }

    /** A shard whose answer is awaited, or -1. */
    int missingShardId() {
        for (int shardId = 0; shardId < isAsking.length; shardId++) {
            if (isAsking[shardId]) {
                return shardId;
            }
        }
        return -1;
    }

    int doWork(final ShardConnection[] connections, final long nowNs) {
        int workCount = 0;
        for (int shardId = 0; shardId < connections.length; shardId++) {
            if (isAsking[shardId] && nowNs - askAgainNs[shardId] >= 0) {
                workCount += ask(connections[shardId], shardId, nowNs);
            }
        }
        return workCount;
    }

    /** A session is new: what was asked in the old one is lost. */
    void onSessionRestored(final int shardId, final long nowNs) {
        isUnsupported[shardId] = false;
        askAgainNs[shardId] = nowNs;
    }

    /** The table in an answer, or null where it is none to a question of ours, or none of a seeded shard. */
    SlotTableState onAnswer(final int shardId, final SlotTableDescriptionDecoder reply) {
        if (!isAsking[shardId] || reply.correlationId() != correlationIds[shardId]) {
            return null;
        }
        final long version = reply.slotTableVersion();
        final int shardCount = reply.shardCount();
        final List<TopicRoute> routes = new ArrayList<>();
        final SlotTableDescriptionDecoder.RoutesDecoder group = reply.routes();
        while (group.hasNext()) {
            group.next();
            final int routeShardId = group.routeShardId();
            routes.add(new TopicRoute(group.prefix(), routeShardId));
        }
        final UnsafeBuffer slots = new UnsafeBuffer(new byte[SlotTable.SLOTS_LENGTH]);
        reply.getSlots(slots, 0, SlotTable.SLOTS_LENGTH);
        isAsking[shardId] = false;
        if (version == 0) {
            return null;
        }
        answers[shardId] = new SlotTableState(shardId, shardCount, version, new SlotTable(slots, 0, routes));
        return answers[shardId];
    }

    /** The shard refused the question: an older node, whose table never changes. */
    void onRefused(final int shardId, final long correlationId) {
        if (correlationId != 0 && correlationId == correlationIds[shardId]) {
            isAsking[shardId] = false;
            isUnsupported[shardId] = true;
        }
    }

    /** The last answer of each shard; null where it gave none, or is not seeded. */
    List<SlotTableState> answers() {
        return Arrays.asList(answers);
    }

    private int ask(final ShardConnection connection, final int shardId, final long nowNs) {
        final long correlationId = connection.nextCorrelationId();
        describeSlotTable.wrapAndApplyHeader(buffer, 0, messageHeader).correlationId(correlationId);
        if (connection.offer(buffer, 0, buffer.capacity()) <= 0) {
            return 0;
        }
        correlationIds[shardId] = correlationId;
        askAgainNs[shardId] = nowNs + ASK_AGAIN_NS;
        return 1;
    }
}
