package io.lockstep.client;

import io.lockstep.topic.SlotTable;

/**
 * The slot table that a shard holds. Immutable.
 *
 * @param shardId    of the shard.
 * @param shardCount number of shards of the cluster.
 * @param version    of the table; the shards of a cluster hold the same table under the same version.
 * @param table      which shard a topic belongs to.
 */
public record SlotTableState(int shardId, int shardCount, long version, SlotTable table) {}
