package io.lockstep.codecs;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** One sample of each message of the schema, with values that show where each byte belongs. */
final class GoldenMessages {
    private final Map<String, byte[]> samples = new TreeMap<>();
    private final ExpandableArrayBuffer buffer = new ExpandableArrayBuffer(1024);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();

    private GoldenMessages() {
        addProducerCommands();
        addPublish();
        addRetained();
        addTopicCommands();
        addShardCommands();
        addReplies();
        addPages();
        addRecords();
        addSnapshotFrame();
        addSnapshotItems();
        addSlotTable();
        addTopicPolicies();
        addPublisherLeases();
        addQuotas();
        addMembers();
        new GoldenGroupMessages(this::add).addAll(buffer, header);
        new GoldenSessionMessages(this::add).addAll(buffer, header);
        new GoldenGatewayMessages(this::add).addAll(buffer, header);
        addSchedule();
        addConsumers();
        addAccess();
    }

    static Map<String, byte[]> all() {
        return new GoldenMessages().samples;
    }

    private void addSchedule() {
        add(new CancelScheduledEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .schedulePosition(1L << 40));
        add(new ListScheduledEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .afterPosition(1L << 40)
                .maxEntries(50)
                .filter("plant/+/#"));
        final ScheduledPageEncoder page = new ScheduledPageEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .journalPosition(1L << 41)
                .scannedToPosition((1L << 40) + 96)
                .timestampNs(1_700_000_000_000_000_000L)
                .heldBytes(4_096)
                .heldCount(17)
                .isLast(BooleanType.TRUE);
        page.scheduledCount(1)
                .next()
                .schedulePosition((1L << 40) + 96)
                .dueNs(1_700_000_010_000_000_000L)
                .producerId(-2)
                .producerSequence(1_000_000)
                .topicId(3)
                .headersLength(25)
                .payloadLength(100)
                .topicName("plant/7");
        add(page);
        add(new ScheduledItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .schedulePosition((1L << 40) + 96)
                .dueNs(1_700_000_010_000_000_000L)
                .producerId(-2)
                .producerSequence(1_000_000)
                .topicId(3)
                .headersLength(2)
                .payloadLength(7)
                .putContent(bytes("hhpayload"), 0, 9));
        add(new DescribeScheduleEncoder().wrapAndApplyHeader(buffer, 0, header).correlationId(0x0102030405060708L));
        add(new ScheduleDescribedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .journalPosition(1L << 41)
                .timestampNs(1_700_000_000_000_000_000L)
                .heldBytes(4_096)
                .nextDueNs(1_700_000_010_000_000_000L)
                .releasedCount(1_000_000)
                .latenessSumUs(7_500_000_000L)
                .greatestLatenessUs(1_250_000)
                .heldCount(17));
        add(new ScheduleTotalsItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .releasedCount(1_000_000)
                .latenessSumUs(7_500_000_000L)
                .greatestLatenessUs(1_250_000));
        add(new ScheduledRestItemEncoder().wrapAndApplyHeader(buffer, 0, header).putContent(bytes("rest"), 0, 4));
    }

    private void addMembers() {
        add(new OpenMemberEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .memberId(-77)
                .leaseNs(10_000_000_000L));
        add(new RenewMemberEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .memberId(-77));
        add(new CloseMemberEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .memberId(-77));
        add(new MembersItemEncoder().wrapAndApplyHeader(buffer, 0, header).nextCheckNs(1_700_000_010_000_000_000L));
        add(new MemberItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .memberId(-77)
                .leaseNs(10_000_000_000L)
                .renewedNs(1_700_000_000_000_000_000L));
    }

    private void addProducerCommands() {
        add(new OpenProducerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .producerId(-2)
                .windowLength(1024)
                .ordered(BooleanType.TRUE));
        add(new CloseProducerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .producerId(77)
                .epoch(3));
    }

    private void addPublish() {
        final PublishEncoder publish = new PublishEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .producerId(77)
                .firstSequence(1_000_000)
                .notedRefusal(999_999)
                .epoch(3)
                .atomic(BooleanType.TRUE);
        final PublishEncoder.EntriesEncoder entries = publish.entriesCount(2);
        entries.next().expectedTopicSequence(-1).topicName("plant/7");
        entries.putHeaders(bytes("hh"), 0, 2).putPayload(bytes("payload"), 0, 7);
        entries.next().expectedTopicSequence(41).topicName("b");
        entries.putHeaders(bytes(""), 0, 0).putPayload(bytes(""), 0, 0);
        add(publish);
    }

    private void addTopicCommands() {
        add(new CreateTopicEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(5)
                .topicName("plant/7/boiler"));
        add(new ListTopicsEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(6)
                .afterTopicId(100)
                .maxTopics(50)
                .filter("plant/+/#"));
    }

    private void addShardCommands() {
        add(new DescribeShardEncoder().wrapAndApplyHeader(buffer, 0, header).correlationId(7));
        final ApplySettingsEncoder settings = new ApplySettingsEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(8)
                .isSeed(BooleanType.TRUE)
                .shardId(1)
                .shardCount(2);
        final ApplySettingsEncoder.SettingsEncoder group = settings.settingsCount(2);
        group.next().settingId(1).settingValue(10_000);
        group.next().settingId(2).settingValue(0);
        add(settings);
        add(new TrimJournalEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(9)
                .firstReadablePosition(1L << 40));
        add(new SetReadOnlyEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(10)
                .nodeId(2)
                .readOnly(BooleanType.FALSE));
        add(new SetFeatureLevelEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(11)
                .featureLevel(2));
    }

    private void addReplies() {
        add(new CommandReplyEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(12)
                .detail(13)
                .journalPosition(14)
                .code(ResultCode.BAD_POSITION));
        add(new ProducerOpenedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(15)
                .producerId(77)
                .lastSequence(1_000_000)
                .lastRefusedSequence(999_999)
                .detail(0)
                .epoch(4)
                .windowLength(1024)
                .code(ResultCode.ACCEPTED));
        final PublishReplyEncoder reply = new PublishReplyEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .producerId(77)
                .firstSequence(1_000_000)
                .lastSequence(1_000_001)
                .lastPosition(4096)
                .detail(0)
                .epoch(4)
                .code(ResultCode.ACCEPTED);
        final PublishReplyEncoder.ResultsEncoder results = reply.resultsCount(2);
        results.next().position(4096).resultDetail(0).resultCode(ResultCode.ACCEPTED);
        results.next().position(-1).resultDetail(7).resultCode(ResultCode.EXPECTED_SEQUENCE_MISMATCH);
        add(reply);
    }

    private void addPages() {
        final TopicsPageEncoder page = new TopicsPageEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(16)
                .journalPosition(8192)
                .isLast(BooleanType.FALSE)
                .scannedToTopicId(9);
        page.topicsCount(1)
                .next()
                .topicId(9)
                .lastTopicSequence(10)
                .lastTimestampNs(1_763_712_000_000_000_000L)
                .payloadBytes(12_345)
                .topicName("plant/7");
        add(page);
        final ShardDescriptionEncoder shard = new ShardDescriptionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(17)
                .journalPosition(8192)
                .firstReadablePosition(1024)
                .shardSequence(50)
                .messageCount(48)
                .timestampNs(1_763_712_000_000_000_000L)
                .stateBytes(9_999)
                .slotTableVersion(1)
                .rollingHash(0x1122334455667788L)
                .checkpointPosition(-1)
                .checkpointHash(0)
                .shardId(1)
                .shardCount(2)
                .topicCount(3)
                .producerCount(4)
                .journalEpoch(1)
                .featureLevel(1)
                .isSeeded(BooleanType.TRUE)
                .isReadOnly(BooleanType.FALSE);
        shard.settingsCount(1).next().settingId(14).settingValue(15);
        add(shard);
    }

    private void addRecords() {
        final MessageRecordEncoder message = new MessageRecordEncoder().wrapAndApplyHeader(buffer, 0, header);
        encode(message.recordHeader(), RecordKind.MESSAGE, true);
        message.topicSequence(5)
                .producerId(77)
                .producerSequence(1_000_000)
                .topicId(9)
                .topicName("plant/7")
                .putHeaders(bytes("hh"), 0, 2)
                .putPayload(bytes("payload"), 0, 7);
        add(message);
        final CheckpointRecordEncoder checkpoint = new CheckpointRecordEncoder().wrapAndApplyHeader(buffer, 0, header);
        encode(checkpoint.recordHeader(), RecordKind.CHECKPOINT, false);
        checkpoint
                .rollingHash(0x1122334455667788L)
                .recordCount(50)
                .messageCount(48)
                .previousCheckpointPosition(-1)
                .stateHash(0)
                .journalEpoch(1);
        add(checkpoint);
        final EventRecordEncoder event = new EventRecordEncoder().wrapAndApplyHeader(buffer, 0, header);
        encode(event.recordHeader(), RecordKind.JOURNAL_TRIMMED, false);
        event.firstValue(4096).secondValue(0);
        add(event);
    }

    private void addSnapshotFrame() {
        add(new SnapshotBeginEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .logPosition(123_456)
                .timestampNs(1_763_712_000_000_000_000L)
                .partCount(6));
        add(new SnapshotPartEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .itemCount(3)
                .partId(5));
        add(new SnapshotEndEncoder().wrapAndApplyHeader(buffer, 0, header).hash(0x1122334455667788L));
    }

    private void addSnapshotItems() {
        add(new ClockItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .lastTimestampNs(1_763_712_000_000_000_000L)
                .timerDeadlineNs(ClockItemEncoder.timerDeadlineNsNullValue()));
        add(new SettingItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .settingValue(10_000)
                .settingId(1));
        add(new ShardItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .slotTableVersion(1)
                .readOnlyNodes(5)
                .shardId(1)
                .shardCount(2)
                .featureLevel(1)
                .isSeeded(BooleanType.TRUE)
                .putSlots(new byte[] {0, 0, 1, 0}, 0, 4));
        add(new JournalItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .position(8192)
                .firstReadablePosition(1024)
                .shardSequence(50)
                .messageCount(48)
                .rollingHash(0x1122334455667788L)
                .checkpointPosition(4096)
                .checkpointHash(0x2233445566778899L)
                .checkpointShardSequence(30)
                .checkpointMessageCount(29)
                .checkpointDueNs(JournalItemEncoder.checkpointDueNsNullValue())
                .journalEpoch(1)
                .termLength(16_777_216)
                .mtuLength(8192));
        add(new TopicItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .lastTopicSequence(10)
                .lastTimestampNs(1_763_712_000_000_000_000L)
                .payloadBytes(12_345)
                .topicId(9)
                .topicName("plant/7"));
        add(new ProducersItemEncoder().wrapAndApplyHeader(buffer, 0, header).forgottenEpoch(6));
        add(new ProducerItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .producerId(77)
                .lastSequence(1_000_000)
                .lastRefusedSequence(999_999)
                .notedRefusal(999_998)
                .lastUseNs(1_763_712_000_000_000_000L)
                .epoch(4)
                .windowLength(1024)
                .ordered(BooleanType.TRUE)
                .putAnswers(new byte[] {0, 16, 0, 0, 0, 0, 0, 0}, 0, 8));
        add(new LeaseItemEncoder().wrapAndApplyHeader(buffer, 0, header).termBeginNs(1_763_712_000_000_000_000L));
    }

    private void addSlotTable() {
        final ApplySlotTableEncoder apply = new ApplySlotTableEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(18)
                .newVersion(3)
                .checkOnly(BooleanType.TRUE);
        final ApplySlotTableEncoder.RoutesEncoder applied = apply.routesCount(2);
        applied.next().routeShardId(1).prefix("plant/7");
        applied.next().routeShardId(0).prefix("plant");
        apply.putSlots(new byte[] {0, 0, 1, 0}, 0, 4);
        add(apply);
        final SeedShardEncoder seed = new SeedShardEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(19)
                .shardId(1)
                .shardCount(2);
        seed.settingsCount(1).next().settingId(1).settingValue(10_000);
        seed.routesCount(1).next().routeShardId(1).prefix("plant");
        add(seed);
        add(new DescribeSlotTableEncoder().wrapAndApplyHeader(buffer, 0, header).correlationId(20));
        final SlotTableDescriptionEncoder description = new SlotTableDescriptionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(21)
                .journalPosition(8192)
                .slotTableVersion(3)
                .changedPosition(4096)
                .shardId(1)
                .shardCount(2);
        description.routesCount(1).next().routeShardId(1).prefix("plant");
        description.putSlots(new byte[] {0, 0, 1, 0}, 0, 4);
        add(description);
        final SlotTableItemEncoder item =
                new SlotTableItemEncoder().wrapAndApplyHeader(buffer, 0, header).changedPosition(4096);
        item.routesCount(1).next().routeShardId(1).prefix("plant");
        add(item);
    }

    private void addRetained() {
        add(new ListRetainedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(22)
                .afterTopicId(100)
                .upToPosition(8192)
                .filter("plant/+/#"));
        final RetainedPageEncoder page = new RetainedPageEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(23)
                .journalPosition(8192)
                .isLast(BooleanType.FALSE)
                .scannedToTopicId(9);
        page.valuesCount(1)
                .next()
                .topicId(9)
                .position(4096)
                .topicSequence(10)
                .timestampNs(1_763_712_000_000_000_000L)
                .producerId(77)
                .producerSequence(1_000_000)
                .topicName("plant/7")
                .putHeaders(bytes("hh"), 0, 2)
                .putPayload(bytes("payload"), 0, 7);
        add(page);
        add(new RetainedItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .position(4096)
                .topicSequence(10)
                .timestampNs(1_763_712_000_000_000_000L)
                .expiryNs(Long.MAX_VALUE)
                .producerId(77)
                .producerSequence(1_000_000)
                .topicId(9)
                .putHeaders(bytes("hh"), 0, 2)
                .putPayload(bytes("payload"), 0, 7));
    }

    private void addTopicPolicies() {
        final ApplyTopicPoliciesEncoder apply = new ApplyTopicPoliciesEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(22)
                .newVersion(3)
                .checkOnly(BooleanType.TRUE);
        final ApplyTopicPoliciesEncoder.PoliciesEncoder applied = apply.policiesCount(2);
        applied.next().partitions(16).isHeld(BooleanType.TRUE).filter("plant/+/orders");
        applied.next().partitions(0).isHeld(BooleanType.FALSE).filter("plant/#");
        add(apply);
        add(new DescribeTopicPoliciesEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(23));
        final TopicPoliciesEncoder policies = new TopicPoliciesEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(24)
                .journalPosition(8192)
                .policiesVersion(3)
                .changedPosition(4096);
        policies.policiesCount(1)
                .next()
                .partitions(1024)
                .isHeld(BooleanType.FALSE)
                .filter("orders");
        add(policies);
        final TopicPoliciesItemEncoder item = new TopicPoliciesItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .policiesVersion(3)
                .changedPosition(4096);
        item.policiesCount(1).next().partitions(1024).isHeld(BooleanType.FALSE).filter("orders");
        add(item);
    }

    private void addAccess() {
        final byte[] rules = bytes("allow * all #");
        add(new ApplyAccessRulesEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(22)
                .newVersion(3)
                .checkOnly(BooleanType.TRUE)
                .putRules(rules, 0, rules.length));
        add(new DescribeAccessRulesEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(23)
                .knownVersion(-1));
        add(new TellRefusalEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(25)
                .unsaidCount(4)
                .user("ann")
                .clientId("pump-7")
                .action("publish")
                .topic("plant/7")
                .where("gateway 1"));
        add(new AccessRulesDescriptionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(24)
                .journalPosition(8192)
                .rulesVersion(3)
                .changedPosition(4096)
                .putRules(rules, 0, rules.length));
        add(new AccessRulesItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .rulesVersion(3)
                .changedPosition(4096)
                .auditSecond(1_700_000_000)
                .auditCount(7)
                .unsaidCount(9)
                .putRules(rules, 0, rules.length));
    }

    private void addQuotas() {
        add(new QuotasItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .producerRate(1_000)
                .producerByteRate(1_000_000)
                .topicRate(2_000)
                .topicByteRate(2_000_000)
                .producerTopics(10));
        add(new ProducerQuotaItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .producerId(77)
                .messagesFilledNs(1_763_712_000_000_000_000L)
                .messagesRemainder(999)
                .bytesFilledNs(1_763_712_000_000_000_001L)
                .bytesRemainder(999_999)
                .createdTopics(3));
        add(new TopicQuotaItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .messagesFilledNs(1_763_712_000_000_000_000L)
                .messagesRemainder(1_999)
                .bytesFilledNs(1_763_712_000_000_000_001L)
                .bytesRemainder(1_999_999)
                .topicId(9));
    }

    private void addPublisherLeases() {
        add(new AcquireLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(22)
                .holderId(0x0102030405060708L)
                .durationNs(10_000_000_000L)
                .topicName("plant/7"));
        add(new RenewLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(23)
                .token(4)
                .topicName("plant/7"));
        add(new ReleaseLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(24)
                .token(4)
                .topicName("plant/7"));
        add(new DropLeaseEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(25)
                .topicName("plant/7"));
        add(new ListLeasesEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(26)
                .afterTopicId(100)
                .maxLeases(50)
                .filter("plant/#"));
        add(new LeaseAnswerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(27)
                .token(4)
                .remainingNs(10_000_000_000L)
                .detail(0)
                .journalPosition(8192)
                .topicId(9)
                .code(ResultCode.ACCEPTED));
        final LeasesPageEncoder page = new LeasesPageEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(28)
                .journalPosition(8192)
                .isLast(BooleanType.TRUE)
                .scannedToTopicId(9);
        page.leasesCount(1)
                .next()
                .topicId(9)
                .token(4)
                .holderId(0x0102030405060708L)
                .durationNs(10_000_000_000L)
                .remainingNs(9_000_000_000L)
                .topicName("plant/7");
        add(page);
        add(new PublisherLeasesItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .droppedToken(3));
        add(new PublisherLeaseItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .token(4)
                .holderId(0x0102030405060708L)
                .durationNs(10_000_000_000L)
                .renewedNs(1_763_712_000_000_000_000L)
                .topicId(9)
                .isHeld(BooleanType.TRUE));
    }

    private static void encode(final RecordHeaderEncoder recordHeader, final RecordKind kind, final boolean begins) {
        recordHeader.crc32c(0xCAFEBABEL).kind(kind);
        recordHeader.flags().clear().batchBegin(begins);
        recordHeader.reserved(0).shardSequence(50).raftLogPosition(6_400).timestampNs(1_763_712_000_000_000_000L);
    }

    private void add(final MessageEncoderFlyweight encoder) {
        final String className = encoder.getClass().getSimpleName();
        final byte[] sample = new byte[MessageHeaderEncoder.ENCODED_LENGTH + encoder.encodedLength()];
        buffer.getBytes(0, sample);
        samples.put(className.substring(0, className.length() - "Encoder".length()), sample);
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private void addConsumers() {
        final OpenConsumerEncoder open = new OpenConsumerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(70)
                .memberId(-71)
                .startPosition(4096)
                .lane(-1)
                .startKind(ConsumerStart.POSITION)
                .knownConsumerId(73);
        open.filtersCount(2).next().filter("plant/+/#").next().filter("b");
        add(open.name("billing"));
        add(new AckConsumerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(72)
                .consumerId(73)
                .memberId(-71)
                .ownerEpoch(74)
                .position(-1)
                .putAcks(bytes("12345678"), 0, 8));
        add(new LeaveConsumerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(75)
                .consumerId(73)
                .memberId(-71)
                .ownerEpoch(74)
                .keepMembership(BooleanType.TRUE));
        add(new SeekConsumerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(76)
                .consumerId(73)
                .startPosition(0)
                .startKind(ConsumerStart.LIVE));
        add(new DeleteConsumerEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(77)
                .consumerId(73));
        add(new ListConsumersEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(78)
                .afterConsumerId(73)
                .maxConsumers(50)
                .filter("billing/#"));
        addConsumerReplies();
        addConsumerState();
    }

    private void addConsumerReplies() {
        add(new ConsumerOpenedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(70)
                .journalPosition(8192)
                .detail(0)
                .consumerId(73)
                .ownerEpoch(74)
                .ownerMemberId(-71)
                .wantedMemberId(-72)
                .position(4096)
                .code(ResultCode.ACCEPTED)
                .putAcks(bytes("12345678"), 0, 8));
        final ConsumersPageEncoder page = new ConsumersPageEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(78)
                .journalPosition(8192)
                .scannedToConsumerId(73)
                .isLast(BooleanType.TRUE);
        page.consumersCount(1)
                .next()
                .consumerId(73)
                .position(4096)
                .ownerEpoch(74)
                .ownerMemberId(-71)
                .wantedMemberId(-72)
                .ackCount(1)
                .memberCount(2)
                .lane(5)
                .name("billing")
                .filters("plant/+/#");
        add(page);
    }

    private void addConsumerState() {
        final ConsumerRecordEncoder record = new ConsumerRecordEncoder().wrapAndApplyHeader(buffer, 0, header);
        encode(record.recordHeader(), RecordKind.CONSUMER_CHANGED, false);
        add(record.consumerId(73)
                .ownerEpoch(74)
                .ownerMemberId(-71)
                .wantedMemberId(-72)
                .position(4096));
        add(new ConsumersItemEncoder().wrapAndApplyHeader(buffer, 0, header).nextConsumerId(74));
        add(new ConsumerItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .consumerId(73)
                .position(4096)
                .ownerEpoch(74)
                .ownerMemberId(-71)
                .handOverSinceNs(1_763_712_000_000_000_000L)
                .lane(5)
                .name("billing")
                .filters("plant/+/#")
                .putMembers(bytes("abcdefgh"), 0, 8)
                .putAcks(bytes("12345678"), 0, 8));
    }
}
