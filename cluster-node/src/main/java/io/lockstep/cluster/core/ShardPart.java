package io.lockstep.cluster.core;

import io.lockstep.codecs.BooleanType;
import io.lockstep.codecs.MessageHeaderEncoder;
import io.lockstep.codecs.ShardItemDecoder;
import io.lockstep.codecs.ShardItemEncoder;
import io.lockstep.codecs.SlotTableItemDecoder;
import io.lockstep.codecs.SlotTableItemEncoder;
import io.lockstep.codecs.SlotTableItemEncoder.RoutesEncoder;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import io.lockstep.topic.TopicSlots;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/** Part 3, the identity of the shard, its table of slots, and its modes. */
final class ShardPart implements Part {
    private static final int SLOTS_LENGTH = SlotTable.SLOTS_LENGTH;
    private static final int LENGTH = MessageHeaderEncoder.ENCODED_LENGTH
            + ShardItemEncoder.BLOCK_LENGTH
            + ShardItemEncoder.slotsHeaderLength()
            + SLOTS_LENGTH;

    private static final int ROUTE_LENGTH = RoutesEncoder.sbeBlockLength() + RoutesEncoder.prefixHeaderLength();
    private static final int TABLE_LENGTH =
            MessageHeaderEncoder.ENCODED_LENGTH + SlotTableItemEncoder.BLOCK_LENGTH + RoutesEncoder.sbeHeaderSize();

    private final UnsafeBuffer buffer = new UnsafeBuffer(new byte[LENGTH]);
    private final UnsafeBuffer tableBuffer = new UnsafeBuffer(
            new byte[TABLE_LENGTH + Limits.MAX_ROUTES * (ROUTE_LENGTH + TopicRoute.MAX_PREFIX_LENGTH)]);
    private final MessageHeaderEncoder header = new MessageHeaderEncoder();
    private final ShardItemEncoder encoder = new ShardItemEncoder();
    private final ShardItemDecoder decoder = new ShardItemDecoder();
    private final SlotTableItemEncoder tableEncoder = new SlotTableItemEncoder();
    private final SlotTableItemDecoder tableDecoder = new SlotTableItemDecoder();

    private SlotTable slotTable = SlotTable.ofShards(1, List.of());
    private long slotTableVersion;
    private long slotTableChangedPosition;
    private int routesLength;
    // Another one whenever topics may belong elsewhere. No state of its own.
    private long tableGeneration;
    private long readOnlyNodes;
    private int shardId;
    private int shardCount = 1;
    private int featureLevel = Engine.FIRST_FEATURE_LEVEL;
    private boolean isSeeded;

    /** What some routes take in a snapshot, in bytes. */
    static int lengthOf(final List<TopicRoute> routes) {
        int length = 0;
        for (final TopicRoute route : routes) {
            length += ROUTE_LENGTH + route.prefix().getBytes(StandardCharsets.UTF_8).length;
        }
        return length;
    }

    boolean isOwnerOf(final Topic topic) {
        return topic.shardUnder(tableGeneration, this) == shardId;
    }

    boolean isOwnerOf(final DirectBuffer name, final int offset, final int length) {
        return shardUnder(slotTable, name, offset, length) == shardId;
    }

    /**
     * The shard of a name under a table. Partitions are known from the messaging level on: before, such names had the
     * slots of all others, and logs from then must give the same again.
     */
    int shardUnder(final SlotTable table, final DirectBuffer name, final int offset, final int length) {
        return featureLevel >= Engine.MESSAGING_LEVEL
                ? table.shardOf(name, offset, length)
                : table.shardOfName(name, offset, length);
    }

    void seed(final int newShardId, final int newShardCount, final List<TopicRoute> routes) {
        shardId = newShardId;
        shardCount = newShardCount;
        isSeeded = true;
        slotTableVersion++;
        replaceTable(SlotTable.ofShards(newShardCount, routes));
    }

    /** Replaces the table, which has been checked. */
    void slotTable(final long version, final SlotTable table, final long journalPosition) {
        slotTableVersion = version;
        slotTableChangedPosition = journalPosition;
        replaceTable(table);
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

    SlotTable slotTable() {
        return slotTable;
    }

    /** End of the journal just before the table took effect; 0 where it is that of the seed. */
    long slotTableChangedPosition() {
        return slotTableChangedPosition;
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
        tableGeneration++;
    }

    /** {@inheritDoc} */
    @Override
    public int id() {
        return 3;
    }

    /** {@inheritDoc} */
    @Override
    public long itemCount() {
        return hasTableItem() ? 2 : 1;
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
                .putSlots(slotTable.slots(), 0, SLOTS_LENGTH);
        sink.append(buffer, 0, LENGTH);
        if (hasTableItem()) {
            final RoutesEncoder group = tableEncoder
                    .wrapAndApplyHeader(tableBuffer, 0, header)
                    .changedPosition(slotTableChangedPosition)
                    .routesCount(slotTable.routes().size());
            for (final TopicRoute route : slotTable.routes()) {
                group.next().routeShardId(route.shardId()).prefix(route.prefix());
            }
            sink.append(tableBuffer, 0, TABLE_LENGTH + routesLength);
        }
    }

    /** {@inheritDoc} */
    @Override
    public void readItem(final int templateId, final DirectBuffer item, final int offset, final int length) {
        if (templateId == SlotTableItemDecoder.TEMPLATE_ID) {
            readTable(templateId, item, offset, length);
            return;
        }
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
        final UnsafeBuffer slots = new UnsafeBuffer(new byte[SLOTS_LENGTH]);
        decoder.getSlots(slots, 0, SLOTS_LENGTH);
        replaceTable(new SlotTable(slots, 0, List.of()));
    }

    /** {@inheritDoc} */
    @Override
    public long stateBytes() {
        return hasTableItem() ? LENGTH + TABLE_LENGTH + routesLength : LENGTH;
    }

    private boolean hasTableItem() {
        return slotTableChangedPosition != 0 || !slotTable.routes().isEmpty();
    }

    private void readTable(final int templateId, final DirectBuffer item, final int offset, final int length) {
        ItemReader.wrap(tableDecoder, templateId, item, offset, length);
        final RouteGroup group = new RouteGroup();
        ItemReader.checkVariableEnd(group.read(item, WireShape.endOfBlock(item, offset), offset + length), templateId);
        if (group.routes() == null) {
            throw new IllegalStateException("the snapshot holds prefix routes that cannot be");
        }
        slotTableChangedPosition = tableDecoder.changedPosition();
        replaceTable(new SlotTable(slotTable.slots(), 0, group.routes()));
    }

    private void replaceTable(final SlotTable table) {
        slotTable = table;
        tableGeneration++;
        routesLength = lengthOf(table.routes());
    }
}
