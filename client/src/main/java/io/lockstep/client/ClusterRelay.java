package io.lockstep.client;

import io.lockstep.archive.replay.JournalReaderContext;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.internal.AnswerTap;
import io.lockstep.client.internal.ReadRequest;
import io.lockstep.client.internal.RecordHubs;
import io.lockstep.client.internal.RecordReader;
import io.lockstep.client.internal.RecordSelection;
import org.agrona.DirectBuffer;

/**
 * Passes commands of others to the cluster and their answers back, over the sessions of one client: for gateways. Commands
 * carry correlation ids below zero, which the client itself never uses. Owned by the thread that owns the client.
 */
public final class ClusterRelay {
    private final Shards shards;
    private final RecordHubs hubs;

    ClusterRelay(final Shards shards, final RecordHubs hubs, final AnswerTap tap) {
        this.shards = shards;
        this.hubs = hubs;
        shards.tap(tap);
    }

    /**
     * Number of shards of the cluster.
     *
     * @return at least 1.
     */
    public int shardCount() {
        return shards.count();
    }

    /**
     * Whether commands can be offered to a shard.
     *
     * @param shardId of the shard.
     * @return true if so.
     */
    public boolean isConnected(final int shardId) {
        return shards.connection(shardId).isConnected();
    }

    /**
     * The node that leads a shard.
     *
     * @param shardId of the shard.
     * @return its id, or -1.
     */
    public int leaderNodeId(final int shardId) {
        return shards.connection(shardId).leaderNodeId();
    }

    /**
     * How far the journal of a shard is known to reach.
     *
     * @param shardId of the shard.
     * @return the position, or -1 where the shard did not describe itself yet.
     */
    public long journalPosition(final int shardId) {
        final ShardState state = shards.state(shardId);
        return state == null ? -1 : state.journalPosition();
    }

    /**
     * Passes a command on.
     *
     * @param shardId of the shard.
     * @param buffer  that holds it.
     * @param offset  of its message header.
     * @param length  in bytes.
     * @return above 0 on success, else a negative code of {@link io.aeron.Publication}.
     */
    public long offer(final int shardId, final DirectBuffer buffer, final int offset, final int length) {
        return shards.connection(shardId).offer(buffer, offset, length);
    }

    /**
     * Opens a reader of a journal. At the live end all readers share one replay; those that lag take turns with a few.
     *
     * @param shardId  of the journal.
     * @param start    where to begin.
     * @param listener is told of moves and losses, from within the reader's {@code poll}.
     * @return the reader, to be closed by the caller.
     */
    public RecordReader openReader(final int shardId, final StartPosition start, final SubscriberListener listener) {
        return hubs.open(
                new ReadRequest(
                        shardId,
                        ReaderConfig.ANY_NODE,
                        JournalReaderContext.DEFAULT_SILENCE_TIMEOUT_NS,
                        RecordSelection.EVERYTHING,
                        start),
                listener);
    }
}
