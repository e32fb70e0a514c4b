package io.lockstep.cluster.core;

import io.lockstep.codecs.RecordKind;
import io.lockstep.codecs.ResultCode;
import io.lockstep.topic.SlotTable;

/**
 * Commands about the slot table. A table that would route a topic elsewhere that exists in this shard is refused: its
 * messages would be out of reach, because nothing moves them.
 */
final class SlotTableHandler {
    private final PartList parts;
    private final EntryCheck entryCheck;
    private final JournalAppender appender;
    private final ReplyProxy replies;

    SlotTableHandler(
            final PartList parts,
            final EntryCheck entryCheck,
            final JournalAppender appender,
            final ReplyProxy replies) {
        this.parts = parts;
        this.entryCheck = entryCheck;
        this.appender = appender;
        this.replies = replies;
    }

    /** Replaces the table, or tells only whether it would; {@code table} is null where the one sent cannot be. */
    void onApplySlotTable(
            final long clusterSessionId,
            final long logPosition,
            final long correlationId,
            final long newVersion,
            final boolean isCheckOnly,
            final SlotTable table) {
        final ShardPart shard = parts.shard();
        if (!shard.isSeeded() || table == null || !table.isWithin(shard.shardCount())) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.BAD_SLOT_TABLE, 0);
            return;
        }
        final boolean isCurrent = newVersion == shard.slotTableVersion() && table.equals(shard.slotTable());
        if (!isCurrent && newVersion <= shard.slotTableVersion()) {
            replies.commandReply(
                    clusterSessionId, correlationId, ResultCode.STALE_SLOT_TABLE, shard.slotTableVersion());
            return;
        }
        if (!isCurrent && !hasRoomFor(table)) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.STATE_FULL, 0);
            return;
        }
        final int movedTopicId = isCurrent ? 0 : firstMovedTopicId(table);
        if (movedTopicId > 0) {
            replies.commandReply(clusterSessionId, correlationId, ResultCode.TOPIC_WOULD_MOVE, movedTopicId);
            return;
        }
        if (!isCurrent && !isCheckOnly) {
            shard.slotTable(newVersion, table, parts.journal().position());
            appender.appendEvent(
                    RecordKind.SLOT_TABLE_CHANGED, newVersion, table.routes().size(), logPosition);
        }
        replies.commandReply(clusterSessionId, correlationId, ResultCode.ACCEPTED, shard.slotTableVersion());
    }

    void onDescribeSlotTable(final long clusterSessionId, final long correlationId) {
        replies.slotTableDescription(clusterSessionId, correlationId);
    }

    private boolean hasRoomFor(final SlotTable table) {
        final int growth = ShardPart.lengthOf(table.routes())
                - ShardPart.lengthOf(parts.shard().slotTable().routes());
        return growth <= 0 || entryCheck.hasRoomFor(growth);
    }

    // Looks at all topics, in the order of their ids, because a table that orphans one of them cannot be taken back. An
    // operator's command is rare enough for that.
    private int firstMovedTopicId(final SlotTable table) {
        final TopicsPart topics = parts.topics();
        final int shardId = parts.shard().shardId();
        for (int topicId = 1; topicId <= topics.topicCount(); topicId++) {
            final Topic topic = topics.ofId(topicId);
            if (parts.shard().shardUnder(table, topic.name(), 0, topic.nameLength()) != shardId && !isAway(topic)) {
                return topicId;
            }
        }
        return 0;
    }

    // A topic that no table sends here cannot be moved by one: dead letters live where their source does, and names
    // that
    // became those of partitions at the messaging level lie where they lay.
    private boolean isAway(final Topic topic) {
        return parts.shard().featureLevel() >= Engine.MESSAGING_LEVEL
                && !parts.shard().isOwnerOf(topic);
    }
}
