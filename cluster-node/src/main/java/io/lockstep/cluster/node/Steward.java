package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.cluster.service.Cluster;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.NodeEndpoint;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.agrona.CloseHelper;
import org.agrona.concurrent.Agent;

/**
 * Looks after a running node: seeds the replicated settings from the cluster file, asks for read-only before the disk
 * is full and takes that back when space returns, and keeps the journal within its retention. What changes replicated
 * state goes through the log as a command. Each duty is guarded: one that fails, as on a full disk, leaves the others
 * alone and is tried again later. One thread of its own, which keeps the cluster sessions alive and must not wait for
 * other nodes.
 */
final class Steward implements Agent {
    private static final long CHECK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    // Space must return to 1.25 times the threshold before a node takes its read-only back, so that it cannot flap.
    private static final int RETURN_NUMERATOR = 5;
    private static final int RETURN_DENOMINATOR = 4;

    private final Path nodeDir;
    private final long lowSpaceBytes;
    private final LongSupplier freeBytes;
    private final NodeListener listener;
    private final List<ShardDuty> duties;
    private final GuardedDuty space;
    private final List<GuardedDuty> checks = new ArrayList<>();
    private long nextCheckNs = System.nanoTime();
    private boolean isSpaceLow;

    /**
     * Makes a steward, which owns the duties.
     *
     * @param nodeDir       of the node.
     * @param lowSpaceBytes below which the shards are to be read-only.
     * @param freeBytes     says how many bytes are free there.
     * @param duties        one for each shard.
     * @param listener      to tell.
     */
    Steward(
            final Path nodeDir,
            final long lowSpaceBytes,
            final LongSupplier freeBytes,
            final List<ShardDuty> duties,
            final NodeListener listener) {
        this.nodeDir = nodeDir;
        this.lowSpaceBytes = lowSpaceBytes;
        this.freeBytes = freeBytes;
        this.listener = listener;
        this.duties = List.copyOf(duties);
        this.space = new GuardedDuty("the watch over the disk", nowNs -> checkSpace(), () -> {}, listener);
        for (int i = 0; i < duties.size(); i++) {
            final ShardDuty duty = duties.get(i);
            checks.add(new GuardedDuty(
                    "the steward's duty for shard " + i, nowNs -> check(duty, nowNs), () -> {}, listener));
        }
    }

    static Steward of(
            final ClusterConfig config,
            final NodeEndpoint node,
            final AeronContexts contexts,
            final Aeron aeron,
            final List<ShardReplica> shards,
            final NodeDirectories directories,
            final NodeListener listener) {
        final List<ShardDuty> duties = new ArrayList<>();
        for (final ShardReplica shard : shards) {
            final ShardLink link = new ShardLink(shard.shardId(), contexts, aeron, node.host());
            duties.add(new ShardDuty(
                    shard.shardId(),
                    node.id(),
                    config,
                    () -> shard.health().status(),
                    () -> shard.role() == Cluster.Role.LEADER,
                    link,
                    contexts.refusedLogins(shard.shardId()),
                    () -> new RetentionDuty(
                            shard.shardId(),
                            config,
                            node,
                            contexts,
                            aeron,
                            directories.nodeDir().resolve("index"),
                            listener),
                    () -> new GroupDuty(
                            shard.shardId(),
                            position -> LocalJournal.open(aeron, node, shard.shardId(), position),
                            link,
                            listener),
                    listener));
        }
        return new Steward(
                directories.nodeDir(),
                config.lowSpaceBytes(),
                () -> PreFlight.usableBytes(directories.nodeDir()),
                duties,
                listener);
    }

    @Override
    public int doWork() {
        return doWork(System.nanoTime());
    }

    int doWork(final long nowNs) {
        if (nowNs - nextCheckNs >= 0) {
            nextCheckNs = nowNs + CHECK_INTERVAL_NS;
            space.doWork(nowNs);
            for (final GuardedDuty check : checks) {
                check.doWork(nowNs);
            }
        }
        int workCount = 0;
        for (final ShardDuty duty : duties) {
            workCount += duty.doWork(nowNs);
        }
        return workCount;
    }

    @Override
    public void onClose() {
        CloseHelper.quietCloseAll(duties);
    }

    @Override
    public String roleName() {
        return "lockstep-steward";
    }

    private int check(final ShardDuty duty, final long nowNs) {
        duty.check(nowNs, isSpaceLow);
        return 1;
    }

    private int checkSpace() {
        final long bytes = freeBytes.getAsLong();
        if (!isSpaceLow && bytes < lowSpaceBytes) {
            isSpaceLow = true;
            listener.onEvent(
                    "only " + bytes + " bytes are free under " + nodeDir + ": asking the shards to become read-only");
        } else if (isSpaceLow && bytes >= lowSpaceBytes / RETURN_DENOMINATOR * RETURN_NUMERATOR) {
            isSpaceLow = false;
            listener.onEvent("space has returned under " + nodeDir + ": taking read-only back");
        }
        return 1;
    }
}
