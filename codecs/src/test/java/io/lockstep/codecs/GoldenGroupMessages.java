package io.lockstep.codecs;

import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import org.agrona.MutableDirectBuffer;
import org.agrona.sbe.MessageEncoderFlyweight;

/** Samples of the messages of groups. */
final class GoldenGroupMessages {
    private static final long TIME_NS = 1_763_712_000_000_000_000L;

    private final Consumer<MessageEncoderFlyweight> sink;

    GoldenGroupMessages(final Consumer<MessageEncoderFlyweight> sink) {
        this.sink = sink;
    }

    void addAll(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        addMemberCommands(buffer, header);
        addNodeCommands(buffer, header);
        addControlCommands(buffer, header);
        addReplies(buffer, header);
        addDescription(buffer, header);
        addRecord(buffer, header);
        addGroupItem(buffer, header);
        addItems(buffer, header);
    }

    private void addMemberCommands(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final OpenGroupEncoder open = new OpenGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(0x0102030405060708L)
                .memberId(-7)
                .startPosition(4096)
                .ackTimeoutNs(30_000_000_000L)
                .minDelayNs(1_000_000)
                .maxDelayNs(60_000_000_000L)
                .credit(64)
                .maxAttempts(5)
                .startKind((short) 2)
                .isKeyOrdered(BooleanType.TRUE);
        final OpenGroupEncoder.FiltersEncoder filters = open.filtersCount(2);
        filters.next().filter("plant/+/#");
        filters.next().filter("b");
        open.groupName("workers");
        sink.accept(open);
        sink.accept(new LeaveGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(1)
                .memberId(-7)
                .groupId(9));
        final SettleGroupEncoder settle = new SettleGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(2)
                .memberId(-7)
                .groupId(9);
        final SettleGroupEncoder.EntriesEncoder entries = settle.entriesCount(2);
        entries.next().position(8192).delayNs(-1).attempt(1).verdict((short) 1);
        entries.next().position(8256).delayNs(5_000_000_000L).attempt(3).verdict((short) 2);
        sink.accept(settle);
        sink.accept(new SetGroupCreditEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(3)
                .memberId(-7)
                .groupId(9)
                .credit(128));
    }

    private void addNodeCommands(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final FeedGroupEncoder feed = new FeedGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(4)
                .fromPosition(4096)
                .throughPosition(16_384)
                .groupId(9);
        final FeedGroupEncoder.EntriesEncoder entries = feed.entriesCount(2);
        entries.next()
                .position(8192)
                .timestampNs(TIME_NS)
                .expiryMs(-1)
                .recordLength(100)
                .topicId(3)
                .keyHash(0)
                .hasKey(BooleanType.FALSE);
        entries.next()
                .position(8320)
                .timestampNs(TIME_NS + 1)
                .expiryMs(60_000)
                .recordLength(101)
                .topicId(4)
                .keyHash(0x11223344)
                .hasKey(BooleanType.TRUE);
        sink.accept(feed);
        sink.accept(new PutDeadLetterEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(5)
                .position(8192)
                .groupId(9)
                .putHeaders(bytes("hh"), 0, 2)
                .putPayload(bytes("payload"), 0, 7));
    }

    private void addControlCommands(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        sink.accept(new DeleteGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(6)
                .groupId(9));
        sink.accept(new SeekGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(7)
                .position(4096)
                .groupId(9)
                .startKind((short) 2));
        sink.accept(new ListGroupsEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(8)
                .afterGroupId(100)
                .maxGroups(50)
                .filter("work/#"));
        sink.accept(new DescribeGroupEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(9)
                .groupId(0)
                .groupName("workers"));
    }

    private void addReplies(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        sink.accept(new GroupOpenedEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(10)
                .detail(0)
                .journalPosition(16_384)
                .lowPosition(4096)
                .windowEnd(8192)
                .groupId(9)
                .code(ResultCode.ACCEPTED));
        final GroupSettledEncoder settled = new GroupSettledEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(11)
                .detail(0)
                .journalPosition(16_384)
                .groupId(9)
                .code(ResultCode.ACCEPTED);
        settled.resultsCount(1).next().position(8192).resultCode(ResultCode.NOT_ASSIGNED);
        sink.accept(settled);
        final GroupsPageEncoder page = new GroupsPageEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(12)
                .journalPosition(16_384)
                .scannedToGroupId(9)
                .isLast(BooleanType.FALSE);
        page.groupsCount(1)
                .next()
                .lowPosition(4096)
                .windowEnd(8192)
                .groupId(9)
                .readyCount(1)
                .inFlightCount(2)
                .delayedCount(3)
                .deadCount(4)
                .memberCount(5)
                .isKeyOrdered(BooleanType.TRUE)
                .groupName("workers");
        sink.accept(page);
    }

    private void addDescription(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final GroupDescriptionEncoder description = new GroupDescriptionEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .correlationId(13)
                .journalPosition(16_384)
                .lowPosition(4096)
                .windowEnd(8192)
                .ackTimeoutNs(30_000_000_000L)
                .minDelayNs(1_000_000)
                .maxDelayNs(60_000_000_000L)
                .assignedTotal(1_000)
                .redeliveredTotal(100)
                .doneTotal(800)
                .deadTotal(10)
                .expiredTotal(11)
                .droppedTotal(12)
                .groupId(9)
                .maxAttempts(5)
                .readyCount(1)
                .inFlightCount(2)
                .delayedCount(3)
                .deadCount(4)
                .isKeyOrdered(BooleanType.TRUE)
                .code(ResultCode.ACCEPTED);
        description.membersCount(1).next().memberId(-7).credit(64).memberInFlightCount(2);
        description.filtersCount(1).next().filter("plant/+/#");
        description.groupName("workers");
        sink.accept(description);
    }

    private void addRecord(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final GroupAssignmentRecordEncoder record =
                new GroupAssignmentRecordEncoder().wrapAndApplyHeader(buffer, 0, header);
        final RecordHeaderEncoder recordHeader = record.recordHeader();
        recordHeader.crc32c(0xCAFEBABEL).kind(RecordKind.GROUP_ASSIGNED);
        recordHeader.flags().clear();
        recordHeader.reserved(0).shardSequence(50).raftLogPosition(6_400).timestampNs(TIME_NS);
        record.memberId(-7).groupId(9);
        final GroupAssignmentRecordEncoder.EntriesEncoder entries = record.entriesCount(2);
        entries.next().position(8192).recordLength(100).attempt(1);
        entries.next().position(8320).recordLength(101).attempt(2);
        sink.accept(record);
    }

    private void addGroupItem(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        final GroupItemEncoder group = new GroupItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .windowEnd(8192)
                .ackTimeoutNs(30_000_000_000L)
                .minDelayNs(1_000_000)
                .maxDelayNs(60_000_000_000L)
                .assignedTotal(1_000)
                .redeliveredTotal(100)
                .doneTotal(800)
                .deadTotal(10)
                .expiredTotal(11)
                .droppedTotal(12)
                .groupId(9)
                .maxAttempts(5)
                .turnIndex(1)
                .isKeyOrdered(BooleanType.TRUE)
                .isLagging(BooleanType.TRUE)
                .isPending(BooleanType.FALSE);
        group.filtersCount(1).next().filter("plant/+/#");
        group.groupName("workers");
        sink.accept(group);
    }

    private void addItems(final MutableDirectBuffer buffer, final MessageHeaderEncoder header) {
        sink.accept(new GroupsItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .recentBeginPosition(4096)
                .lastGroupId(9)
                .resumeGroupId(2));
        sink.accept(new GroupMemberItemEncoder()
                .wrapAndApplyHeader(buffer, 0, header)
                .memberId(-7)
                .credit(64));
        final GroupEntriesItemEncoder entries = new GroupEntriesItemEncoder().wrapAndApplyHeader(buffer, 0, header);
        entries.entriesCount(1)
                .next()
                .position(8192)
                .expiresAtNs(Long.MAX_VALUE)
                .memberId(-7)
                .dueNs(TIME_NS)
                .recordLength(100)
                .topicId(3)
                .keyHash(0x11223344)
                .attempts(2)
                .state((short) 3)
                .hasKey(BooleanType.TRUE);
        sink.accept(entries);
        final RecentMessagesItemEncoder recent = new RecentMessagesItemEncoder().wrapAndApplyHeader(buffer, 0, header);
        recent.messagesCount(1)
                .next()
                .position(8192)
                .expiresAtNs(TIME_NS)
                .recordLength(100)
                .topicId(3)
                .keyHash(0x11223344)
                .hasKey(BooleanType.TRUE);
        sink.accept(recent);
    }

    private static byte[] bytes(final String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
