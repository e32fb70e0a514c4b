package io.lockstep.cluster.core;

import io.lockstep.codecs.CheckpointRecordEncoder;
import io.lockstep.codecs.ConsumerRecordEncoder;
import io.lockstep.codecs.EventRecordEncoder;
import io.lockstep.codecs.GroupAssignmentRecordEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.MessageRecordEncoder;
import io.lockstep.codecs.RecordHeaderEncoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.config.EngineSetting;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Encodes records, links them into the hash chain and hands them to the outbox. Nothing in here can fail: whoever calls
 * has checked all lengths. Allocates nothing.
 */
final class JournalAppender {
    /** Not part of an atomic batch. */
    static final int NO_BATCH = 0;

    /** First record of an atomic batch. */
    static final int BATCH_BEGIN = 1;

    /** Last record of an atomic batch; a batch of one is both. */
    static final int BATCH_END = 2;

    // Not that of the schema: a node of the next release has to write the same bytes beside nodes of this one. Records
    // move on with the feature level, which all nodes see rise at the same record.
    private static final int RECORD_VERSION = 1;

    private static final int CHECKPOINT_LENGTH =
            MessageHeaderEncoder.ENCODED_LENGTH + CheckpointRecordEncoder.BLOCK_LENGTH;
    private static final int EVENT_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + EventRecordEncoder.BLOCK_LENGTH;

    private static final int CONSUMER_LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + ConsumerRecordEncoder.BLOCK_LENGTH;

    private final Outbox outbox;
    private final ClockPart clock;
    private final SettingsPart settings;
    private final JournalPart journal;
    private final UnsafeBuffer buffer = new UnsafeBuffer(RecordLayout.newRecordBuffer());
    private final RecordLayout layout = new RecordLayout();
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final MessageRecordEncoder messageRecord = new MessageRecordEncoder();
    private final CheckpointRecordEncoder checkpointRecord = new CheckpointRecordEncoder();
    private final ConsumerRecordEncoder consumerRecord = new ConsumerRecordEncoder();
    private final EventRecordEncoder eventRecord = new EventRecordEncoder();
    private final GroupAssignmentRecordEncoder assignmentRecord = new GroupAssignmentRecordEncoder();

    JournalAppender(
            final Outbox outbox, final ClockPart clock, final SettingsPart settings, final JournalPart journal) {
        this.outbox = outbox;
        this.clock = clock;
        this.settings = settings;
        this.journal = journal;
    }

    /** Appends a message that its topic has counted, and returns its position. */
    long appendMessage(final MessageContent content, final Topic topic, final int batchFlags, final long logPosition) {
        messageRecord.wrapAndApplyHeader(buffer, 0, header);
        encodeHeader(messageRecord.recordHeader(), RecordKind.MESSAGE, batchFlags, logPosition);
        messageRecord
                .topicSequence(topic.lastSequence())
                .producerId(content.producerId())
                .producerSequence(content.producerSequence())
                .topicId(topic.id())
                .putTopicName(topic.name(), 0, topic.nameLength())
                .putHeaders(content.buffer(), content.headersOffset(), content.headersLength())
                .putPayload(content.buffer(), content.payloadOffset(), content.payloadLength());
        journal.countMessage();
        final long position = append(MessageHeaderEncoder.ENCODED_LENGTH + messageRecord.encodedLength());
        startCheckpointInterval();
        return position;
    }

    /** Appends an event. */
    void appendEvent(final RecordKind kind, final long firstValue, final long secondValue, final long logPosition) {
        eventRecord.wrapAndApplyHeader(buffer, 0, header);
        encodeHeader(eventRecord.recordHeader(), kind, NO_BATCH, logPosition);
        eventRecord.firstValue(firstValue).secondValue(secondValue);
        append(EVENT_LENGTH);
        startCheckpointInterval();
    }

    /** Begins the record of what a group hands out, whose entries are to be written before {@link #appendAssignment}. */
    GroupAssignmentRecordEncoder.EntriesEncoder beginAssignment(
            final int groupId, final long memberId, final int entryCount, final long logPosition) {
        assignmentRecord.wrapAndApplyHeader(buffer, 0, header);
        encodeHeader(assignmentRecord.recordHeader(), RecordKind.GROUP_ASSIGNED, NO_BATCH, logPosition);
        return assignmentRecord.memberId(memberId).groupId(groupId).entriesCount(entryCount);
    }

    /** Appends the record that was begun. */
    void appendAssignment() {
        append(MessageHeaderEncoder.ENCODED_LENGTH + assignmentRecord.encodedLength());
        startCheckpointInterval();
    }

    /** Appends how a durable consumer stands now; a position of -1 tells that it is gone. */
    void appendConsumer(final Consumer consumer, final long position, final long logPosition) {
        consumerRecord.wrapAndApplyHeader(buffer, 0, header);
        encodeHeader(consumerRecord.recordHeader(), RecordKind.CONSUMER_CHANGED, NO_BATCH, logPosition);
        consumerRecord
                .consumerId(consumer.id())
                .ownerEpoch(consumer.ownerEpoch())
                .ownerMemberId(consumer.ownerMemberId())
                .wantedMemberId(consumer.wantedMemberId())
                .position(position);
        append(CONSUMER_LENGTH);
        startCheckpointInterval();
    }

    /** Appends a checkpoint where enough messages have gathered since the last one. */
    void appendCheckpointIfFull(final long logPosition) {
        final long messages = journal.messageCount() - journal.checkpointMessageCount();
        if (messages >= settings.value(EngineSetting.CHECKPOINT_MESSAGES)) {
            appendCheckpoint(logPosition);
        }
    }

    /** Appends a checkpoint where its time has come. */
    void appendCheckpointIfDue(final long logPosition) {
        final long dueNs = journal.checkpointDueNs();
        if (dueNs != JournalPart.NONE && clock.nowNs() >= dueNs) {
            appendCheckpoint(logPosition);
        }
    }

    private void appendCheckpoint(final long logPosition) {
        final long previousPosition = journal.checkpointPosition();
        journal.checkpoint(CHECKPOINT_LENGTH);
        checkpointRecord.wrapAndApplyHeader(buffer, 0, header);
        encodeHeader(checkpointRecord.recordHeader(), RecordKind.CHECKPOINT, NO_BATCH, logPosition);
        checkpointRecord
                .rollingHash(journal.checkpointHash())
                .recordCount(journal.shardSequence())
                .messageCount(journal.messageCount())
                .previousCheckpointPosition(previousPosition)
                .stateHash(0)
                .journalEpoch(JournalFormat.EPOCH);
        append(CHECKPOINT_LENGTH);
    }

    private void encodeHeader(
            final RecordHeaderEncoder recordHeader, final RecordKind kind, final int batchFlags, final long position) {
        header.version(RECORD_VERSION);
        recordHeader.crc32c(0).kind(kind);
        recordHeader
                .flags()
                .clear()
                .batchBegin((batchFlags & BATCH_BEGIN) != 0)
                .batchEnd((batchFlags & BATCH_END) != 0);
        recordHeader
                .reserved(0)
                .shardSequence(journal.shardSequence() + 1)
                .raftLogPosition(position)
                .timestampNs(clock.nowNs());
    }

    private long append(final int length) {
        layout.seal(buffer, 0, length);
        final long endPosition = journal.append(buffer, 0, length);
        outbox.journal(buffer, 0, length, endPosition);
        return endPosition;
    }

    private void startCheckpointInterval() {
        if (journal.checkpointDueNs() == JournalPart.NONE) {
            final long dueNs = clock.nowNs() + settings.value(EngineSetting.CHECKPOINT_INTERVAL);
            journal.checkpointDueNs(dueNs < 0 ? Long.MAX_VALUE : dueNs);
        }
    }
}
