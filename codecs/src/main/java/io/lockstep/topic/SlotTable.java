package io.lockstep.topic;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Which shard a topic belongs to: that of the longest prefix route that it is under, else that of its slot. A partition is
 * a topic of its own here, which is under all prefixes that its topic is under. Immutable; look-up allocates nothing.
 */
public final class SlotTable {
    /** Greatest number of prefix routes. */
    public static final int MAX_ROUTES = 128;

    /** Length of the slots in bytes: the shard of each as uint16, little endian. */
    public static final int SLOTS_LENGTH = TopicSlots.COUNT * Short.BYTES;

    // A canonical order, in which the first route that a topic is under has the longest prefix.
    private static final Comparator<byte[]> LONGEST_FIRST =
            Comparator.<byte[]>comparingInt(prefix -> -prefix.length).thenComparing(Arrays::compareUnsigned);

    private final UnsafeBuffer slots = new UnsafeBuffer(new byte[SLOTS_LENGTH]);
    private final List<TopicRoute> routes;
    private final byte[][] prefixes;
    private final int[] shardIds;

    /**
     * Copies a table.
     *
     * @param slots  buffer that holds the shard of each slot.
     * @param offset of the first one.
     * @param routes in any order.
     * @throws IllegalArgumentException where there are too many routes, or two of the same prefix.
     */
    public SlotTable(final DirectBuffer slots, final int offset, final List<TopicRoute> routes) {
        this.slots.putBytes(0, slots, offset, SLOTS_LENGTH);
        if (routes.size() > MAX_ROUTES) {
            throw new IllegalArgumentException(
                    "a cluster has at most " + MAX_ROUTES + " prefix routes, but these are " + routes.size());
        }
        final List<TopicRoute> sorted = new ArrayList<>(routes);
        sorted.sort(Comparator.comparing(route -> bytesOf(route), LONGEST_FIRST));
        for (int i = 1; i < sorted.size(); i++) {
            if (sorted.get(i).prefix().equals(sorted.get(i - 1).prefix())) {
                throw new IllegalArgumentException(
                        "the route of '" + sorted.get(i).prefix() + "' is there twice");
            }
        }
        this.routes = List.copyOf(sorted);
        this.prefixes = new byte[sorted.size()][];
        this.shardIds = new int[sorted.size()];
        for (int i = 0; i < prefixes.length; i++) {
            prefixes[i] = bytesOf(sorted.get(i));
            shardIds[i] = sorted.get(i).shardId();
        }
    }

    /**
     * The table that a cluster begins with: slots are dealt out in turn.
     *
     * @param shardCount number of shards.
     * @param routes     in any order.
     * @return the table.
     */
    public static SlotTable ofShards(final int shardCount, final List<TopicRoute> routes) {
        final UnsafeBuffer slots = new UnsafeBuffer(new byte[SLOTS_LENGTH]);
        for (int slot = 0; slot < TopicSlots.COUNT; slot++) {
            final short owner = (short) TopicSlots.defaultShardOf(slot, shardCount);
            slots.putShort(slot * Short.BYTES, owner, ByteOrder.LITTLE_ENDIAN);
        }
        return new SlotTable(slots, 0, routes);
    }

    /**
     * The shard of a topic, or of a partition of one.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return the shard's id.
     */
    public int shardOf(final DirectBuffer buffer, final int offset, final int length) {
        final int shardId = shardOfRoute(buffer, offset, length);
        return shardId >= 0 ? shardId : shardOfSlot(TopicSlots.slotOf(buffer, offset, length));
    }

    /**
     * The shard of a name, whatever its last level is: what was true of all names before there were partitions.
     *
     * @param buffer that holds the name.
     * @param offset of its first byte.
     * @param length in bytes.
     * @return the shard's id.
     */
    public int shardOfName(final DirectBuffer buffer, final int offset, final int length) {
        final int shardId = shardOfRoute(buffer, offset, length);
        return shardId >= 0 ? shardId : shardOfSlot(TopicSlots.slotOfName(buffer, offset, length));
    }

    /**
     * The shard of a topic.
     *
     * @param topic name of the topic.
     * @return the shard's id.
     */
    public int shardOf(final String topic) {
        final byte[] name = topic.getBytes(StandardCharsets.UTF_8);
        return shardOf(new UnsafeBuffer(name), 0, name.length);
    }

    /**
     * The shard of a slot.
     *
     * @param slot 0 to 4,095.
     * @return the shard's id.
     */
    public int shardOfSlot(final int slot) {
        return slots.getShort(slot * Short.BYTES, ByteOrder.LITTLE_ENDIAN) & 0xFFFF;
    }

    /**
     * The slots as they are written.
     *
     * @return {@link #SLOTS_LENGTH} bytes, not to be changed.
     */
    public DirectBuffer slots() {
        return slots;
    }

    /**
     * The prefix routes.
     *
     * @return the longest prefix first, then in the order of their bytes.
     */
    public List<TopicRoute> routes() {
        return routes;
    }

    /**
     * Whether every topic belongs to a shard that there is.
     *
     * @param shardCount number of shards.
     * @return true if so.
     */
    public boolean isWithin(final int shardCount) {
        for (final int shardId : shardIds) {
            if (shardId >= shardCount) {
                return false;
            }
        }
        for (int slot = 0; slot < TopicSlots.COUNT; slot++) {
            if (shardOfSlot(slot) >= shardCount) {
                return false;
            }
        }
        return true;
    }

    /**
     * Makes a table with one more route, or another shard for its prefix.
     *
     * @param route to add.
     * @return the new table.
     * @throws IllegalArgumentException where there would be too many routes.
     */
    public SlotTable with(final TopicRoute route) {
        final List<TopicRoute> changed = new ArrayList<>(without(route.prefix()).routes);
        changed.add(route);
        return new SlotTable(slots, 0, changed);
    }

    /**
     * Makes a table without a route.
     *
     * @param prefix of the route.
     * @return the new table; an equal one where there is no such route.
     */
    public SlotTable without(final String prefix) {
        final List<TopicRoute> others = new ArrayList<>(routes);
        others.removeIf(route -> route.prefix().equals(prefix));
        return new SlotTable(slots, 0, others);
    }

    /** {@inheritDoc} */
    @Override
    public boolean equals(final Object other) {
        return other instanceof final SlotTable table && routes.equals(table.routes) && slots.equals(table.slots);
    }

    /** {@inheritDoc} */
    @Override
    public int hashCode() {
        return 31 * slots.hashCode() + routes.hashCode();
    }

    private int shardOfRoute(final DirectBuffer buffer, final int offset, final int length) {
        for (int i = 0; i < prefixes.length; i++) {
            if (isUnder(prefixes[i], buffer, offset, length)) {
                return shardIds[i];
            }
        }
        return -1;
    }

    private static boolean isUnder(final byte[] prefix, final DirectBuffer buffer, final int offset, final int length) {
        if (length < prefix.length || (length > prefix.length && buffer.getByte(offset + prefix.length) != '/')) {
            return false;
        }
        for (int i = 0; i < prefix.length; i++) {
            if (buffer.getByte(offset + i) != prefix[i]) {
                return false;
            }
        }
        return true;
    }

    private static byte[] bytesOf(final TopicRoute route) {
        return route.prefix().getBytes(StandardCharsets.UTF_8);
    }
}
