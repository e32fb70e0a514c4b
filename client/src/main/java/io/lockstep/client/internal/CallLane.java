package io.lockstep.client.internal;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.collections.Long2ObjectHashMap;

/**
 * The calls of one shard that await an answer. What was not sent waits in the order in which it began, and nothing overtakes a
 * command that is not taken. All others are looked at only now and then, because there may be thousands.
 */
final class CallLane {
    /** How often deadlines and what was sent long ago are looked at: a call ends, or is sent again, this much late. */
    static final long CHECK_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(10);

    private final Long2ObjectHashMap<ShardCall> byCorrelationId = new Long2ObjectHashMap<>();
    // In the order in which they began; what ended stays until the next check.
    private final List<ShardCall> calls = new ArrayList<>();
    private final Deque<ShardCall> unsent = new ArrayDeque<>();
    private long checkedNs;
    private boolean isChecked;

    void begin(final ShardCall call) {
        byCorrelationId.put(call.correlationId(), call);
        calls.add(call);
        unsent.add(call);
    }

    /** The call that awaits an answer, which it awaits no more; null where there is none. */
    ShardCall take(final long correlationId) {
        return byCorrelationId.remove(correlationId);
    }

    /** What was sent in the old session may be lost. */
    void onSessionRestored() {
        unsent.clear();
        for (final ShardCall call : calls) {
            if (!call.isEnded()) {
                call.onSessionRestored();
                unsent.add(call);
            }
        }
    }

    int doWork(final long nowNs) {
        if (calls.isEmpty()) {
            return 0;
        }
        int workCount = 0;
        if (!isChecked || nowNs - checkedNs >= CHECK_INTERVAL_NS) {
            isChecked = true;
            checkedNs = nowNs;
            workCount += check(nowNs);
        }
        return workCount + send(nowNs);
    }

    private int check(final long nowNs) {
        int workCount = 0;
        boolean isTaken = true;
        // By index: a listener may begin calls.
        for (int i = 0; i < calls.size(); i++) {
            final ShardCall call = calls.get(i);
            if (call.expire(nowNs)) {
                workCount++;
            } else if (isTaken && call.isDueAgain(nowNs)) {
                isTaken = call.send(nowNs);
                workCount += isTaken ? 1 : 0;
            }
        }
        forgetEnded();
        return workCount;
    }

    private void forgetEnded() {
        int count = 0;
        for (int i = 0; i < calls.size(); i++) {
            final ShardCall call = calls.get(i);
            if (call.isEnded()) {
                byCorrelationId.remove(call.correlationId());
            } else {
                calls.set(count++, call);
            }
        }
        calls.subList(count, calls.size()).clear();
    }

    private int send(final long nowNs) {
        int workCount = 0;
        // What listeners begin meanwhile is sent in the next turn, so that this one ends.
        for (int remaining = unsent.size(); remaining > 0; remaining--) {
            // Taken out first: a command that cannot be sent throws, and is not to hold up all others then.
            final ShardCall call = unsent.remove();
            if (call.expire(nowNs)) {
                workCount++;
            } else if (!call.isEnded()) {
                if (!call.send(nowNs)) {
                    unsent.addFirst(call);
                    break;
                }
                workCount++;
            }
        }
        return workCount;
    }
}
