package io.lockstep.client;

import io.lockstep.client.internal.ShardConnection;
import io.lockstep.codecs.ApplySettingsEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyDecoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ShardDescriptionDecoder;
import io.lockstep.config.EngineSetting;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.agrona.ExpandableArrayBuffer;

/**
 * Collects the settings of all shards from what they say of themselves, or changes one setting in all of them. A change
 * that was not answered is sent again each second with the same correlation id: applying it twice changes nothing.
 */
final class SettingsExchange {
    private static final long SEND_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

    private final EngineSetting change;
    private final long newValue;
    private final ShardConnection[] connections;
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
    private final ApplySettingsEncoder applySettings = new ApplySettingsEncoder();
    private final MessageHeaderEncoder messageHeader = new MessageHeaderEncoder();
    private final List<Map<EngineSetting, Long>> settingsByShard = new ArrayList<>();
    private final boolean[] isDone;
    private final long[] correlationIds;
    private final long[] sendAgainNs;
    private ResultCode refusal;
    private int refusingShardId;

    /**
     * Makes an exchange.
     *
     * @param change      what to change, or null to ask only.
     * @param newValue    in the setting's unit.
     * @param connections to the shards.
     * @param nowNs       monotonic time.
     */
    SettingsExchange(
            final EngineSetting change, final long newValue, final ShardConnection[] connections, final long nowNs) {
        this.change = change;
        this.newValue = newValue;
        this.connections = connections;
        this.isDone = new boolean[connections.length];
        this.correlationIds = new long[connections.length];
        this.sendAgainNs = new long[connections.length];
        for (int i = 0; i < connections.length; i++) {
            settingsByShard.add(new EnumMap<>(EngineSetting.class));
            correlationIds[i] = connections[i].nextCorrelationId();
            sendAgainNs[i] = nowNs;
        }
    }

    void send(final long nowNs) {
        for (int i = 0; change != null && i < connections.length; i++) {
            if (!isDone[i] && nowNs - sendAgainNs[i] >= 0) {
                applySettings
                        .wrapAndApplyHeader(buffer, 0, messageHeader)
                        .correlationId(correlationIds[i])
                        .isSeed(BooleanType.FALSE)
                        .shardId(i)
                        .shardCount(connections.length)
                        .settingsCount(1)
                        .next()
                        .settingId(change.id())
                        .settingValue(newValue);
                final int length = MessageHeaderEncoder.ENCODED_LENGTH + applySettings.encodedLength();
                if (connections[i].offer(buffer, 0, length) > 0) {
                    sendAgainNs[i] = nowNs + SEND_AGAIN_NS;
                }
            }
        }
    }

    void onCommandReply(final int shardId, final CommandReplyDecoder reply) {
        if (change != null && !isDone[shardId] && reply.correlationId() == correlationIds[shardId]) {
            isDone[shardId] = true;
            if (reply.code() != ResultCode.ACCEPTED) {
                refusal = reply.code();
                refusingShardId = shardId;
            }
        }
    }

    void onShardDescription(final int shardId, final ShardDescriptionDecoder reply) {
        if (change == null && !isDone[shardId]) {
            isDone[shardId] = true;
            for (final ShardDescriptionDecoder.SettingsDecoder entry : reply.settings()) {
                final EngineSetting setting = EngineSetting.ofId(entry.settingId());
                final long value = entry.settingValue();
                // A newer cluster has settings that this release cannot name.
                if (setting != null) {
                    settingsByShard.get(shardId).put(setting, value);
                }
            }
            reply.sbeRewind();
        }
    }

    /** A shard whose answer did not come yet, or -1. */
    int missingShardId() {
        for (int i = 0; i < isDone.length; i++) {
            if (!isDone[i]) {
                return i;
            }
        }
        return -1;
    }

    void throwWhereRefused() {
        if (refusal != null) {
            throw new LockstepException(
                    "shard " + refusingShardId + " refused " + newValue + " for " + change.key() + ": " + refusal);
        }
    }

    List<Map<EngineSetting, Long>> settingsByShard() {
        return settingsByShard;
    }
}
