package io.lockstep.gateway.aeron;

import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.LongArrayList;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The sessions that want one shard to describe itself, as each does every second: one question at a time stands for all
 * who asked before it was sent, so that thousands of sessions add next to nothing to the shard's log. Belongs to the thread
 * of the front end.
 */
final class DescribeAsks {
    private static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final int shardId;
    private final UnsafeBuffer question =
            new UnsafeBuffer(new byte[MessageHeaderEncoder.ENCODED_LENGTH + DescribeShardEncoder.BLOCK_LENGTH]);
    private LongArrayList asked = new LongArrayList();
    private LongArrayList waiting = new LongArrayList();
    private boolean isSent;
    private long sentNs;

    DescribeAsks(final int shardId, final long correlationId) {
        this.shardId = shardId;
        new DescribeShardEncoder()
                .wrapAndApplyHeader(question, 0, new MessageHeaderEncoder())
                .correlationId(correlationId);
    }

    void add(final long asker) {
        waiting.addLong(asker);
    }

    int doWork(final Upstream upstream, final long nowNs) {
        if (asked.isEmpty()) {
            if (waiting.isEmpty()) {
                return 0;
            }
            final LongArrayList swapped = asked;
            asked = waiting;
            waiting = swapped;
            isSent = false;
        }
        if (isSent && nowNs - sentNs < ASK_AGAIN_NS) {
            return 0;
        }
        isSent = upstream.offer(shardId, question, 0, question.capacity()) > 0;
        sentNs = nowNs;
        return isSent ? 1 : 0;
    }

    /** What was asked may be lost. */
    void onRestored() {
        isSent = false;
    }

    /** Who is answered now; to be cleared by the caller. */
    LongArrayList asked() {
        return asked;
    }
}
