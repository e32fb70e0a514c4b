package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.ResultCode;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.agrona.DirectBuffer;

/**
 * Keeps the publisher lease of a topic, or waits for it: at most one process publishes to the topic, and a holder that was
 * paused or cut off is refused once another one took over. Renewed each third of its duration while the client works;
 * closing releases it, so that the next holder takes over at once. Made by {@link LockstepClient#addLease} and owned by the
 * thread that owns the client.
 *
 * <pre>{@code
 * Lease lease = client.addLease("plant/7/setpoint", TimeUnit.SECONDS.toNanos(10), listener);
 * if (lease.isHeld()) {
 *     publisher.offer("plant/7/setpoint", options.clear().fence(lease.token()), buffer, 0, length);
 * }
 * }</pre>
 *
 * <p>{@link #isHeld()} goes by the clock of this process, counted from when the renewal was sent, less a thousandth for
 * clocks that drift: where it says yes, no other holder has the lease, unless the clocks differ by more. It is a hint for
 * the program; what the topic takes is decided by the token alone.
 */
public final class Lease implements ClientDuty {
    private static final long MIN_DURATION_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MAX_DURATION_NS = TimeUnit.HOURS.toNanos(1);
    private static final long MAX_RETRY_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long MIN_RETRY_NS = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long RELEASE_TIMEOUT_NS = TimeUnit.SECONDS.toNanos(1);
    private static final int RENEWALS_PER_DURATION = 3;
    private static final int DRIFT_DIVISOR = 1_000;

    /** The answer to one command. */
    private final class Answer implements ShardCall.Listener {
        private final long sentNs;
        private final boolean isRenewal;

        private Answer(final long sentNs, final boolean isRenewal) {
            this.sentNs = sentNs;
            this.isRenewal = isRenewal;
        }

        @Override
        public void onAnswer(final int templateId, final DirectBuffer buffer, final int offset, final int length) {
            final LeaseGrant grant = Leases.grantOf(templateId, buffer, offset);
            call = null;
            if (grant.isAccepted()) {
                onGranted(grant, sentNs);
            } else if (isRenewal) {
                onRenewalRefused(grant);
            } else {
                onAcquisitionRefused(grant);
            }
        }

        @Override
        public void onTimeout() {
            // The next one counts from when it is sent, so it holds for longer.
            call = null;
            nextCallNs = client.nowNs();
        }
    }

    private final LockstepClient client;
    private final String topic;
    private final long durationNs;
    private final long holderId = ThreadLocalRandom.current().nextLong(Long.MIN_VALUE + 1, Long.MAX_VALUE);
    private final LeaseListener listener;
    private ShardCall call;
    private long token;
    private int shardId;
    private long heldUntilNs;
    private long nextCallNs;
    private boolean isHolder;
    private boolean isClosed;

    Lease(final LockstepClient client, final String topic, final long durationNs, final LeaseListener listener) {
        if (durationNs < MIN_DURATION_NS || durationNs > MAX_DURATION_NS) {
            throw new IllegalArgumentException("a lease is held for 1 s to 1 h, but for " + durationNs + " ns");
        }
        this.client = client;
        this.topic = Objects.requireNonNull(topic, "topic");
        this.durationNs = durationNs;
        this.listener = Objects.requireNonNull(listener, "listener");
        this.shardId = client.shardOf(topic);
        this.nextCallNs = client.nowNs();
    }

    /**
     * Whether this process may rely on holding the lease now. False from the end of the last renewal on, also where the
     * client does not work any more.
     *
     * @return true if so.
     */
    public boolean isHeld() {
        return isHolder && client.nowNs() - heldUntilNs < 0;
    }

    /**
     * The fencing token to publish with.
     *
     * @return the token of the last lease that was given, 0 where none was yet.
     */
    public long token() {
        return token;
    }

    /**
     * The topic that is leased.
     *
     * @return its name.
     */
    public String topic() {
        return topic;
    }

    /**
     * How the cluster knows this holder.
     *
     * @return the id, chosen at random.
     */
    public long holderId() {
        return holderId;
    }

    /**
     * How long the lease is held when it is not renewed.
     *
     * @return in nanoseconds.
     */
    public long durationNs() {
        return durationNs;
    }

    /**
     * Whether the lease was closed.
     *
     * @return true if so.
     */
    public boolean isClosed() {
        return isClosed;
    }

    /** {@inheritDoc} */
    @Override
    public int doWork(final long nowNs) {
        if (isClosed) {
            return 0;
        }
        int workCount = 0;
        if (isHolder && nowNs - heldUntilNs >= 0) {
            lose("it was not renewed in time", nowNs);
            workCount++;
        }
        if (call == null && !isClosed && nowNs - nextCallNs >= 0) {
            begin(nowNs);
            workCount++;
        }
        return workCount;
    }

    /** {@inheritDoc} */
    @Override
    public void onSessionRestored(final int restoredShardId) {
        if (restoredShardId == shardId && call == null) {
            nextCallNs = client.nowNs();
        }
    }

    /** Releases the lease where it is held, without waiting for the answer, and asks for it no more. */
    @Override
    public void close() {
        if (isClosed) {
            return;
        }
        isClosed = true;
        final boolean isToRelease = isHolder || call != null;
        isHolder = false;
        if (call != null) {
            call.cancel();
        }
        client.remove(this);
        if (isToRelease && token > 0 && client.isConnected(shardId)) {
            // Sent once: where it gets lost the lease runs out.
            ShardCall.of(
                            shardId,
                            client.connection(shardId),
                            Leases.releaseCommand(topic, token),
                            client.nowNs() + RELEASE_TIMEOUT_NS,
                            new Answer(0, true))
                    .send(client.nowNs());
        }
    }

    private void begin(final long nowNs) {
        final int owner = client.shardOf(topic);
        if (isHolder && owner != shardId) {
            lose("the topic belongs to another shard now", nowNs);
        }
        shardId = owner;
        final ShardCommand command =
                isHolder ? Leases.renewCommand(topic, token) : Leases.acquireCommand(topic, holderId, durationNs);
        call = client.ask(shardId, command, nowNs + durationNs / RENEWALS_PER_DURATION, new Answer(nowNs, isHolder));
    }

    private void onGranted(final LeaseGrant grant, final long sentNs) {
        heldUntilNs = sentNs + durationNs - durationNs / DRIFT_DIVISOR;
        nextCallNs = sentNs + durationNs / RENEWALS_PER_DURATION;
        if (!isHolder && client.nowNs() - heldUntilNs < 0) {
            isHolder = true;
            token = grant.token();
            listener.onAcquired(this, token, shardId, grant.journalPosition());
        }
    }

    private void onRenewalRefused(final LeaseGrant grant) {
        if (isClosed) {
            return;
        }
        if (grant.code() == ResultCode.WRONG_SHARD) {
            client.routing().slotTableAsker().begin(shardId);
        }
        lose("the cluster refused to renew it: " + grant.code() + " (" + grant.detail() + ")", client.nowNs());
    }

    private void onAcquisitionRefused(final LeaseGrant grant) {
        if (grant.code() == ResultCode.WRONG_SHARD) {
            client.routing().slotTableAsker().begin(shardId);
        }
        final long waitNs = grant.code() == ResultCode.LEASE_HELD
                ? Math.max(MIN_RETRY_NS, Math.min(grant.detail(), MAX_RETRY_NS))
                : MAX_RETRY_NS;
        nextCallNs = client.nowNs() + waitNs;
        listener.onRefused(this, grant.code(), grant.detail());
    }

    private void lose(final String reason, final long nowNs) {
        if (isHolder) {
            isHolder = false;
            nextCallNs = nowNs;
            if (call != null) {
                call.cancel();
                call = null;
            }
            listener.onLost(this, reason);
        }
    }
}
