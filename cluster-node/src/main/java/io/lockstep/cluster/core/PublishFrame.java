package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.PublishDecoder;
import io.lockstep.codecs.PublishDecoder.EntriesDecoder;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;

/**
 * A publish command whose bytes have been checked: where each entry's name, headers and payload are. Valid during the
 * call that it is passed to. Reused; allocates nothing.
 */
final class PublishFrame {
    /** Value of an expected topic sequence that sets no condition. */
    static final long NO_CONDITION = -1;

    private static final int MAX_ENTRIES = Limits.MAX_BATCH_LENGTH;

    private final PublishDecoder decoder = new PublishDecoder();
    private final long[] expectedSequences = new long[MAX_ENTRIES];
    private final int[] nameOffsets = new int[MAX_ENTRIES];
    private final int[] nameLengths = new int[MAX_ENTRIES];
    private final int[] headersOffsets = new int[MAX_ENTRIES];
    private final int[] headersLengths = new int[MAX_ENTRIES];
    private final int[] payloadOffsets = new int[MAX_ENTRIES];
    private final int[] payloadLengths = new int[MAX_ENTRIES];

    private Caller caller;
    private DirectBuffer buffer;
    private long producerId;
    private long firstSequence;
    private long notedRefusal;
    private int epoch;
    private boolean isAtomic;
    private int entryCount;

    /** Reads the block and checks all that follows; false where the command is malformed. The block must be there. */
    boolean wrap(final DirectBuffer command, final int offset, final int length) {
        buffer = command;
        caller = null;
        decoder.wrap(
                command,
                offset + WireShape.HEADER_LENGTH,
                WireShape.blockLength(command, offset),
                WireShape.version(command, offset));
        producerId = decoder.producerId();
        firstSequence = decoder.firstSequence();
        notedRefusal = decoder.notedRefusal();
        epoch = decoder.epoch();
        final int atomic = decoder.atomicRaw();
        isAtomic = atomic == BooleanType.TRUE.value();
        entryCount = 0;
        return firstSequence >= 1
                && (isAtomic || atomic == BooleanType.FALSE.value())
                && indexEntries(
                        WireShape.endOfBlock(command, offset),
                        offset + length,
                        BlockLengths.ofPublishEntry(WireShape.version(command, offset)));
    }

    private boolean indexEntries(final int groupIndex, final int end, final int leastBlockLength) {
        if (!WireShape.hasGroup(buffer, groupIndex, end, leastBlockLength)) {
            return false;
        }
        final int blockLength = WireShape.blockLength(buffer, groupIndex);
        entryCount = WireShape.groupCount(buffer, groupIndex);
        int index = groupIndex + EntriesDecoder.sbeHeaderSize();
        for (int entry = 0; entry < entryCount; entry++) {
            if (end - index < blockLength) {
                return false;
            }
            final int blockIndex = index;
            final int headersIndex = WireShape.endOfText(buffer, blockIndex + blockLength, end);
            final int payloadIndex = headersIndex < 0 ? headersIndex : WireShape.endOfBytes(buffer, headersIndex, end);
            index = payloadIndex < 0 ? payloadIndex : WireShape.endOfBytes(buffer, payloadIndex, end);
            if (index < 0) {
                return false;
            }
            // Entries beyond the greatest batch are checked but not kept: the command is refused by its count.
            if (entry < MAX_ENTRIES && !indexEntry(entry, blockIndex, blockLength, headersIndex, payloadIndex, index)) {
                return false;
            }
        }
        return entryCount > 0;
    }

    private boolean indexEntry(
            final int entry,
            final int blockIndex,
            final int blockLength,
            final int headersIndex,
            final int payloadIndex,
            final int end) {
        expectedSequences[entry] = buffer.getLong(blockIndex, ByteOrder.LITTLE_ENDIAN);
        nameOffsets[entry] = blockIndex + blockLength + EntriesDecoder.topicNameHeaderLength();
        nameLengths[entry] = headersIndex - nameOffsets[entry];
        headersOffsets[entry] = headersIndex + EntriesDecoder.headersHeaderLength();
        headersLengths[entry] = payloadIndex - headersOffsets[entry];
        payloadOffsets[entry] = payloadIndex + EntriesDecoder.payloadHeaderLength();
        payloadLengths[entry] = end - payloadOffsets[entry];
        return expectedSequences[entry] >= NO_CONDITION;
    }

    /** Sets who sent the command. */
    void caller(final Caller sender) {
        caller = sender;
    }

    Caller caller() {
        return caller;
    }

    DirectBuffer buffer() {
        return buffer;
    }

    long producerId() {
        return producerId;
    }

    long firstSequence() {
        return firstSequence;
    }

    long lastSequence() {
        return firstSequence + entryCount - 1;
    }

    long notedRefusal() {
        return notedRefusal;
    }

    int epoch() {
        return epoch;
    }

    boolean isAtomic() {
        return isAtomic;
    }

    int entryCount() {
        return entryCount;
    }

    long expectedTopicSequence(final int entry) {
        return expectedSequences[entry];
    }

    int nameOffset(final int entry) {
        return nameOffsets[entry];
    }

    int nameLength(final int entry) {
        return nameLengths[entry];
    }

    int headersOffset(final int entry) {
        return headersOffsets[entry];
    }

    int headersLength(final int entry) {
        return headersLengths[entry];
    }

    int payloadOffset(final int entry) {
        return payloadOffsets[entry];
    }

    int payloadLength(final int entry) {
        return payloadLengths[entry];
    }
}
