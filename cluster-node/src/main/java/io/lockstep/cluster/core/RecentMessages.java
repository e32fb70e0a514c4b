package io.lockstep.cluster.core;

/**
 * The latest messages of the shard, as far as groups need to know them: so that a group whose window was full for a while
 * goes on without help. Kept while there is a group; holds all messages behind {@link #beginPosition}.
 */
final class RecentMessages {
    /** Greatest number of messages. */
    static final int CAPACITY = 4_096;

    /** What a message counts for. */
    static final int MESSAGE_BYTES = 40;

    /** A message that never expires. */
    static final long NEVER = Long.MAX_VALUE;

    private static final int MASK = CAPACITY - 1;

    // Made with the first group: most shards have none.
    private long[] positions;
    private long[] expiresAtNs;
    private int[] recordLengths;
    private int[] topicIds;
    private int[] keyHashes;
    private boolean[] hasKeys;
    private long beginPosition;
    private long first;
    private long end;

    /** Begins anew behind a position. */
    void begin(final long position) {
        if (positions == null) {
            positions = new long[CAPACITY];
            expiresAtNs = new long[CAPACITY];
            recordLengths = new int[CAPACITY];
            topicIds = new int[CAPACITY];
            keyHashes = new int[CAPACITY];
            hasKeys = new boolean[CAPACITY];
        }
        beginPosition = position;
        first = 0;
        end = 0;
    }

    /** Adds a message behind all others; where there are too many the oldest is forgotten. */
    void add(
            final long position,
            final int recordLength,
            final int topicId,
            final long expiryNs,
            final int keyHash,
            final boolean hasKey) {
        if (end - first == CAPACITY) {
            beginPosition = position(first);
            first++;
        }
        final int slot = (int) end & MASK;
        positions[slot] = position;
        recordLengths[slot] = recordLength;
        topicIds[slot] = topicId;
        expiresAtNs[slot] = expiryNs;
        keyHashes[slot] = keyHash;
        hasKeys[slot] = hasKey;
        end++;
    }

    /** Position behind which all messages are here. */
    long beginPosition() {
        return beginPosition;
    }

    int count() {
        return (int) (end - first);
    }

    /** Number of the first message; the others follow densely up to {@link #end}. */
    long first() {
        return first;
    }

    /** Number behind the last message. */
    long end() {
        return end;
    }

    /** Number of the first message behind a position, which is {@link #end} where there is none. */
    long firstBehind(final long position) {
        long low = first;
        long high = end;
        while (low < high) {
            final long middle = (low + high) >>> 1;
            if (position(middle) > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return low;
    }

    long position(final long number) {
        return positions[(int) number & MASK];
    }

    int recordLength(final long number) {
        return recordLengths[(int) number & MASK];
    }

    int topicId(final long number) {
        return topicIds[(int) number & MASK];
    }

    long expiresAtNs(final long number) {
        return expiresAtNs[(int) number & MASK];
    }

    int keyHash(final long number) {
        return keyHashes[(int) number & MASK];
    }

    boolean hasKey(final long number) {
        return hasKeys[(int) number & MASK];
    }
}
