package io.lockstep.cluster.node;

import io.lockstep.cluster.core.Engine;
import io.lockstep.cluster.service.ServiceStatus;
import io.lockstep.codecs.ApplyAccessRulesEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeedShardEncoder;
import io.lockstep.codecs.SetFeatureLevelEncoder;
import io.lockstep.codecs.SetReadOnlyEncoder;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.codecs.TellRefusalEncoder;
import io.lockstep.codecs.TrimJournalEncoder;
import io.lockstep.config.ClusterConfig;
import io.lockstep.config.ConfigKeys;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.agrona.CloseHelper;
import org.agrona.ExpandableArrayBuffer;

/**
 * What a steward does for one shard: seeds the settings, tells whether this node asks for read-only, and on the leader's
 * node keeps the journal within its retention. Owns the way to the shard and the retention. Steward thread only.
 */
final class ShardDuty implements AutoCloseable {
    private static final long RETRY_NS = TimeUnit.SECONDS.toNanos(10);
    // Old records may stay a quarter of their age longer; asking costs a command in the log.
    private static final int TIME_ASKED_PER_AGE = 4;
    private static final long LEAST_TIME_INTERVAL_NS = TimeUnit.SECONDS.toNanos(1);
    private static final long GREATEST_TIME_INTERVAL_NS = TimeUnit.MINUTES.toNanos(1);

    // The bit of this node is replicated state that a former run may have set, so a run begins without knowing it.
    private enum ReadOnlyBit {
        UNKNOWN,
        CLEAR,
        SET
    }

    private final int shardId;
    private final int nodeId;
    private final ClusterConfig config;
    private final Supplier<ServiceStatus> status;
    private final BooleanSupplier isLeader;
    private final ShardCommands commands;
    private final RefusedLogins refusedLogins;
    private final Supplier<Retention> newRetention;
    private final Supplier<GroupDuty> newGroups;
    private final NodeListener listener;
    private final GuardedDuty link;
    private final GuardedDuty keeping;
    private final GuardedDuty helping;
    private final GuardedDuty missed;
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final MessageHeaderEncoder headerEncoder = new MessageHeaderEncoder();
    private final SeedShardEncoder seedShard = new SeedShardEncoder();
    private final SetFeatureLevelEncoder setFeatureLevel = new SetFeatureLevelEncoder();
    private final SetReadOnlyEncoder setReadOnly = new SetReadOnlyEncoder();
    private final TrimJournalEncoder trimJournal = new TrimJournalEncoder();
    private final ApplyAccessRulesEncoder applyRules = new ApplyAccessRulesEncoder();
    private final TellRefusalEncoder tellRefusal = new TellRefusalEncoder();
    private final byte[] rules;
    private Retention retention;
    private GroupDuty groups;
    private boolean isCheckMissed;
    private boolean wasSpaceLow;
    private long correlationId = System.nanoTime();
    private boolean isSeedAnswered;
    private boolean isComparisonDue;
    private boolean isLevelDue;
    private boolean areRulesDue;
    private boolean isRefusalTold;
    private ReadOnlyBit readOnlyBit = ReadOnlyBit.UNKNOWN;
    private long nextReadOnlyNs;
    private boolean isReadOnlyRefused;
    private long clusterTimeNs;
    private long nextTimeNs = System.nanoTime();

    ShardDuty(
            final int shardId,
            final int nodeId,
            final ClusterConfig config,
            final Supplier<ServiceStatus> status,
            final BooleanSupplier isLeader,
            final ShardCommands commands,
            final RefusedLogins refusedLogins,
            final Supplier<Retention> newRetention,
            final Supplier<GroupDuty> newGroups,
            final NodeListener listener) {
        this.shardId = shardId;
        this.nodeId = nodeId;
        this.config = config;
        this.rules = IngressAccess.rulesOf(config);
        this.status = status;
        this.isLeader = isLeader;
        this.commands = commands;
        this.refusedLogins = refusedLogins;
        this.newRetention = newRetention;
        this.newGroups = newGroups;
        this.listener = listener;
        this.link = new GuardedDuty(
                "the steward's session with shard " + shardId, commands::poll, commands::disconnect, listener);
        this.keeping = new GuardedDuty("retention of shard " + shardId, this::keep, this::dropRetention, listener);
        this.missed = new GuardedDuty("the steward's duty for shard " + shardId, this::checkMissed, () -> {}, listener);
        this.helping =
                new GuardedDuty("help for the groups of shard " + shardId, this::help, this::dropGroups, listener);
    }

    /**
     * Drives the session, the retention and the help for groups.
     *
     * @param nowNs monotonic time.
     * @return how much was done.
     */
    int doWork(final long nowNs) {
        int workCount = link.doWork(nowNs) + keeping.doWork(nowNs);
        workCount += missed.doWork(nowNs);
        return workCount + helping.doWork(nowNs);
    }

    /**
     * Sends the command that is due, one at a time.
     *
     * @param nowNs      monotonic time.
     * @param isSpaceLow whether this node's disk is nearly full.
     */
    void check(final long nowNs, final boolean isSpaceLow) {
        // Groups may keep the way to the shard busy: then this has the next turn.
        isCheckMissed = commands.isBusy();
        wasSpaceLow = isSpaceLow;
        if (isCheckMissed) {
            return;
        }
        final ReadOnlyBit wanted = isSpaceLow ? ReadOnlyBit.SET : ReadOnlyBit.CLEAR;
        if (!isSeedAnswered) {
            seed();
        } else if (readOnlyBit != wanted && (!isReadOnlyRefused || nowNs - nextReadOnlyNs >= 0)) {
            askReadOnly(wanted, nowNs);
        } else if (isLevelDue) {
            raiseLevel();
        } else if (areRulesDue) {
            seedRules();
        } else if (isComparisonDue) {
            commands.describe(++correlationId, this::compareSettings);
        } else if (!isRefusalTold && !refusedLogins.isEmpty()) {
            tellRefusal(refusedLogins.poll());
        } else {
            isRefusalTold = false;
            if (isLeader.getAsBoolean()) {
                keepOnLeader(nowNs);
            }
        }
    }

    @Override
    public void close() {
        CloseHelper.quietCloseAll(commands, retention, groups);
    }

    private int keep(final long nowNs) {
        if (retention == null) {
            retention = newRetention.get();
        }
        return retention.doWork(status.get(), nowNs);
    }

    private void dropRetention() {
        final Retention failed = retention;
        retention = null;
        CloseHelper.quietClose(failed);
    }

    private int checkMissed(final long nowNs) {
        if (!isCheckMissed || commands.isBusy()) {
            return 0;
        }
        check(nowNs, wasSpaceLow);
        return 1;
    }

    private int help(final long nowNs) {
        if (!isLeader.getAsBoolean()) {
            dropGroups();
            return 0;
        }
        if (!isSeedAnswered || isCheckMissed) {
            return 0;
        }
        if (groups == null) {
            groups = newGroups.get();
        }
        return groups.doWork(status.get(), nowNs);
    }

    private void dropGroups() {
        final GroupDuty former = groups;
        groups = null;
        CloseHelper.quietClose(former);
    }

    // Age is measured in cluster time, which outlives a wrong clock of this node: only the log knows it.
    private void keepOnLeader(final long nowNs) {
        final ServiceStatus figures = status.get();
        if (figures.retentionAgeNs() > 0 && nowNs - nextTimeNs >= 0) {
            nextTimeNs = nowNs
                    + Math.max(
                            LEAST_TIME_INTERVAL_NS,
                            Math.min(GREATEST_TIME_INTERVAL_NS, figures.retentionAgeNs() / TIME_ASKED_PER_AGE));
            commands.describe(++correlationId, description -> clusterTimeNs = description.timestampNs());
            return;
        }
        if (retention != null) {
            proposeTrim(retention.proposal(figures, clusterTimeNs));
        }
    }

    private void proposeTrim(final long position) {
        if (position < 0) {
            return;
        }
        final long id = ++correlationId;
        trimJournal
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .firstReadablePosition(position);
        commands.send(buffer, MessageHeaderEncoder.ENCODED_LENGTH + trimJournal.encodedLength(), id, (code, detail) -> {
            if (code != ResultCode.ACCEPTED) {
                listener.onError(new IllegalStateException(
                        "shard " + shardId + " refused to begin its journal at " + position + ": " + code));
            }
        });
    }

    private void seed() {
        final long id = ++correlationId;
        final EngineSetting[] settings = EngineSetting.values();
        final SeedShardEncoder.SettingsEncoder group = seedShard
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .shardId(shardId)
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
        commands.send(buffer, MessageHeaderEncoder.ENCODED_LENGTH + seedShard.encodedLength(), id, (code, detail) -> {
            isSeedAnswered = true;
            if (code == ResultCode.ACCEPTED) {
                isLevelDue = true;
                listener.onEvent("shard " + shardId + ": settings seeded from this node's cluster file");
            } else if (code == ResultCode.ALREADY_SEEDED) {
                isComparisonDue = true;
            } else {
                listener.onError(new IllegalStateException("shard " + shardId
                        + " refused the settings of the cluster file: " + code + ", detail " + detail));
            }
        });
    }

    // A shard is seeded at the level that all releases know; the one that this node has just seeded is new, and nobody
    // waits for it with an older release. Any other one may have nodes of older releases, whatever it holds.
    private void raiseLevel() {
        final long id = ++correlationId;
        setFeatureLevel
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .featureLevel(Engine.FEATURE_LEVEL);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + setFeatureLevel.encodedLength();
        commands.send(buffer, length, id, (code, detail) -> {
            isLevelDue = false;
            areRulesDue = rules.length > 0;
            if (code != ResultCode.ACCEPTED && detail < Engine.FEATURE_LEVEL) {
                listener.onError(new IllegalStateException("shard " + shardId + " refused feature level "
                        + Engine.FEATURE_LEVEL + ": " + code + ", detail " + detail));
            }
        });
    }

    // Only where there never were any; all nodes try, and those that come too late are told that the version is taken.
    private void seedRules() {
        final long id = ++correlationId;
        applyRules
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .newVersion(1)
                .checkOnly(BooleanType.FALSE)
                .putRules(rules, 0, rules.length);
        final int length = MessageHeaderEncoder.ENCODED_LENGTH + applyRules.encodedLength();
        commands.send(buffer, length, id, (code, detail) -> {
            areRulesDue = false;
            if (code == ResultCode.ACCEPTED) {
                listener.onEvent(
                        "shard " + shardId + ": access rules seeded from this node's file, or the same already");
            } else if (code == ResultCode.STALE_ACCESS_RULES) {
                listener.onEvent("shard " + shardId + " has access rules of version " + detail
                        + ", which count and not those of the file ('lockstep access show' shows them)");
            } else {
                listener.onError(new IllegalStateException(
                        "shard " + shardId + " refused the access rules of the file: " + code + ", detail " + detail));
            }
        });
    }

    // Each second time at most: who is not let in shall not keep this from anything else.
    private void tellRefusal(final RefusedLogins.Login login) {
        isRefusalTold = true;
        final long id = ++correlationId;
        tellRefusal
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .unsaidCount(refusedLogins.takeUnsaid())
                .user(login.user())
                .clientId(login.clientId())
                .action("log in")
                .topic("")
                .where("node " + nodeId);
        commands.send(buffer, MessageHeaderEncoder.ENCODED_LENGTH + tellRefusal.encodedLength(), id, (code, detail) -> {
            // Below its feature level a shard does not know the command; the log of this node has the refusal.
        });
    }

    // Whoever edits the file of a cluster that runs shall not believe that it counts.
    private void compareSettings(final ShardDescriptionDecoder description) {
        isComparisonDue = false;
        areRulesDue = rules.length > 0 && description.featureLevel() >= Engine.ACCESS_LEVEL;
        if (description.featureLevel() < Engine.FEATURE_LEVEL) {
            listener.onEvent("shard " + shardId + " is at feature level " + description.featureLevel()
                    + "; once all nodes run this release, 'lockstep feature-level --set " + Engine.FEATURE_LEVEL
                    + "' switches on what is new");
        }
        final List<String> differences = new ArrayList<>();
        for (final ShardDescriptionDecoder.SettingsDecoder entry : description.settings()) {
            final EngineSetting setting = EngineSetting.ofId(entry.settingId());
            final long value = entry.settingValue();
            if (setting != null && value != config.engineSettings().get(setting)) {
                differences.add(setting.key() + " is "
                        + ConfigKeys.of(setting).formatNumber(value) + ", in the file "
                        + ConfigKeys.of(setting)
                                .formatNumber(config.engineSettings().get(setting)));
            }
        }
        if (!differences.isEmpty()) {
            listener.onEvent("shard " + shardId + " has other settings than the cluster file, which only seeds a new"
                    + " cluster ('lockstep settings set' changes them): " + String.join("; ", differences));
        }
    }

    private void askReadOnly(final ReadOnlyBit wanted, final long nowNs) {
        final long id = ++correlationId;
        setReadOnly
                .wrapAndApplyHeader(buffer, 0, headerEncoder)
                .correlationId(id)
                .nodeId(nodeId)
                .readOnly(wanted == ReadOnlyBit.SET ? BooleanType.TRUE : BooleanType.FALSE);
        nextReadOnlyNs = nowNs + RETRY_NS;
        commands.send(buffer, MessageHeaderEncoder.ENCODED_LENGTH + setReadOnly.encodedLength(), id, (code, detail) -> {
            isReadOnlyRefused = code != ResultCode.ACCEPTED;
            if (isReadOnlyRefused) {
                listener.onError(new IllegalStateException("shard " + shardId
                        + " did not take from node " + nodeId + " that it is to be "
                        + (wanted == ReadOnlyBit.SET ? "read-only" : "writable") + ": " + code + ", detail "
                        + detail));
            } else {
                readOnlyBit = wanted;
            }
        });
    }
}
