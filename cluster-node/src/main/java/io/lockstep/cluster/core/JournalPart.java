package io.lockstep.cluster.core;

import io.lockstep.codecs.JournalItemDecoder;
import io.lockstep.codecs.JournalItemEncoder;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.wire.JournalFormat;
import io.lockstep.wire.RollingHash;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Part 4, where the journal stands: position, sequences, the hash chain and its last checkpoint. */
final class JournalPart implements Part {
    /** No checkpoint yet. */
    static final long NO_POSITION = -1;

    /** No checkpoint is due. */
    static final long NONE = JournalItemEncoder.checkpointDueNsNullValue();

    private static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH + JournalItemEncoder.BLOCK_LENGTH;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final JournalItemEncoder encoder = new JournalItemEncoder();
    private final JournalItemDecoder decoder = new JournalItemDecoder();

    private long position;
    private long firstReadablePosition;
    private long shardSequence;
    private long messageCount;
    private long rollingHash = RollingHash.SEED;
    private long checkpointPosition = NO_POSITION;
    private long checkpointHash;
    private long checkpointShardSequence;
    private long checkpointMessageCount;
    private long checkpointDueNs = NONE;

    /** Takes a record into account and returns where the journal ends after it. */
    long append(final DirectBuffer record, final int offset, final int length) {
        rollingHash = RollingHash.update(rollingHash, record, offset, length);
        position = JournalFormat.endPosition(position, length);
        shardSequence++;
        return position;
    }

    void countMessage() {
        messageCount++;
    }

    /** Takes note of a checkpoint record that is about to be appended with the hash of all before it. */
    void checkpoint(final int recordLength) {
        checkpointPosition = JournalFormat.beginPosition(position, recordLength);
        checkpointHash = rollingHash;
        checkpointShardSequence = shardSequence + 1;
        checkpointMessageCount = messageCount;
        checkpointDueNs = NONE;
    }

    long position() {
        return position;
    }

    long firstReadablePosition() {
        return firstReadablePosition;
    }

    void firstReadablePosition(final long newPosition) {
        firstReadablePosition = newPosition;
    }

    long shardSequence() {
        return shardSequence;
    }

    long messageCount() {
        return messageCount;
    }

    long rollingHash() {
        return rollingHash;
    }

    long checkpointPosition() {
        return checkpointPosition;
    }

    long checkpointHash() {
        return checkpointHash;
    }

    long checkpointMessageCount() {
        return checkpointMessageCount;
    }

    long checkpointDueNs() {
        return checkpointDueNs;
    }

    void checkpointDueNs(final long dueNs) {
        checkpointDueNs = dueNs;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 4;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return 1;
    }

    /** {@inheritDoc} */
    @Override
    public void writeTo(final SnapshotSink sink) {
        encoder.wrapAndApplyHeader(buffer, 0, header)
                .position(position)
                .firstReadablePosition(firstReadablePosition)
                .shardSequence(shardSequence)
                .messageCount(messageCount)
                .rollingHash(rollingHash)
                .checkpointPosition(checkpointPosition)
                .checkpointHash(checkpointHash)
                .checkpointShardSequence(checkpointShardSequence)
                .checkpointMessageCount(checkpointMessageCount)
                .checkpointDueNs(checkpointDueNs)
                .journalEpoch(JournalFormat.EPOCH)
                .termLength(JournalFormat.TERM_LENGTH)
                .mtuLength(JournalFormat.MTU_LENGTH);
        sink.append(buffer, 0, LENGTH);
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        position = decoder.position();
        firstReadablePosition = decoder.firstReadablePosition();
        shardSequence = decoder.shardSequence();
        messageCount = decoder.messageCount();
        rollingHash = decoder.rollingHash();
        checkpointPosition = decoder.checkpointPosition();
        checkpointHash = decoder.checkpointHash();
        checkpointShardSequence = decoder.checkpointShardSequence();
        checkpointMessageCount = decoder.checkpointMessageCount();
        checkpointDueNs = decoder.checkpointDueNs();
        checkFormat(decoder.journalEpoch(), decoder.termLength(), decoder.mtuLength());
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return LENGTH;
    }

    private static void checkFormat(final int epoch, final int termLength, final int mtuLength) {
        if (epoch != JournalFormat.EPOCH
                || termLength != JournalFormat.TERM_LENGTH
                || mtuLength != JournalFormat.MTU_LENGTH) {
            throw new IllegalStateException("the snapshot belongs to a journal of epoch " + epoch + " with term length "
                    + termLength + " and MTU " + mtuLength + ", but this release writes epoch " + JournalFormat.EPOCH
                    + " with " + JournalFormat.TERM_LENGTH + " and " + JournalFormat.MTU_LENGTH);
        }
    }
}
