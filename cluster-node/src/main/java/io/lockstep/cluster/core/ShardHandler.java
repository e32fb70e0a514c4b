package io.lockstep.cluster.core;

import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.TopicRoute;
import io.lockstep.wire.JournalFormat;
import java.util.List;
import org.agrona.DirectBuffer;

/** Commands that change the shard as a whole: settings, retention, modes, and topics that are created on demand. */
final class ShardHandler {
    private final PartList parts;
    private final EntryCheck entryCheck;
    private final JournalAppender appender;
    private final ReplyProxy replies;

    ShardHandler(
            final PartList parts,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final ReplyProxy replies) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.appender = appender;
        this.replies = replies;
    }

    /** Seeds the shard at a feature level; {@code routes} is null where those that were sent cannot be. */
    void onSeed(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final int shardId,
            final int shardCount,
            final SettingChanges changes,
            final List<TopicRoute> routes,
            final int featureLevel) {
        if (parts.shard().isSeeded()) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.ALREADY_SEEDED, 0);
            return;
        }
        if (shardCount < 1 || shardCount > Limits.MAX_SHARDS || shardId < 0 || shardId >= shardCount) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_SETTING, 0);
            return;
        }
        final int offender = firstBadSetting(changes);
        if (offender >= 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_SETTING, changes.settingId(offender));
            return;
        }
        if (!areWithin(routes, shardCount)) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_SLOT_TABLE, 0);
            return;
        }
        parts.shard().seed(shardId, shardCount, routes);
        apply(logPosition, changes);
        if (!routes.isEmpty()) {
            appender.appendEvent(
                    RecordKind.SLOT_TABLE_CHANGED, parts.shard().slotTableVersion(), routes.size(), logPosition);
        }
        raiseTo(featureLevel, logPosition);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, 0);
    }

    void onChangeSettings(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final SettingChanges changes) {
        final int offender = firstBadSetting(changes);
        if (offender >= 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_SETTING, changes.settingId(offender));
            return;
        }
        apply(logPosition, changes);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, 0);
    }

    void onTrimJournal(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long firstReadablePosition) {
        final JournalPart journal = parts.journal();
        final boolean isAligned = (firstReadablePosition & (JournalFormat.FRAME_ALIGNMENT - 1)) == 0;
        if (firstReadablePosition > journal.position() || !isAligned) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_POSITION, journal.position());
            return;
        }
        if (firstReadablePosition > journal.firstReadablePosition()) {
            journal.firstReadablePosition(firstReadablePosition);
            appender.appendEvent(RecordKind.JOURNAL_TRIMMED, firstReadablePosition, 0, logPosition);
        }
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, journal.firstReadablePosition());
    }

    void onSetReadOnly(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final int nodeId,
            final boolean isReadOnly) {
        if (nodeId < 0 || nodeId >= Limits.MAX_NODES) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.MALFORMED, 0);
            return;
        }
        final ShardPart shard = parts.shard();
        final long nodeBit = 1L << nodeId;
        final long nodeBits = isReadOnly ? shard.readOnlyNodes() | nodeBit : shard.readOnlyNodes() & ~nodeBit;
        if (nodeBits != shard.readOnlyNodes()) {
            shard.readOnlyNodes(nodeBits);
            appender.appendEvent(RecordKind.READ_ONLY_CHANGED, shard.isReadOnly() ? 1 : 0, nodeBits, logPosition);
        }
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, nodeBits);
    }

    void onSetFeatureLevel(
            final long clusterSessionId, final long logPosition, final long correlationId, final int featureLevel) {
        final ShardPart shard = parts.shard();
        if (featureLevel < shard.featureLevel() || !Engine.isFeatureLevel(featureLevel)) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_FEATURE_LEVEL, shard.featureLevel());
            return;
        }
        raiseTo(featureLevel, logPosition);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, featureLevel);
    }

    void onCreateTopic(
            final long clusterSessionId,
            final long correlationId,
            final DirectBuffer buffer,
            final int nameOffset,
            final int nameLength) {
        final Topic existing = parts.topics().find(buffer, nameOffset, nameLength);
        ResultCode code = entryCheck.isSeedMissing()
                ? ResultCode.NOT_SEEDED
                : entryCheck.checkName(buffer, nameOffset, nameLength, existing);
        if (code == ResultCode.ACCEPTED && existing == null) {
            code = entryCheck.checkCreation(nameLength, 0, 0);
        }
        if (code != ResultCode.ACCEPTED) {
            final long detail = entryCheck.detailOfName(code, buffer, nameOffset, nameLength, existing);
            replies.commandReply(clusterSessionId, correlationId, code, detail);
            return;
        }
        final Topic topic = existing != null ? existing : parts.topics().create(buffer, nameOffset, nameLength);
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, topic.id());
    }

    private void raiseTo(final int featureLevel, final long logPosition) {
        if (featureLevel > parts.shard().featureLevel()) {
            parts.shard().featureLevel(featureLevel);
            appender.appendEvent(RecordKind.FEATURE_LEVEL_CHANGED, featureLevel, 0, logPosition);
        }
    }

    private static boolean areWithin(final List<TopicRoute> routes, final int shardCount) {
        if (routes == null) {
            return false;
        }
        for (final TopicRoute route : routes) {
            if (route.shardId() >= shardCount) {
                return false;
            }
        }
        return true;
    }

    private static int firstBadSetting(final SettingChanges changes) {
        for (int i = 0; i < changes.count(); i++) {
            final EngineSetting setting = EngineSetting.ofId(changes.settingId(i));
            if (setting == null || !setting.isInRange(changes.value(i))) {
                return i;
            }
        }
        return -1;
    }

    private void apply(final long logPosition, final SettingChanges changes) {
        for (int i = 0; i < changes.count(); i++) {
            final EngineSetting setting = EngineSetting.ofId(changes.settingId(i));
            parts.settings().value(setting, changes.value(i));
            appender.appendEvent(RecordKind.SETTINGS_CHANGED, setting.id(), changes.value(i), logPosition);
        }
    }
}
