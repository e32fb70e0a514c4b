package io.lockstep.cluster.node;

import io.aeron.Aeron;
import io.aeron.cluster.service.Cluster;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeedShardEncoder;
import io.lockstep.codecs.SetReadOnlyEncoder;
import io.lockstep.codecs.TrimJournalEncoder;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.EngineSetting;
import io.lockstep.config.NodeEndpoint;
import io.lockstep.topic.TopicRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.agrona.CloseHelper;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.Agent;

/**
 * Looks after a running node: seeds the replicated settings from the cluster file, asks for read-only before the disk
 * is full and takes that back when space returns, and keeps the journal within its retention. What changes replicated
 * state goes through the log as a command. One thread of its own, which keeps the cluster sessions alive and must not
 * wait for other nodes.
 */
final class Steward implements Agent {
    private static final long CHECK_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    // Space must return to 1.25 times the threshold before a node takes its read-only back, so that it cannot flap.
    private static final int RETURN_NUMERATOR = 5;
    private static final int RETURN_DENOMINATOR = 4;

    private final ClusterConfig config;
    private final NodeEndpoint node;
    private final NodeDirectories directories;
    private final NodeListener listener;
    private final List<ShardDuty> duties = new ArrayList<>();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final SeedShardEncoder seedShard = new SeedShardEncoder();
    private final SetReadOnlyEncoder setReadOnly = new SetReadOnlyEncoder();
    private final TrimJournalEncoder trimJournal = new TrimJournalEncoder();
    private long nextCheckNs = System.nanoTime();
    private long correlationId = System.nanoTime();
    private boolean isSpaceLow;

    Steward(
            final ClusterConfig config,
            final NodeEndpoint node,
            final AeronContexts contexts,
            final Aeron aeron,
            final List<ShardReplica> shards,
            final NodeDirectories directories,
            final NodeListener listener) {
        this.config = config;
        this.node = node;
        this.directories = directories;
        this.listener = listener;
        for (final ShardReplica shard : shards) {
            duties.add(new ShardDuty(
                    shard,
                    new ShardLink(shard.shardId(), contexts, aeron, node.host()),
                    new RetentionDuty(
                            shard.shardId(),
                            config,
                            node,
                            contexts,
                            aeron,
                            directories.nodeDir().resolve("index"),
                            listener)));
        }
    }

    @Override
    public int doWork() {
        final long nowNs = System.nanoTime();
        int workCount = 0;
        for (final ShardDuty duty : duties) {
            workCount += duty.link.poll(nowNs);
            workCount += duty.retention.doWork(duty.shard.health().status(), nowNs);
        }
        if (nowNs - nextCheckNs >= 0) {
            nextCheckNs = nowNs + CHECK_INTERVAL_NS;
            checkSpace();
            for (final ShardDuty duty : duties) {
                check(duty);
            }
        }
        return workCount;
    }

    @Override
    public void onClose() {
        for (final ShardDuty duty : duties) {
            CloseHelper.quietCloseAll(duty.link, duty.retention);
        }
    }

    @Override
    public String roleName() {
        return "lockstep-steward";
    }

    private void checkSpace() {
        final long freeBytes = PreFlight.usableBytes(directories.nodeDir());
        final long thresholdBytes = config.lowSpaceBytes();
        if (!isSpaceLow && freeBytes < thresholdBytes) {
            isSpaceLow = true;
            listener.onEvent("only " + freeBytes + " bytes are free under " + directories.nodeDir()
                    + ": asking the shards to become read-only");
        } else if (isSpaceLow && freeBytes >= thresholdBytes / RETURN_DENOMINATOR * RETURN_NUMERATOR) {
            isSpaceLow = false;
            listener.onEvent("space has returned under " + directories.nodeDir() + ": taking read-only back");
        }
    }

    private void check(final ShardDuty duty) {
        if (duty.link.isBusy()) {
            return;
        }
        if (!duty.isSeedAnswered) {
            seed(duty);
        } else if (duty.isReadOnlyAsked != isSpaceLow) {
            askReadOnly(duty, isSpaceLow);
        } else if (duty.shard.role() == Cluster.Role.LEADER) {
            proposeTrim(duty);
        }
    }

    private void proposeTrim(final ShardDuty duty) {
        final long position = duty.retention.proposal(
                duty.shard.health().status(), TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
        if (position < 0) {
            return;
        }
        final long id = ++correlationId;
        trimJournal
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .firstReadablePosition(position);
        duty.link.send(
                buffer, MessageHeaderEncoder.ENCODED_LENGTH + trimJournal.encodedLength(), id, (code, detail) -> {
                    if (code != ResultCode.ACCEPTED) {
                        listener.onError(new IllegalStateException("shard " + duty.shard.shardId()
                                + " refused to begin its journal at " + position + ": " + code));
                    }
                });
    }

    private void seed(final ShardDuty duty) {
        final long id = ++correlationId;
        final EngineSetting[] settings = EngineSetting.values();
        final SeedShardEncoder.SettingsEncoder group = seedShard
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .shardId(duty.shard.shardId())
                .shardCount(config.shardCount())
                .settingsCount(settings.length);
        for (final EngineSetting setting : settings) {
            group.next()
                    .settingId(setting.id())
                    .settingValue(config.engineSettings().get(setting));
        }
        final SeedShardEncoder.RoutesEncoder routes =
                seedShard.routesCount(config.routes().size());
        for (final TopicRoute route : config.routes()) {
            routes.next().routeShardId(route.shardId()).prefix(route.prefix());
        }
        duty.link.send(buffer, MessageHeaderEncoder.ENCODED_LENGTH + seedShard.encodedLength(), id, (code, detail) -> {
            duty.isSeedAnswered = true;
            if (code == ResultCode.ACCEPTED) {
                listener.onEvent("shard " + duty.shard.shardId() + ": settings seeded from this node's cluster file");
            } else if (code != ResultCode.ALREADY_SEEDED) {
                listener.onError(new IllegalStateException("shard " + duty.shard.shardId()
                        + " refused the settings of the cluster file: " + code + ", detail " + detail));
            }
        });
    }

    private void askReadOnly(final ShardDuty duty, final boolean isReadOnly) {
        final long id = ++correlationId;
        setReadOnly
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .nodeId(node.id())
                .readOnly(isReadOnly ? BooleanType.TRUE : BooleanType.FALSE);
        duty.link.send(
                buffer,
                MessageHeaderEncoder.ENCODED_LENGTH + setReadOnly.encodedLength(),
                id,
                (code, detail) -> duty.isReadOnlyAsked = isReadOnly);
    }

    private static final class ShardDuty {
        private final ShardReplica shard;
        private final ShardLink link;
        private final RetentionDuty retention;
        private boolean isSeedAnswered;
        private boolean isReadOnlyAsked;

        ShardDuty(final ShardReplica shard, final ShardLink link, final RetentionDuty retention) {
            this.retention = retention;
            this.shard = shard;
            this.link = link;
        }
    }
}
