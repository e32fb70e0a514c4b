package io.lockstep.cluster.core;

import io.lockstep.topic.TopicSlots;
import java.util.Arrays;
import org.agrona.BitUtil;

/**
 * What an atomic batch would do to topics, worked out before anything is done: topics by name with the sequence that
 * each would have reached. Reused; allocates nothing.
 */
final class BatchPlan {
    private static final int CAPACITY = 2 * BitUtil.findNextPositivePowerOfTwo(Limits.MAX_BATCH_LENGTH);

    private final int[] table = new int[CAPACITY];
    private final int[] hashes = new int[Limits.MAX_BATCH_LENGTH];
    private final long[] lastSequences = new long[Limits.MAX_BATCH_LENGTH];
    private int mask;

    void begin(final int entryCount) {
        final int capacity = 2 * BitUtil.findNextPositivePowerOfTwo(entryCount);
        mask = capacity - 1;
        Arrays.fill(table, 0, capacity, 0);
    }

    /** The first entry with the same name, which is the entry itself where its name is new to the batch. */
    int firstEntryOf(final PublishFrame frame, final int entry) {
        final int offset = frame.nameOffset(entry);
        final int length = frame.nameLength(entry);
        final int hash = TopicSlots.hash(frame.buffer(), offset, length);
        hashes[entry] = hash;
        int index = (hash ^ (hash >>> 15)) & mask;
        while (table[index] != 0) {
            final int other = table[index] - 1;
            if (hashes[other] == hash
                    && frame.nameLength(other) == length
                    && BytesEqual.areEqual(frame.buffer(), offset, frame.buffer(), frame.nameOffset(other), length)) {
                return other;
            }
            index = (index + 1) & mask;
        }
        table[index] = entry + 1;
        return entry;
    }

    long lastSequence(final int firstEntry) {
        return lastSequences[firstEntry];
    }

    void lastSequence(final int firstEntry, final long sequence) {
        lastSequences[firstEntry] = sequence;
    }
}
