package io.lockstep.topic;

import org.agrona.DirectBuffer;

/**
 * Spreads topics over 4,096 slots by a fixed hash: FNV-1a, 32 bit, over the bytes of the name, folded by xor of its
 * halves, modulo the number of slots. Partition <i>i</i> of a topic has the <i>i</i>th slot behind that of the topic. Which
 * shard holds a slot is replicated state; this is for ever.
 */
public final class TopicSlots {
    /** Number of slots. */
    public static final int COUNT = 4096;

    private static final int FNV_OFFSET_BASIS = 0x811C9DC5;
    private static final int FNV_PRIME = 0x01000193;

    private TopicSlots() {}

    /**
     * The slot of a topic, or of a partition of one.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return 0 to 4,095.
     */
    public static int slotOf(final DirectBuffer buffer, final int offset, final int length) {
        final int partition = PartitionName.partitionOf(buffer, offset, length);
        if (partition == PartitionName.NONE) {
            return slotOfName(buffer, offset, length);
        }
        final int baseLength = PartitionName.baseLength(buffer, offset, length);
        return (slotOfName(buffer, offset, baseLength) + partition) & (COUNT - 1);
    }

    /**
     * The slot of a name, whatever its last level is: what was true of all names before there were partitions.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return 0 to 4,095.
     */
    public static int slotOfName(final DirectBuffer buffer, final int offset, final int length) {
        final int hash = hash(buffer, offset, length);
        return (hash ^ (hash >>> 16)) & (COUNT - 1);
    }

    /**
     * FNV-1a of a name, also used for look-up by name.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return all 32 bits.
     */
    public static int hash(final DirectBuffer buffer, final int offset, final int length) {
        int hash = FNV_OFFSET_BASIS;
        for (int i = offset, end = offset + length; i < end; i++) {
            hash = (hash ^ (buffer.getByte(i) & 0xFF)) * FNV_PRIME;
        }
        return hash;
    }

    /**
     * The shard of a slot in a table that was never changed: slots are dealt out in turn.
     *
     * @param slot       0 to 4,095.
     * @param shardCount number of shards.
     * @return the shard's id.
     */
    public static int defaultShardOf(final int slot, final int shardCount) {
        return slot % shardCount;
    }
}
