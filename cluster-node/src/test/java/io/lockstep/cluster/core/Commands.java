package io.lockstep.cluster.core;

import io.lockstep.codecs.ApplySettingsEncoder;
import io.lockstep.codecs.ApplySlotTableEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.CancelScheduledEncoder;
import io.lockstep.codecs.CloseMemberEncoder;
import io.lockstep.codecs.CloseProducerEncoder;
import io.lockstep.codecs.CreateTopicEncoder;
import io.lockstep.codecs.DescribeScheduleEncoder;
import io.lockstep.codecs.DescribeShardEncoder;
import io.lockstep.codecs.DescribeSlotTableEncoder;
import io.lockstep.codecs.ListScheduledEncoder;
import io.lockstep.codecs.ListTopicsEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.OpenMemberEncoder;
import io.lockstep.codecs.OpenProducerEncoder;
import io.lockstep.codecs.RenewMemberEncoder;
import io.lockstep.codecs.SeedShardEncoder;
import io.lockstep.codecs.SetFeatureLevelEncoder;
import io.lockstep.codecs.SetReadOnlyEncoder;
import io.lockstep.codecs.TrimJournalEncoder;
import io.lockstep.config.EngineSetting;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Encodes commands for tests. */
final class Commands {
    /** Correlation id of every command made here. */
    static final long CORRELATION_ID = 4711;

    private static final MessageHeaderEncoder HEADER = new MessageHeaderEncoder();

    private Commands() {}

    static byte[] openProducer(final long producerId, final int windowLength, final boolean isOrdered) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new OpenProducerEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .producerId(producerId)
                        .windowLength(windowLength)
                        .ordered(bool(isOrdered)));
    }

    static byte[] closeProducer(final long producerId, final int epoch) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new CloseProducerEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .producerId(producerId)
                        .epoch(epoch));
    }

    static byte[] createTopic(final String name) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new CreateTopicEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .topicName(name));
    }

    static byte[] listTopics(final int afterTopicId, final int maxTopics, final String filter) {
        return listTopics(afterTopicId, maxTopics, filter.getBytes(StandardCharsets.UTF_8));
    }

    static byte[] listTopics(final int afterTopicId, final int maxTopics, final byte[] filter) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new ListTopicsEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .afterTopicId(afterTopicId)
                        .maxTopics(maxTopics)
                        .putFilter(filter, 0, filter.length));
    }

    static byte[] describeShard() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DescribeShardEncoder().wrapAndApplyHeader(buffer, 0, HEADER).correlationId(CORRELATION_ID));
    }

    static byte[] seed(final int shardId, final int shardCount, final Map<EngineSetting, Long> settings) {
        return applySettings(true, shardId, shardCount, settings);
    }

    static byte[] change(final EngineSetting setting, final long value) {
        return applySettings(false, 0, 0, Map.of(setting, value));
    }

    static byte[] change(final int settingId, final long value) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ApplySettingsEncoder encoder = beginSettings(buffer, false, 0, 0);
        encoder.settingsCount(1).next().settingId(settingId).settingValue(value);
        return bytes(buffer, encoder);
    }

    static byte[] seedShard(
            final int shardId,
            final int shardCount,
            final Map<EngineSetting, Long> settings,
            final List<TopicRoute> routes) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final SeedShardEncoder encoder = new SeedShardEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(CORRELATION_ID)
                .shardId(shardId)
                .shardCount(shardCount);
        final SeedShardEncoder.SettingsEncoder settingsGroup = encoder.settingsCount(settings.size());
        for (final EngineSetting setting : EngineSetting.values()) {
            if (settings.containsKey(setting)) {
                settingsGroup.next().settingId(setting.id()).settingValue(settings.get(setting));
            }
        }
        final SeedShardEncoder.RoutesEncoder routesGroup = encoder.routesCount(routes.size());
        for (final TopicRoute route : routes) {
            routesGroup.next().routeShardId(route.shardId()).prefix(route.prefix());
        }
        return bytes(buffer, encoder);
    }

    static byte[] applySlotTable(final long version, final SlotTable table) {
        return applySlotTable(version, false, table);
    }

    static byte[] applySlotTable(final long version, final boolean isCheckOnly, final SlotTable table) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ApplySlotTableEncoder encoder = new ApplySlotTableEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(CORRELATION_ID)
                .newVersion(version)
                .checkOnly(bool(isCheckOnly));
        final ApplySlotTableEncoder.RoutesEncoder group =
                encoder.routesCount(table.routes().size());
        for (final TopicRoute route : table.routes()) {
            group.next().routeShardId(route.shardId()).prefix(route.prefix());
        }
        encoder.putSlots(table.slots(), 0, SlotTable.SLOTS_LENGTH);
        return bytes(buffer, encoder);
    }

    static byte[] describeSlotTable() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DescribeSlotTableEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID));
    }

    static byte[] trimJournal(final long firstReadablePosition) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new TrimJournalEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .firstReadablePosition(firstReadablePosition));
    }

    static byte[] setReadOnly(final int nodeId, final boolean isReadOnly) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new SetReadOnlyEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .nodeId(nodeId)
                        .readOnly(bool(isReadOnly)));
    }

    static byte[] setFeatureLevel(final int featureLevel) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new SetFeatureLevelEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .featureLevel(featureLevel));
    }

    static byte[] openMember(final long memberId, final long leaseNs) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new OpenMemberEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .memberId(memberId)
                        .leaseNs(leaseNs));
    }

    static byte[] renewMember(final long memberId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new RenewMemberEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .memberId(memberId));
    }

    static byte[] cancelScheduled(final long position) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new CancelScheduledEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .schedulePosition(position));
    }

    static byte[] listScheduled(final long afterPosition, final int maxEntries, final String filter) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new ListScheduledEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .afterPosition(afterPosition)
                        .maxEntries(maxEntries)
                        .filter(filter));
    }

    static byte[] describeSchedule() {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new DescribeScheduleEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID));
    }

    static byte[] closeMember(final long memberId) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        return bytes(
                buffer,
                new CloseMemberEncoder()
                        .wrapAndApplyHeader(buffer, 0, HEADER)
                        .correlationId(CORRELATION_ID)
                        .memberId(memberId));
    }

    private static byte[] applySettings(
            final boolean isSeed, final int shardId, final int shardCount, final Map<EngineSetting, Long> settings) {
        final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer();
        final ApplySettingsEncoder encoder = beginSettings(buffer, isSeed, shardId, shardCount);
        final ApplySettingsEncoder.SettingsEncoder group = encoder.settingsCount(settings.size());
        for (final EngineSetting setting : EngineSetting.values()) {
            if (settings.containsKey(setting)) {
                group.next().settingId(setting.id()).settingValue(settings.get(setting));
            }
        }
        return bytes(buffer, encoder);
    }

    private static ApplySettingsEncoder beginSettings(
            final ExpandableArrayBuffer buffer, final boolean isSeed, final int shardId, final int shardCount) {
        return new ApplySettingsEncoder()
                .wrapAndApplyHeader(buffer, 0, HEADER)
                .correlationId(CORRELATION_ID)
                .isSeed(bool(isSeed))
                .shardId(shardId)
                .shardCount(shardCount);
    }

    private static byte[] bytes(final ExpandableArrayBuffer buffer, final MessageEncoderFlyweight encoder) {
        return FakeOutbox.copy(buffer, 0, MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength());
    }

    private static BooleanType bool(final boolean value) {
        return value ? BooleanType.TRUE : BooleanType.FALSE;
    }
}
