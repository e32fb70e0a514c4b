package io.lockstep.client;

/**
 * The access rules that a shard holds. Immutable.
 *
 * @param shardId of the shard.
 * @param version of the rules, 0 where there never were any, so that everything is allowed; the shards of a cluster hold the
 *                same rules under the same version.
 * @param rules   the lines, as they were applied.
 */
public record AccessRulesState(int shardId, long version, String rules) {}
