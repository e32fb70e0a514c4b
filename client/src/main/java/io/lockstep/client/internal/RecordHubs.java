package io.lockstep.client.internal;

import io.aeron.Aeron;
import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;
import io.lockstep.config.NodeEndpoint;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.SystemNanoClock;

/**
 * The hubs of a client: subscribers of a shard share one live reader where they want the same node and the same silence
 * time-out. Belongs to the thread that owns the client.
 */
public final class RecordHubs {
    private final Aeron aeron;
    private final List<NodeEndpoint> nodes;
    private final int windowLength;
    private final int maxCatchUpReaders;
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(int preferredNodeId, long silenceTimeoutNs, RecordHub hub) {}

    /**
     * None yet.
     *
     * @param aeron             client to read with; stays the caller's.
     * @param nodes             to read from.
     * @param windowLength      of each hub in bytes, a power of two.
     * @param maxCatchUpReaders of each hub.
     */
    public RecordHubs(
            final Aeron aeron, final List<NodeEndpoint> nodes, final int windowLength, final int maxCatchUpReaders) {
        this.aeron = aeron;
        this.nodes = nodes;
        this.windowLength = windowLength;
        this.maxCatchUpReaders = maxCatchUpReaders;
    }

    /**
     * Opens a reader.
     *
     * @param shardId          of the journal.
     * @param preferredNodeId  to read from while it is well, or -1.
     * @param silenceTimeoutNs after which reading moves to another node.
     * @param start            where to begin.
     * @param listener         is told of moves and losses.
     * @return the reader, to be closed by the caller.
     */
    public RecordReader open(
            final int shardId,
            final int preferredNodeId,
            final long silenceTimeoutNs,
            final StartPosition start,
            final SubscriberListener listener) {
        removeEmpty();
        for (final Entry entry : entries) {
            if (entry.hub.shardId() == shardId
                    && entry.preferredNodeId == preferredNodeId
                    && entry.silenceTimeoutNs == silenceTimeoutNs) {
                return entry.hub.open(start, listener);
            }
        }
        final RecordHub hub = new RecordHub(
                shardId,
                (readerStart, told) ->
                        RecordReaders.open(aeron, nodes, shardId, preferredNodeId, silenceTimeoutNs, readerStart, told),
                windowLength,
                maxCatchUpReaders,
                SystemNanoClock.INSTANCE);
        entries.add(new Entry(preferredNodeId, silenceTimeoutNs, hub));
        return hub.open(start, listener);
    }

    /**
     * Readers that catch up at present.
     *
     * @return their number.
     */
    public int catchUpCount() {
        int count = 0;
        for (int i = 0; i < entries.size(); i++) {
            count += entries.get(i).hub.catchUpCount();
        }
        return count;
    }

    /**
     * Who waits for a reader to catch up with.
     *
     * @return their number.
     */
    public int waitingCount() {
        int count = 0;
        for (int i = 0; i < entries.size(); i++) {
            count += entries.get(i).hub.waitingCount();
        }
        return count;
    }

    /**
     * How often a window went on without one who was in it, since the hubs of now exist.
     *
     * @return from 0.
     */
    public long overrunCount() {
        long count = 0;
        for (int i = 0; i < entries.size(); i++) {
            count += entries.get(i).hub.overrunCount();
        }
        return count;
    }

    /**
     * What the windows hold at present.
     *
     * @return in bytes.
     */
    public long windowBytes() {
        long bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            bytes += entries.get(i).hub.heldBytes();
        }
        return bytes;
    }

    private void removeEmpty() {
        entries.removeIf(entry -> entry.hub.memberCount() == 0);
    }
}
