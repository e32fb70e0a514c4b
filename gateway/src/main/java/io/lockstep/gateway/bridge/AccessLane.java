package io.lockstep.gateway.bridge;

import io.lockstep.client.Access;
import java.util.concurrent.TimeUnit;
import org.agrona.concurrent.NanoClock;

/**
 * Asks the cluster for its access rules every few seconds, and tells it what the gateway refused, ten times a second at most
 * and one at a time. The bridge thread only.
 */
final class AccessLane implements Access.RulesListener {
    private static final long ASK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(2);
    private static final long TELL_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(100);
    private static final long TIMEOUT_NS = TimeUnit.SECONDS.toNanos(5);
    private static final int SHARD_ID = 0;
    private static final long NO_RULES = 0;

    private final Cluster cluster;
    private final ClusterAccess access;
    private final NanoClock clock;
    private final String where;
    private long knownVersion = NO_RULES;
    private boolean isAsking;
    private long nextAskNs;
    private long nextTellNs;

    /** What it needs of the cluster. */
    interface Cluster {
        /** Asks for the rules. */
        void ask(long knownVersion, Access.RulesListener listener);

        /** Tells a refusal. */
        void tell(Access.Refusal refusal);
    }

    AccessLane(final Cluster cluster, final ClusterAccess access, final NanoClock clock, final String where) {
        this.cluster = cluster;
        this.access = access;
        this.clock = clock;
        this.where = where;
        this.nextAskNs = clock.nanoTime();
        this.nextTellNs = nextAskNs;
    }

    static Cluster over(final Access access) {
        return new Cluster() {
            @Override
            public void ask(final long knownVersion, final Access.RulesListener listener) {
                access.ask(SHARD_ID, knownVersion, TIMEOUT_NS, listener);
            }

            @Override
            public void tell(final Access.Refusal refusal) {
                access.tell(SHARD_ID, refusal, TIMEOUT_NS);
            }
        };
    }

    int doWork() {
        final long nowNs = clock.nanoTime();
        int workCount = 0;
        if (!isAsking && nowNs - nextAskNs >= 0) {
            isAsking = true;
            nextAskNs = nowNs + ASK_INTERVAL_NS;
            cluster.ask(knownVersion, this);
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
        } else if (version == NO_RULES) {
            access.onNoRules();
        }
    }

    /** {@inheritDoc} */
    @Override
    public void onUnsupported() {
        isAsking = false;
        access.onNoRules();
    }

    /** {@inheritDoc} */
    @Override
    public void onNoAnswer() {
        isAsking = false;
    }

    private void tell(final ClusterAccess.Refused refused) {
        cluster.tell(new Access.Refusal(
                refused.principal().user(),
                refused.principal().clientId(),
                refused.action(),
                refused.topic(),
                where,
                access.takeUnsaid()));
    }
}
