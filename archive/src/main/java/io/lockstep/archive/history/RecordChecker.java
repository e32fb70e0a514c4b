package io.lockstep.archive.history;

import io.lockstep.codecs.CheckpointRecordDecoder;
import io.lockstep.codecs.MessageHeaderDecoder;
import io.lockstep.codecs.RecordKind;
import io.lockstep.wire.RecordLayout;
import io.lockstep.wire.RollingHash;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * Checks a stretch of a journal segment by segment: that the frames are sound, each record's checksum is right, the
 * shard sequences are dense and the chain of hashes goes on through each checkpoint. The chain is known from the first
 * checkpoint on, and from the start where the stretch begins with the journal. An instance belongs to one thread.
 */
public final class RecordChecker {
    private static final long UNKNOWN_SEQUENCE = Long.MIN_VALUE;
    private static final long NO_POSITION = -1;
    private static final int CHECKPOINT_HASH_OFFSET =
            MessageHeaderDecoder.ENCODED_LENGTH + CheckpointRecordDecoder.rollingHashEncodingOffset();
    // No more than what is read: the rest of the block is longer or shorter in other versions of the schema.
    private static final int CHECKPOINT_HASH_END = CHECKPOINT_HASH_OFFSET + Long.BYTES;

    private final RecordWalker walker = new RecordWalker();
    private final RecordLayout layout = new RecordLayout();
    private long nextSequence = UNKNOWN_SEQUENCE;
    private long goodPosition;
    private long recordCount;
    private WalkStatus status = WalkStatus.LIMIT;
    private String finding = "";
    private boolean isChainKnown;
    private long rollingHash;
    private long checkedHashCount;
    private long expectedPosition = NO_POSITION;
    private long expectedHash;

    /**
     * Begins a new stretch.
     *
     * @param beginPosition where a record begins.
     * @return this.
     */
    public RecordChecker reset(final long beginPosition) {
        nextSequence = UNKNOWN_SEQUENCE;
        goodPosition = beginPosition;
        recordCount = 0;
        status = WalkStatus.LIMIT;
        finding = "";
        isChainKnown = beginPosition == 0;
        rollingHash = RollingHash.SEED;
        checkedHashCount = 0;
        expectedPosition = NO_POSITION;
        return this;
    }

    /**
     * Says what is known from elsewhere about a place in the stretch. Without it only the journal's own checkpoints are
     * checked.
     *
     * @param position where a record has to end.
     * @param hash     rolling hash of all records before that position; 0 if only the position is known.
     * @return this.
     */
    public RecordChecker expect(final long position, final long hash) {
        expectedPosition = position;
        expectedHash = hash;
        return this;
    }

    /**
     * Checks the records of one segment from where the last call ended. Call it for one segment after the other while
     * it returns true.
     *
     * @param segment         buffer with the segment.
     * @param segmentPosition journal position of its first byte.
     * @param segmentLength   in bytes; where the buffer is shorter, its end is missing.
     * @param beginPosition   where to begin: {@link #goodPosition()}, or the segment's start if the records before end
     *                        in another one.
     * @param limitPosition   where the journal ends.
     * @return true if everything up to the limit or the end of the segment is good.
     */
    public boolean check(
            final DirectBuffer segment,
            final long segmentPosition,
            final int segmentLength,
            final long beginPosition,
            final long limitPosition) {
        walker.wrap(segment, segmentPosition, beginPosition, limitPosition);
        while (walker.next()) {
            if (!layout.isIntact(walker.buffer(), walker.offset(), walker.length())) {
                return stop(WalkStatus.DAMAGED, "the checksum of the record is wrong");
            }
            final long sequence = RecordLayout.shardSequence(walker.buffer(), walker.offset());
            if (nextSequence != UNKNOWN_SEQUENCE && sequence != nextSequence) {
                return stop(WalkStatus.DAMAGED, "the record has sequence " + sequence + " instead of " + nextSequence);
            }
            if (isCheckpointWithoutHash()) {
                return stop(WalkStatus.DAMAGED, "the checkpoint is too short to hold a hash");
            }
            if (!isInChain()) {
                return stop(WalkStatus.DIVERGED, "the record does not continue the chain of hashes");
            }
            nextSequence = sequence + 1;
            goodPosition = walker.endPosition();
            recordCount++;
        }
        status = walker.status();
        return switch (status) {
            case LIMIT ->
                walker.reachedPosition() >= Math.min(limitPosition, segmentPosition + segmentLength)
                        || stop(WalkStatus.TORN, "the file ends here");
            case BLANK -> stop(status, "nothing was written from here on");
            case TORN -> stop(status, "the record has no end");
            default -> stop(status, "these are not the frames of a record");
        };
    }

    /**
     * Where the last good record ends; what is behind it was not there, or not good.
     *
     * @return the journal position.
     */
    public long goodPosition() {
        return goodPosition;
    }

    /**
     * How many records were good.
     *
     * @return the count.
     */
    public long recordCount() {
        return recordCount;
    }

    /**
     * How many hashes of the chain could be checked.
     *
     * @return the count; 0 if the stretch had no two known hashes.
     */
    public long checkedHashCount() {
        return checkedHashCount;
    }

    /**
     * Why the check ended.
     *
     * @return LIMIT if all was good.
     */
    public WalkStatus status() {
        return status;
    }

    /**
     * What is wrong behind {@link #goodPosition()}, as part of a sentence.
     *
     * @return empty if nothing is.
     */
    public String finding() {
        return finding;
    }

    private boolean isCheckpointWithoutHash() {
        return RecordLayout.kind(walker.buffer(), walker.offset()) == RecordKind.CHECKPOINT.value()
                && walker.length() < CHECKPOINT_HASH_END;
    }

    private boolean isInChain() {
        final DirectBuffer buffer = walker.buffer();
        final int offset = walker.offset();
        final int length = walker.length();
        if (RecordLayout.kind(buffer, offset) == RecordKind.CHECKPOINT.value()) {
            final long hash = buffer.getLong(offset + CHECKPOINT_HASH_OFFSET, ByteOrder.LITTLE_ENDIAN);
            if (isChainKnown) {
                checkedHashCount++;
                if (hash != rollingHash) {
                    return false;
                }
            }
            isChainKnown = true;
            rollingHash = hash;
        }
        if (isChainKnown) {
            rollingHash = RollingHash.update(rollingHash, buffer, offset, length);
        }
        return isExpected(walker.endPosition());
    }

    private boolean isExpected(final long endPosition) {
        if (expectedPosition == NO_POSITION || endPosition < expectedPosition) {
            return true;
        }
        if (endPosition > expectedPosition) {
            return goodPosition >= expectedPosition;
        }
        if (isChainKnown && expectedHash != 0) {
            checkedHashCount++;
            return rollingHash == expectedHash;
        }
        return true;
    }

    private boolean stop(final WalkStatus reason, final String sentence) {
        status = reason;
        finding = sentence;
        return false;
    }
}
