package io.lockstep.client;

import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.ApplySettingsEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SetFeatureLevelEncoder;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.config.EngineSetting;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The replicated settings of a cluster and its feature level. Each call waits for its answers. Made by {@link LockstepClient#settings()}; belongs
 * to the thread that owns the client, and is not to be called from a handler or listener.
 */
public final class Settings {
    private static final ShardCommand DESCRIBE = (buffer, header, correlationId) ->
            new DescribeShardEncoder().wrapAndApplyHeader(buffer, 0, header).correlationId(correlationId);

    private final LockstepClient client;

    Settings(final LockstepClient client) {
        this.client = client;
    }

    /**
     * The settings of all shards. They are the same in all of them, unless a change reached only some.
     *
     * @param timeoutNs greatest time to wait.
     * @return by shard; what a newer cluster has beyond what this release knows is missing.
     * @throws LockstepException where a shard did not answer in time.
     */
    public List<Map<EngineSetting, Long>> list(final long timeoutNs) {
        final List<Map<EngineSetting, Long>> settingsByShard = new ArrayList<>();
        for (final BlockingCall call : BlockingCall.askAll(client, shardId -> DESCRIBE, timeoutNs)) {
            settingsByShard.add(settingsOf(descriptionOf(call)));
        }
        return settingsByShard;
    }

    /**
     * Changes a setting in all shards. Where it throws, some shards may have the new value; calling again is harmless.
     *
     * @param setting   to change.
     * @param value     in its unit.
     * @param timeoutNs greatest time to wait.
     * @throws LockstepException where a shard refused it or did not answer in time.
     */
    public void change(final EngineSetting setting, final long value, final long timeoutNs) {
        if (!setting.isInRange(value)) {
            throw new IllegalArgumentException(
                    setting.key() + " takes " + setting.lowest() + " to " + setting.highest() + ", but it is " + value);
        }
        for (final BlockingCall call :
                BlockingCall.askAll(client, shardId -> changeCommand(shardId, setting, value), timeoutNs)) {
            final ResultCode code = call.commandAnswer().code();
            if (code != ResultCode.ACCEPTED) {
                throw new LockstepException(
                        "shard " + call.shardId() + " refused " + value + " for " + setting.key() + ": " + code);
            }
        }
    }

    /**
     * The feature levels of all shards: which meanings of commands and records are in effect. They are the same in all of
     * them, unless a change reached only some.
     *
     * @param timeoutNs greatest time to wait.
     * @return by shard.
     * @throws LockstepException where a shard did not answer in time.
     */
    public List<Integer> featureLevels(final long timeoutNs) {
        final List<Integer> levels = new ArrayList<>();
        for (final BlockingCall call : BlockingCall.askAll(client, shardId -> DESCRIBE, timeoutNs)) {
            levels.add(descriptionOf(call).featureLevel());
        }
        return levels;
    }

    /**
     * Raises the feature level of all shards, for ever. Every node must run a release that knows the level: one that does
     * not stops. Where it throws, some shards may have the new level; calling again is harmless.
     *
     * @param level     not below that of a shard, and known to the nodes.
     * @param timeoutNs greatest time to wait.
     * @throws LockstepException where a shard refused it or did not answer in time.
     */
    public void raiseFeatureLevel(final int level, final long timeoutNs) {
        final ShardCommand command = (buffer, header, correlationId) -> new SetFeatureLevelEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .featureLevel(level);
        for (final BlockingCall call : BlockingCall.askAll(client, shardId -> command, timeoutNs)) {
            final CommandAnswer answer = call.commandAnswer();
            if (answer.code() != ResultCode.ACCEPTED) {
                throw new LockstepException("shard " + call.shardId() + " refused feature level " + level + ": "
                        + (answer.code() == ResultCode.BAD_FEATURE_LEVEL
                                ? "it is at " + answer.detail() + ", and takes no lower one and none that its release"
                                        + " does not know"
                                : answer.code() + ", detail " + answer.detail()));
            }
        }
    }

    private ShardCommand changeCommand(final int shardId, final EngineSetting setting, final long value) {
        return (buffer, header, correlationId) -> {
            final ApplySettingsEncoder command = new ApplySettingsEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(correlationId)
                    .isSeed(BooleanType.FALSE)
                    .shardId(shardId)
                    .shardCount(client.shardCount());
            command.settingsCount(1).next().settingId(setting.id()).settingValue(value);
            return command;
        };
    }

    private static ShardDescriptionDecoder descriptionOf(final BlockingCall call) {
        return new ShardDescriptionDecoder()
                .wrapAndApplyHeader(
                        call.require(ShardDescriptionDecoder.TEMPLATE_ID, "describe itself")
                                .answer(),
                        0,
                        new MessageHeaderDecoder());
    }

    private static Map<EngineSetting, Long> settingsOf(final ShardDescriptionDecoder description) {
        final Map<EngineSetting, Long> settings = new EnumMap<>(EngineSetting.class);
        for (final ShardDescriptionDecoder.SettingsDecoder entry : description.settings()) {
            final EngineSetting setting = EngineSetting.ofId(entry.settingId());
            final long value = entry.settingValue();
            // A newer cluster has settings that this release cannot name.
            if (setting != null) {
                settings.put(setting, value);
            }
        }
        return settings;
    }
}
