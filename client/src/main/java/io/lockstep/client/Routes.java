package io.lockstep.client;

import io.lockstep.client.internal.ShardCommand;
import io.lockstep.codecs.ApplySlotTableEncoder;
import io.lockstep.codecs.BooleanType;
import io.lockstep.topic.SlotTable;
import io.lockstep.topic.TopicRoute;
import java.util.List;

/**
 * Which shard topics go to: the slot tables of a cluster, to look at and to change shard by shard. Made by
 * {@link LockstepClient#routes()}; belongs to the thread that owns the client, and is not to be called from a handler or
 * listener.
 */
public final class Routes {
    private final LockstepClient client;

    Routes(final LockstepClient client) {
        this.client = client;
    }

    /**
     * Asks all shards for their slot tables and waits for the answers.
     *
     * @param timeoutNs greatest time to wait.
     * @return the tables, in the order of the shards.
     * @throws LockstepException where a shard did not answer in time, or does not know the question.
     */
    public List<SlotTableState> list(final long timeoutNs) {
        return client.routing().askSlotTables(timeoutNs);
    }

    /**
     * Asks a shard to replace its slot table and waits for the answer.
     *
     * @param shardId     of the shard.
     * @param version     of the table, above that of the shard.
     * @param table       which shard a topic belongs to.
     * @param isCheckOnly whether the shard only says whether it would.
     * @param timeoutNs   greatest time to wait.
     * @return what it answered.
     * @throws LockstepException where the shard did not answer in time; it may have taken the table then.
     */
    public CommandAnswer apply(
            final int shardId,
            final long version,
            final SlotTable table,
            final boolean isCheckOnly,
            final long timeoutNs) {
        return BlockingCall.ask(client, shardId, applyCommand(version, table, isCheckOnly), timeoutNs)
                .commandAnswer();
    }

    private static ShardCommand applyCommand(final long version, final SlotTable table, final boolean isCheckOnly) {
        return (buffer, header, correlationId) -> {
            final ApplySlotTableEncoder command = new ApplySlotTableEncoder()
                    .wrapAndApplyHeader(buffer, 0, header)
                    .correlationId(correlationId)
                    .newVersion(version)
                    .checkOnly(isCheckOnly ? BooleanType.TRUE : BooleanType.FALSE);
            final ApplySlotTableEncoder.RoutesEncoder routes =
                    command.routesCount(table.routes().size());
            for (final TopicRoute route : table.routes()) {
                routes.next().routeShardId(route.shardId()).prefix(route.prefix());
            }
            return command.putSlots(table.slots(), 0, SlotTable.SLOTS_LENGTH);
        };
    }
}
