package io.lockstep.archive.verify;

import io.lockstep.codecs.CheckpointRecordDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.RollingHash;
import org.agrona.DirectBuffer;

/**
 * Checks one copy of a journal by itself, record by record: checksum, dense shard sequence, Raft positions and
 * timestamps that never fall, and each checkpoint's hash against the records before it. A journal whose beginning was
 * trimmed is chained from its first checkpoint.
 */
final class CopyCheck {
    private final RecordLayout layout = new RecordLayout();
    private final MessageHeaderDecoder headerDecoder = new MessageHeaderDecoder();
    private final CheckpointRecordDecoder checkpointDecoder = new CheckpointRecordDecoder();
    private final boolean isComplete;
    private boolean isHashKnown;
    private long rollingHash;
    private long lastSequence = -1;
    private long lastRaftLogPosition = Long.MIN_VALUE;
    private long lastTimestampNs = Long.MIN_VALUE;
    private long lastCheckpointPosition = -1;
    private long lastCheckpointHash;
    private long recordCount;
    private long messageCount;
    private long checkpointCount;
    private long byteCount;

    CopyCheck(final long startPosition) {
        // Only a journal that begins at 0 has the records that the first hash covers.
        isComplete = startPosition == 0;
        isHashKnown = isComplete;
        rollingHash = RollingHash.SEED;
    }

    /**
     * Checks a record.
     *
     * @return null if it is good, otherwise what is wrong with it.
     */
    String check(final DirectBuffer buffer, final int offset, final int length, final long beginPosition) {
        if (!layout.isIntact(buffer, offset, length)) {
            return "the checksum is wrong";
        }
        final long sequence = RecordLayout.shardSequence(buffer, offset);
        final long raftLogPosition = RecordLayout.raftLogPosition(buffer, offset);
        final long timestampNs = RecordLayout.timestampNs(buffer, offset);
        final boolean isFirst = lastSequence == -1;
        if (!isFirst && sequence != lastSequence + 1) {
            return "shard sequence " + sequence + " follows " + lastSequence;
        }
        if (isFirst && beginPosition == 0 && sequence != 1) {
            return "the first shard sequence is " + sequence + " instead of 1";
        }
        if (raftLogPosition < lastRaftLogPosition) {
            return "the Raft log position falls from " + lastRaftLogPosition + " to " + raftLogPosition;
        }
        if (timestampNs < lastTimestampNs) {
            return "the timestamp falls from " + lastTimestampNs + " to " + timestampNs;
        }
        final int kind = RecordLayout.kind(buffer, offset);
        if (kind == RecordKind.CHECKPOINT.value()) {
            final String wrong = checkCheckpoint(buffer, offset, beginPosition, sequence);
            if (wrong != null) {
                return wrong;
            }
        } else if (kind == RecordKind.MESSAGE.value()) {
            messageCount++;
        }
        lastSequence = sequence;
        lastRaftLogPosition = raftLogPosition;
        lastTimestampNs = timestampNs;
        recordCount++;
        byteCount += length;
        if (isHashKnown) {
            rollingHash = RollingHash.update(rollingHash, buffer, offset, length);
        }
        return null;
    }

    long lastSequence() {
        return lastSequence;
    }

    long lastTimestampNs() {
        return lastTimestampNs;
    }

    long lastCheckpointPosition() {
        return lastCheckpointPosition;
    }

    long lastCheckpointHash() {
        return lastCheckpointHash;
    }

    long recordCount() {
        return recordCount;
    }

    long messageCount() {
        return messageCount;
    }

    long checkpointCount() {
        return checkpointCount;
    }

    long byteCount() {
        return byteCount;
    }

    private String checkCheckpoint(
            final DirectBuffer buffer, final int offset, final long beginPosition, final long sequence) {
        headerDecoder.wrap(buffer, offset);
        if (headerDecoder.templateId() != CheckpointRecordDecoder.TEMPLATE_ID) {
            return "a checkpoint has template " + headerDecoder.templateId();
        }
        checkpointDecoder.wrapAndApplyHeader(buffer, offset, headerDecoder);
        final long stored = checkpointDecoder.rollingHash();
        if (isHashKnown && stored != rollingHash) {
            return "the checkpoint's hash is " + hex(stored) + ", but the records before it have " + hex(rollingHash);
        }
        if (checkpointDecoder.recordCount() != sequence - 1) {
            return "the checkpoint counts " + checkpointDecoder.recordCount() + " records before it, but there are "
                    + (sequence - 1);
        }
        if (isComplete && checkpointDecoder.messageCount() != messageCount) {
            return "the checkpoint counts " + checkpointDecoder.messageCount() + " messages before it, but there are "
                    + messageCount;
        }
        if (lastCheckpointPosition >= 0 && checkpointDecoder.previousCheckpointPosition() != lastCheckpointPosition) {
            return "the checkpoint names " + checkpointDecoder.previousCheckpointPosition()
                    + " as the one before it, which is at " + lastCheckpointPosition;
        }
        if (checkpointDecoder.journalEpoch() != JournalFormat.EPOCH) {
            return "the checkpoint is of journal epoch " + checkpointDecoder.journalEpoch();
        }
        rollingHash = stored;
        isHashKnown = true;
        lastCheckpointPosition = beginPosition;
        lastCheckpointHash = stored;
        checkpointCount++;
        return null;
    }

    static String hex(final long value) {
        return String.format("%016x", value);
    }
}
