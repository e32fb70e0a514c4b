package io.lockstep.gateway.bridge;

import io.lockstep.gateway.session.OpeningLimits;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Sessions on their way to be opened: so many at once, the others in the order in which they came. Without that, all clients
 * that connect after an outage are asked for at once, and none is answered in time. As many wait as there may be sessions.
 * Bridge thread only.
 */
final class SessionOpenings {
    private final Map<ClusterSession, Waiting> waiting = new LinkedHashMap<>();
    private final OpeningLimits limits;
    private int openingCount;
    private long nowNs;

    private record Waiting(BridgeCommand.Open command, long deadlineNs) {}

    SessionOpenings(final OpeningLimits limits, final long nowNs) {
        this.limits = limits;
        this.nowNs = nowNs;
    }

    void add(final ClusterSession session, final BridgeCommand.Open command) {
        waiting.put(session, new Waiting(command, nowNs + limits.timeoutNs()));
        startNext();
    }

    /** The session is not to be opened any more; no matter where it waited at all. */
    void remove(final ClusterSession session) {
        waiting.remove(session);
    }

    /** One that was begun has ended, well or not. */
    void onEnded() {
        openingCount--;
        startNext();
    }

    /** Refuses those that waited for too long; returns their number. */
    int doWork(final long newNowNs) {
        nowNs = newNowNs;
        int refusedCount = 0;
        while (!waiting.isEmpty()) {
            final Map.Entry<ClusterSession, Waiting> first =
                    waiting.entrySet().iterator().next();
            if (nowNs - first.getValue().deadlineNs() < 0) {
                break;
            }
            waiting.remove(first.getKey());
            first.getKey().refuse(OpenRefusal.BUSY);
            refusedCount++;
        }
        return refusedCount;
    }

    private void startNext() {
        while (openingCount < limits.maxOpening() && !waiting.isEmpty()) {
            final Iterator<Map.Entry<ClusterSession, Waiting>> entries =
                    waiting.entrySet().iterator();
            final Map.Entry<ClusterSession, Waiting> first = entries.next();
            final ClusterSession session = first.getKey();
            final BridgeCommand.Open command = first.getValue().command();
            entries.remove();
            openingCount++;
            session.open(command);
        }
    }
}
