package io.lockstep.client;

import io.lockstep.client.internal.ShardCall;
import io.lockstep.client.internal.ShardCommand;
import java.util.List;

/** Asks the shards of a cluster, and drives what has turns of its own. Belongs to the thread that owns the client. */
interface ShardAsker {
    /** Number of shards, at least 1. */
    int shardCount();

    /** Monotonic time. */
    long nowNs();

    /** Asks a shard; the command is written now and sent until the call ends. */
    ShardCall ask(int shardId, ShardCommand command, long deadlineNs, ShardCall.Listener listener);

    /** Waits until calls ended; false where one did not in time. Not where a handler or listener is being called. */
    boolean awaitEnds(List<ShardCall> awaited, long timeoutNs);

    /** Drives something in each turn from now on. */
    void add(ClientDuty duty);

    /** Drives it no more. */
    void remove(ClientDuty duty);
}
