package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CommandReplyEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ProducerOpenedEncoder;
import io.lockstep.codecs.PublishReplyEncoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.ShardDescriptionEncoder;
import io.lockstep.codecs.SlotTableDescriptionEncoder;
import io.lockstep.codecs.TopicsPageEncoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import io.lockstep.wire.JournalFormat;
import org.agrona.concurrent.UnsafeBuffer;

/** Encodes answers and hands them to the outbox. Allocates nothing. */
final class ReplyProxy {
    private final Outbox outbox;
    private final PartList parts;
    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[Limits.MAX_REPLY_LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final CommandReplyEncoder commandReply = new CommandReplyEncoder();
    private final ProducerOpenedEncoder producerOpened = new ProducerOpenedEncoder();
    private final PublishReplyEncoder publishReply = new PublishReplyEncoder();
    private final TopicsPageEncoder topicsPage = new TopicsPageEncoder();
    private final ShardDescriptionEncoder shardDescription = new ShardDescriptionEncoder();
    private final SlotTableDescriptionEncoder slotTableDescription = new SlotTableDescriptionEncoder();

    ReplyProxy(final Outbox outbox, final PartList parts) {
        this.outbox = outbox;
        this.parts = parts;
    }

    void commandReply(final long clusterSessionId, final long correlationId, final ResultCode code, final long detail) {
        commandReply
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .detail(detail)
                .journalPosition(parts.journal().position())
                .code(code);
        send(clusterSessionId, commandReply.encodedLength());
    }

    void producerOpened(final long clusterSessionId, final long correlationId, final Producer producer) {
        producerOpened
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .producerId(producer.id())
                .lastSequence(producer.lastSequence())
                .lastRefusedSequence(producer.lastRefused())
                .detail(0)
                .epoch(producer.epoch())
                .windowLength(producer.windowLength())
                .code(ResultCode.ACCEPTED);
        send(clusterSessionId, producerOpened.encodedLength());
    }

    void producerRefused(
            final long clusterSessionId,
            final long correlationId,
            final long producerId,
            final ResultCode code,
            final long detail) {
        producerOpened
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .producerId(producerId)
                .lastSequence(0)
                .lastRefusedSequence(0)
                .detail(detail)
                .epoch(0)
                .windowLength(0)
                .code(code);
        send(clusterSessionId, producerOpened.encodedLength());
    }

    /** Refuses a command as a whole. */
    void publishRefused(
            final long clusterSessionId, final PublishFrame frame, final ResultCode code, final long detail) {
        beginPublishReply(frame, PublishResults.NO_POSITION, detail, code).resultsCount(0);
        send(clusterSessionId, publishReply.encodedLength());
    }

    /** Answers each entry, in short where all were accepted for the first time. */
    void publishAnswered(final long clusterSessionId, final PublishFrame frame, final PublishResults results) {
        beginPublishReply(frame, results.lastPosition(), 0, ResultCode.ACCEPTED);
        if (results.isAllNewlyAccepted()) {
            publishReply.resultsCount(0);
        } else {
            final PublishReplyEncoder.ResultsEncoder group = publishReply.resultsCount(results.count());
            for (int entry = 0; entry < results.count(); entry++) {
                group.next()
                        .position(results.position(entry))
                        .resultDetail(results.detail(entry))
                        .resultCode(results.code(entry));
            }
        }
        send(clusterSessionId, publishReply.encodedLength());
    }

    void topicsPage(
            final long clusterSessionId,
            final long correlationId,
            final boolean isLast,
            final int scannedToTopicId,
            final Topic[] topics,
            final int topicCount) {
        topicsPage
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .isLast(isLast ? BooleanType.TRUE : BooleanType.FALSE)
                .scannedToTopicId(scannedToTopicId);
        final TopicsPageEncoder.TopicsEncoder group = topicsPage.topicsCount(topicCount);
        for (int i = 0; i < topicCount; i++) {
            final Topic topic = topics[i];
            group.next()
                    .topicId(topic.id())
                    .lastTopicSequence(topic.lastSequence())
                    .lastTimestampNs(topic.lastTimestampNs())
                    .payloadBytes(topic.payloadBytes())
                    .putTopicName(topic.name(), 0, topic.nameLength());
        }
        send(clusterSessionId, topicsPage.encodedLength());
    }

    void shardDescription(final long clusterSessionId, final long correlationId) {
        final JournalPart journal = parts.journal();
        final ShardPart shard = parts.shard();
        shardDescription
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(journal.position())
                .firstReadablePosition(journal.firstReadablePosition())
                .shardSequence(journal.shardSequence())
                .messageCount(journal.messageCount())
                .timestampNs(parts.clock().nowNs())
                .stateBytes(parts.stateBytes())
                .slotTableVersion(shard.slotTableVersion())
                .rollingHash(journal.rollingHash())
                .checkpointPosition(journal.checkpointPosition())
                .checkpointHash(journal.checkpointHash())
                .shardId(shard.shardId())
                .shardCount(shard.shardCount())
                .topicCount(parts.topics().topicCount())
                .producerCount(parts.producers().producerCount())
                .journalEpoch(JournalFormat.EPOCH)
                .featureLevel(shard.featureLevel())
                .isSeeded(shard.isSeeded() ? BooleanType.TRUE : BooleanType.FALSE)
                .isReadOnly(shard.isReadOnly() ? BooleanType.TRUE : BooleanType.FALSE);
        final ShardDescriptionEncoder.SettingsEncoder group = shardDescription.settingsCount(EngineSetting.count());
        for (int settingId = 1; settingId <= EngineSetting.count(); settingId++) {
            group.next().settingId(settingId).settingValue(parts.settings().value(EngineSetting.ofId(settingId)));
        }
        send(clusterSessionId, shardDescription.encodedLength());
    }

    void slotTableDescription(final long clusterSessionId, final long correlationId) {
        final ShardPart shard = parts.shard();
        final SlotTable table = shard.slotTable();
        slotTableDescription
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(correlationId)
                .journalPosition(parts.journal().position())
                .slotTableVersion(shard.slotTableVersion())
                .changedPosition(shard.slotTableChangedPosition())
                .shardId(shard.shardId())
                .shardCount(shard.shardCount());
        final SlotTableDescriptionEncoder.RoutesEncoder group =
                slotTableDescription.routesCount(table.routes().size());
        for (final TopicRoute route : table.routes()) {
            group.next().routeShardId(route.shardId()).prefix(route.prefix());
        }
        slotTableDescription.putSlots(table.slots(), 0, SlotTable.SLOTS_LENGTH);
        send(clusterSessionId, slotTableDescription.encodedLength());
    }

    private PublishReplyEncoder beginPublishReply(
            final PublishFrame frame, final long lastPosition, final long detail, final ResultCode code) {
        return publishReply
                .wrapAndApplyHeader(buffer, 0, header)
                .producerId(frame.producerId())
                .firstSequence(frame.firstSequence())
                .lastSequence(frame.lastSequence())
                .lastPosition(lastPosition)
                .detail(detail)
                .epoch(frame.epoch())
                .code(code);
    }

    private void send(final long clusterSessionId, final int encodedLength) {
        outbox.reply(clusterSessionId, buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encodedLength);
    }
}
