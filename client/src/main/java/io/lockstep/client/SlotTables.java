package io.lockstep.client;

import io.lockstep.topic.SlotTable;
import java.util.Arrays;
import java.util.List;
import org.agrona.DirectBuffer;

/**
 * The slot tables as the shards told them, each its own. They are the same but for the moments in which a change goes
 * from shard to shard; then a topic is where its shard says so. Belongs to the thread that owns the client.
 */
final class SlotTables {
    private final SlotTable[] tables;
    private final long[] versions;
    // Where a shard's journal ended when it was last seen with the table that is known; -1 where it never was.
    private final long[] knownPositions;
    // A place before anything that the last change of a shard's table let in.
    private final long[] changedPositions;
    private SlotTable newest;
    private long newestVersion;

    /** Before any shard told its table: slots are dealt out in turn. */
    SlotTables(final int shardCount) {
        tables = new SlotTable[shardCount];
        versions = new long[shardCount];
        knownPositions = new long[shardCount];
        changedPositions = new long[shardCount];
        Arrays.fill(knownPositions, -1);
        newest = SlotTable.ofShards(shardCount, List.of());
    }

    /** The shard to which a topic is sent. */
    int shardOf(final DirectBuffer name, final int offset, final int length) {
        final int candidate = newest.shardOf(name, offset, length);
        if (tables[candidate] == null || tables[candidate].shardOf(name, offset, length) == candidate) {
            return candidate;
        }
        for (int shardId = 0; shardId < tables.length; shardId++) {
            if (tables[shardId] != null && tables[shardId].shardOf(name, offset, length) == shardId) {
                return shardId;
            }
        }
        return candidate;
    }

    /** Version of a shard's table; 0 where it is not known. */
    long version(final int shardId) {
        return versions[shardId];
    }

    /** Takes note that a shard still had its known table when its journal ended at a position. */
    void onDescribed(final int shardId, final long version, final long journalPosition) {
        if (version == versions[shardId]) {
            knownPositions[shardId] = journalPosition;
        }
    }

    /** Takes over what a shard told; true where topics may have another shard now. */
    boolean onTable(
            final int shardId,
            final long version,
            final long changedPosition,
            final long journalPosition,
            final SlotTable table) {
        if (version <= versions[shardId] || !table.isWithin(tables.length)) {
            return false;
        }
        // What an unseen version between the two let into the shard lies behind the place where the old one was seen.
        changedPositions[shardId] =
                knownPositions[shardId] < 0 ? changedPosition : Math.min(knownPositions[shardId], changedPosition);
        knownPositions[shardId] = journalPosition;
        versions[shardId] = version;
        final boolean isChange = !table.equals(tables[shardId] == null ? newest : tables[shardId]);
        tables[shardId] = table;
        if (version > newestVersion) {
            newestVersion = version;
            newest = table;
        }
        return isChange;
    }

    /**
     * A place in a shard's journal before all messages of a topic that belongs there by now and did not before; 0 where
     * none is known.
     */
    long startOf(final DirectBuffer name, final int offset, final int length, final int shardId) {
        if (tables[shardId] == null) {
            return 0;
        }
        final boolean isLetIn = tables[shardId].shardOf(name, offset, length) == shardId;
        return isLetIn ? changedPositions[shardId] : knownPositions[shardId];
    }
}
