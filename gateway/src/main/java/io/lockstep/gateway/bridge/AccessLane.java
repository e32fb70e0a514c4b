package io.lockstep.gateway.bridge;

import io.lockstep.client.Access;
import io.lockstep.client.LockstepClient;
import java.util.concurrent.TimeUnit;

/**
 * Asks the cluster for its access rules every few seconds, and tells it what the gateway refused, ten times a second at most
 * and one at a time. The bridge thread only.
 */
final class AccessLane implements Access.RulesListener {
    private static final long ASK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long TELL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int SHARD_ID = 0;

    private final LockstepClient client;
    private final ClusterAccess access;
    private final String where;
    private long knownVersion;
    private boolean isAsking;
    private long nextAskNs;
    private long nextTellNs;

    AccessLane(final LockstepClient client, final ClusterAccess access, final String where) {
        this.client = client;
        this.access = access;
        this.where = where;
        this.nextAskNs = System.nanoTime();
        this.nextTellNs = nextAskNs;
    }

    int doWork() {
        final long nowNs = System.nanoTime();
        int workCount = 0;
        if (!isAsking && nowNs - nextAskNs >= 0) {
            isAsking = true;
            nextAskNs = nowNs + ASK_INTERVAL_NS;
            client.access().ask(SHARD_ID, knownVersion, TIMEOUT_NS, this);
            workCount++;
        }
        if (nowNs - nextTellNs >= 0) {
            final ClusterAccess.Refused refused = access.poll();
            if (refused != null) {
                nextTellNs = nowNs + TELL_INTERVAL_NS;
                tell(refused);
                workCount++;
            }
        }
        return workCount;
    }

    /** {@inheritDoc} */
    @Override
    public void onRules(final long version, final String rules) {
        isAsking = false;
        if (version > knownVersion && rules != null) {
            knownVersion = version;
            access.onRules(rules);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onNoRules() {
        isAsking = false;
    }

    private void tell(final ClusterAccess.Refused refused) {
        client.access()
                .tell(
                        SHARD_ID,
                        new Access.Refusal(
                                refused.principal().user(),
                                refused.principal().clientId(),
                                refused.action(),
                                refused.topic(),
                                where,
                                access.takeUnsaid()),
                        TIMEOUT_NS);
    }
}
