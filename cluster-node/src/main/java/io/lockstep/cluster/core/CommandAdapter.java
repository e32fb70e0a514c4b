package io.lockstep.cluster.core;

import io.lockstep.codecs.ApplySettingsDecoder;
import io.lockstep.codecs.ApplySlotTableDecoder;
import io.lockstep.codecs.CloseProducerDecoder;
import io.lockstep.codecs.CreateTopicDecoder;
import io.lockstep.codecs.DescribeShardDecoder;
import io.lockstep.codecs.DescribeSlotTableDecoder;
import io.lockstep.codecs.ListTopicsDecoder;
import io.lockstep.codecs.OpenProducerDecoder;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.ResultCode;
import io.lockstep.codecs.SeedShardDecoder;
import io.lockstep.codecs.SetFeatureLevelDecoder;
import io.lockstep.codecs.SetReadOnlyDecoder;
import io.lockstep.codecs.TrimJournalDecoder;
import java.nio.ByteOrder;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * Turns the bytes of a command into a call of its handler. The bytes may be anything: each length is checked before a
 * flyweight is wrapped, and what is malformed is answered where the answer can be addressed, and otherwise counted.
 */
final class CommandAdapter {
    private static final int CORRELATION_ID_BYTES = Long.BYTES;

    private final OpenProducerDecoder openProducer = new OpenProducerDecoder();
    private final CloseProducerDecoder closeProducer = new CloseProducerDecoder();
    private final CreateTopicDecoder createTopic = new CreateTopicDecoder();
    private final ListTopicsDecoder listTopics = new ListTopicsDecoder();
    private final DescribeShardDecoder describeShard = new DescribeShardDecoder();
    private final ApplySettingsDecoder applySettings = new ApplySettingsDecoder();
    private final TrimJournalDecoder trimJournal = new TrimJournalDecoder();
    private final SetReadOnlyDecoder setReadOnly = new SetReadOnlyDecoder();
    private final SetFeatureLevelDecoder setFeatureLevel = new SetFeatureLevelDecoder();
    private final ApplySlotTableDecoder applySlotTable = new ApplySlotTableDecoder();
    private final SeedShardDecoder seedShard = new SeedShardDecoder();
    private final DescribeSlotTableDecoder describeSlotTable = new DescribeSlotTableDecoder();
    private final RouteGroup routeGroup = new RouteGroup();
    private final PublishFrame publishFrame = new PublishFrame();
    private final SettingChanges settingChanges = new SettingChanges();

    private final PublishHandler publishHandler;
    private final ProducerHandler producerHandler;
    private final ShardHandler shardHandler;
    private final SlotTableHandler slotTableHandler;
    private final QueryHandler queryHandler;
    private final CommandFamily[] families;
    private final AccessGate gate;
    private final ShardPart shard;
    private final ReplyProxy replies;
    private long ignoredCount;

    CommandAdapter(
            final PublishHandler publishHandler,
            final ProducerHandler producerHandler,
            final ShardHandler shardHandler,
            final SlotTableHandler slotTableHandler,
            final QueryHandler queryHandler,
            final CommandFamily[] families,
            final AccessGate gate,
            final ShardPart shard,
            final ReplyProxy replies) {
        this.publishHandler = publishHandler;
        this.producerHandler = producerHandler;
        this.shardHandler = shardHandler;
        this.slotTableHandler = slotTableHandler;
        this.queryHandler = queryHandler;
        this.families = families;
        this.gate = gate;
        this.shard = shard;
        this.replies = replies;
    }

    /** Number of commands since the start that could not even be refused. Not part of the state. */
    long ignoredCount() {
        return ignoredCount;
    }

    void onCommand(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.hasHeader(length) || WireShape.schemaId(buffer, offset) != PublishDecoder.SCHEMA_ID) {
            ignoredCount++;
            return;
        }
        if (!gate.isOpen(sessionId, logPosition, buffer, offset, length)) {
            refuse(sessionId, ResultCode.NOT_AUTHORIZED, buffer, offset, length);
            return;
        }
        final int templateId = WireShape.templateId(buffer, offset);
        if (templateId == PublishDecoder.TEMPLATE_ID) {
            onPublish(sessionId, logPosition, buffer, offset, length);
            return;
        }
        final boolean isWellFormed = switch (templateId) {
            case OpenProducerDecoder.TEMPLATE_ID -> onOpenProducer(sessionId, buffer, offset, length);
            case CloseProducerDecoder.TEMPLATE_ID -> onCloseProducer(sessionId, buffer, offset, length);
            case CreateTopicDecoder.TEMPLATE_ID -> onCreateTopic(sessionId, buffer, offset, length);
            case ListTopicsDecoder.TEMPLATE_ID -> onListTopics(sessionId, buffer, offset, length);
            case DescribeShardDecoder.TEMPLATE_ID -> onDescribeShard(sessionId, buffer, offset, length);
            case ApplySettingsDecoder.TEMPLATE_ID -> onApplySettings(sessionId, logPosition, buffer, offset, length);
            case TrimJournalDecoder.TEMPLATE_ID -> onTrimJournal(sessionId, logPosition, buffer, offset, length);
            case SetReadOnlyDecoder.TEMPLATE_ID -> onSetReadOnly(sessionId, logPosition, buffer, offset, length);
            case SetFeatureLevelDecoder.TEMPLATE_ID ->
                onSetFeatureLevel(sessionId, logPosition, buffer, offset, length);
            case ApplySlotTableDecoder.TEMPLATE_ID -> onApplySlotTable(sessionId, logPosition, buffer, offset, length);
            case SeedShardDecoder.TEMPLATE_ID -> onSeedShard(sessionId, logPosition, buffer, offset, length);
            case DescribeSlotTableDecoder.TEMPLATE_ID -> onDescribeSlotTable(sessionId, buffer, offset, length);
            default -> onFamilyCommand(sessionId, logPosition, templateId, buffer, offset, length);
        };
        if (!isWellFormed) {
            refuse(sessionId, ResultCode.MALFORMED, buffer, offset, length);
        }
    }

    private boolean onFamilyCommand(
            final long sessionId,
            final long logPosition,
            final int templateId,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (shard.featureLevel() >= Engine.MESSAGING_LEVEL) {
            for (final CommandFamily family : families) {
                if (family.isOwnerOf(templateId)) {
                    return family.onCommand(sessionId, logPosition, buffer, offset, length);
                }
            }
        }
        refuse(sessionId, ResultCode.UNSUPPORTED, buffer, offset, length);
        return true;
    }

    private void onPublish(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.hasBlock(buffer, offset, length, PublishDecoder.BLOCK_LENGTH)) {
            ignoredCount++;
        } else if (publishFrame.wrap(buffer, offset, length)) {
            publishFrame.caller(gate.callers().of(sessionId));
            publishHandler.onPublish(sessionId, logPosition, publishFrame);
        } else {
            replies.publishRefused(sessionId, publishFrame, ResultCode.MALFORMED, 0);
        }
    }

    private boolean onOpenProducer(
            final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(openProducer, buffer, offset, length) || !WireShape.isBoolean(openProducer.orderedRaw())) {
            return false;
        }
        producerHandler.onOpenProducer(
                sessionId,
                openProducer.correlationId(),
                openProducer.producerId(),
                openProducer.windowLength(),
                WireShape.isTrue(openProducer.orderedRaw()));
        return true;
    }

    private boolean onCloseProducer(
            final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(closeProducer, buffer, offset, length)) {
            return false;
        }
        producerHandler.onCloseProducer(
                sessionId, closeProducer.correlationId(), closeProducer.producerId(), closeProducer.epoch());
        return true;
    }

    private boolean onCreateTopic(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrapWithText(createTopic, buffer, offset, length)) {
            return false;
        }
        shardHandler.onCreateTopic(
                sessionId,
                createTopic.correlationId(),
                buffer,
                WireShape.textOffset(buffer, offset),
                WireShape.textLength(buffer, offset));
        return true;
    }

    private boolean onListTopics(final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrapWithText(listTopics, buffer, offset, length)) {
            return false;
        }
        final byte[] filterText = WireShape.textBehindBlock(buffer, offset);
        queryHandler.onListTopics(
                sessionId, listTopics.correlationId(), listTopics.afterTopicId(), listTopics.maxTopics(), filterText);
        return true;
    }

    private boolean onDescribeShard(
            final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(describeShard, buffer, offset, length)) {
            return false;
        }
        queryHandler.onDescribeShard(sessionId, describeShard.correlationId());
        return true;
    }

    private boolean onApplySettings(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(applySettings, buffer, offset, length)
                || !WireShape.isBoolean(applySettings.isSeedRaw())
                || !WireShape.hasFixedGroup(
                        buffer,
                        WireShape.endOfBlock(buffer, offset),
                        offset + length,
                        BlockLengths.ofSetting(WireShape.version(buffer, offset)))) {
            return false;
        }
        final long correlationId = applySettings.correlationId();
        final boolean isSeed = WireShape.isTrue(applySettings.isSeedRaw());
        final int shardId = applySettings.shardId();
        final int shardCount = applySettings.shardCount();
        if (!settingChanges.read(applySettings.settings())) {
            replies.commandReply(sessionId, correlationId, ResultCode.BAD_SETTING, 0);
        } else if (isSeed) {
            shardHandler.onSeed(
                    sessionId,
                    logPosition,
                    correlationId,
                    shardId,
                    shardCount,
                    settingChanges,
                    List.of(),
                    Engine.FIRST_FEATURE_LEVEL);
        } else {
            shardHandler.onChangeSettings(sessionId, logPosition, correlationId, settingChanges);
        }
        return true;
    }

    private boolean onTrimJournal(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(trimJournal, buffer, offset, length)) {
            return false;
        }
        shardHandler.onTrimJournal(
                sessionId, logPosition, trimJournal.correlationId(), trimJournal.firstReadablePosition());
        return true;
    }

    private boolean onSetReadOnly(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(setReadOnly, buffer, offset, length) || !WireShape.isBoolean(setReadOnly.readOnlyRaw())) {
            return false;
        }
        shardHandler.onSetReadOnly(
                sessionId,
                logPosition,
                setReadOnly.correlationId(),
                setReadOnly.nodeId(),
                WireShape.isTrue(setReadOnly.readOnlyRaw()));
        return true;
    }

    private boolean onSetFeatureLevel(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(setFeatureLevel, buffer, offset, length)) {
            return false;
        }
        shardHandler.onSetFeatureLevel(
                sessionId, logPosition, setFeatureLevel.correlationId(), setFeatureLevel.featureLevel());
        return true;
    }

    private boolean onApplySlotTable(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (!WireShape.wrap(applySlotTable, buffer, offset, length)
                || !WireShape.isBoolean(applySlotTable.checkOnlyRaw())) {
            return false;
        }
        final int end = offset + length;
        final int slotsIndex = routeGroup.read(buffer, WireShape.endOfBlock(buffer, offset), end);
        final int slotsEnd =
                slotsIndex == WireShape.MALFORMED ? slotsIndex : WireShape.endOfBytes(buffer, slotsIndex, end);
        if (slotsEnd == WireShape.MALFORMED) {
            return false;
        }
        final int slotsOffset = slotsIndex + ApplySlotTableDecoder.slotsHeaderLength();
        slotTableHandler.onApplySlotTable(
                sessionId,
                logPosition,
                applySlotTable.correlationId(),
                applySlotTable.newVersion(),
                WireShape.isTrue(applySlotTable.checkOnlyRaw()),
                routeGroup.tableOf(buffer, slotsOffset, slotsEnd - slotsOffset));
        return true;
    }

    private boolean onSeedShard(
            final long sessionId,
            final long logPosition,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        final int end = offset + length;
        if (!WireShape.wrap(seedShard, buffer, offset, length)) {
            return false;
        }
        final int settingsIndex = WireShape.endOfBlock(buffer, offset);
        if (!WireShape.hasFixedGroup(
                buffer, settingsIndex, end, BlockLengths.ofSetting(WireShape.version(buffer, offset)))) {
            return false;
        }
        final int routesIndex = settingsIndex
                + SeedShardDecoder.SettingsDecoder.sbeHeaderSize()
                + WireShape.blockLength(buffer, settingsIndex) * WireShape.groupCount(buffer, settingsIndex);
        if (routeGroup.read(buffer, routesIndex, end) == WireShape.MALFORMED) {
            return false;
        }
        final long correlationId = seedShard.correlationId();
        final int shardId = seedShard.shardId();
        final int shardCount = seedShard.shardCount();
        if (settingChanges.read(seedShard.settings())) {
            shardHandler.onSeed(
                    sessionId,
                    logPosition,
                    correlationId,
                    shardId,
                    shardCount,
                    settingChanges,
                    routeGroup.routes(),
                    Engine.MESSAGING_LEVEL);
        } else {
            replies.commandReply(sessionId, correlationId, ResultCode.BAD_SETTING, 0);
        }
        return true;
    }

    private boolean onDescribeSlotTable(
            final long sessionId, final DirectBuffer buffer, final int offset, final int length) {
        if (!WireShape.wrap(describeSlotTable, buffer, offset, length)) {
            return false;
        }
        slotTableHandler.onDescribeSlotTable(sessionId, describeSlotTable.correlationId());
        return true;
    }

    // Every command but Publish begins with its correlation id, and later ones will.
    private void refuse(
            final long sessionId,
            final ResultCode code,
            final DirectBuffer buffer,
            final int offset,
            final int length) {
        if (WireShape.blockLength(buffer, offset) < CORRELATION_ID_BYTES
                || length < WireShape.HEADER_LENGTH + CORRELATION_ID_BYTES) {
            ignoredCount++;
            return;
        }
        final long correlationId = buffer.getLong(offset + WireShape.HEADER_LENGTH, ByteOrder.LITTLE_ENDIAN);
        replies.commandReply(sessionId, correlationId, code, 0);
    }
}
