package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ShardItemDecoder;
import io.lockstep.codecs.ShardItemEncoder;
import io.lockstep.topic.TopicSlots;
import java.nio.ByteOrder;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Part 3, the identity of the shard, its table of slots, and its modes. */
final class ShardPart implements Part {
    private static final int SLOTS_LENGTH = TopicSlots.COUNT * Short.BYTES;
    private static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + ShardItemEncoder.BLOCK_LENGTH
            + ShardItemEncoder.slotsHeaderLength()
            + SLOTS_LENGTH;

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ShardItemEncoder encoder = new ShardItemEncoder();
    private final ShardItemDecoder decoder = new ShardItemDecoder();
    private final UnsafeBuffer slots = new UnsafeBuffer(new byte[SLOTS_LENGTH]);

    private long slotTableVersion;
    private long readOnlyNodes;
    private int shardId;
    private int shardCount = 1;
    private int featureLevel = Engine.FIRST_FEATURE_LEVEL;
    private boolean isSeeded;

    boolean isOwnerOf(final int slot) {
        return slots.getShort(slot * Short.BYTES, ByteOrder.LITTLE_ENDIAN) == (short) shardId;
    }

    void seed(final int newShardId, final int newShardCount) {
        shardId = newShardId;
        shardCount = newShardCount;
        isSeeded = true;
        slotTableVersion++;
        for (int slot = 0; slot < TopicSlots.COUNT; slot++) {
            final short owner = (short) TopicSlots.defaultShardOf(slot, newShardCount);
            slots.putShort(slot * Short.BYTES, owner, ByteOrder.LITTLE_ENDIAN);
        }
    }

    int shardId() {
        return shardId;
    }

    int shardCount() {
        return shardCount;
    }

    boolean isSeeded() {
        return isSeeded;
    }

    long slotTableVersion() {
        return slotTableVersion;
    }

    boolean isReadOnly() {
        return readOnlyNodes != 0;
    }

    long readOnlyNodes() {
        return readOnlyNodes;
    }

    void readOnlyNodes(final long nodeBits) {
        readOnlyNodes = nodeBits;
    }

    int featureLevel() {
        return featureLevel;
    }

    void featureLevel(final int level) {
        featureLevel = level;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 3;
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
                .slotTableVersion(slotTableVersion)
                .readOnlyNodes(readOnlyNodes)
                .shardId(shardId)
                .shardCount(shardCount)
                .featureLevel(featureLevel)
                .isSeeded(isSeeded ? BooleanType.TRUE : BooleanType.FALSE)
                .putSlots(slots, 0, SLOTS_LENGTH);
        sink.append(buffer, 0, LENGTH);
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(decoder, templateId, item, offset, length);
        ItemReader.checkVariableEnd(
                WireShape.endOfBytes(item, WireShape.endOfBlock(item, offset), offset + length), templateId);
        slotTableVersion = decoder.slotTableVersion();
        readOnlyNodes = decoder.readOnlyNodes();
        shardId = decoder.shardId();
        shardCount = decoder.shardCount();
        featureLevel = decoder.featureLevel();
        isSeeded = decoder.isSeeded() == BooleanType.TRUE;
        if (featureLevel > Engine.FEATURE_LEVEL) {
            throw new IllegalStateException("the snapshot is at feature level " + featureLevel
                    + ", but this release knows levels up to " + Engine.FEATURE_LEVEL + ": start a newer release");
        }
        if (decoder.slotsLength() != SLOTS_LENGTH) {
            throw new IllegalStateException("a table of " + TopicSlots.COUNT + " slots was expected, but it takes "
                    + decoder.slotsLength() + " bytes");
        }
        decoder.getSlots(slots, 0, SLOTS_LENGTH);
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return LENGTH;
    }
}
