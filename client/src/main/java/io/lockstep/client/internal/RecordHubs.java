package io.lockstep.client.internal;

import io.lockstep.client.SubscriberListener;
import java.util.ArrayList;
import java.util.List;
import org.agrona.concurrent.SystemNanoClock;

/**
 * The hubs of a client: subscribers of a shard share one live reader where they want the same node and the same silence
 * time-out, and through a gateway the same topics. Belongs to the thread that owns the client.
 */
public final class RecordHubs {
    private final ClusterPath path;
    private final int windowLength;
    private final int maxCatchUpReaders;
    private final List<Entry> entries = new ArrayList<>();

    private record Entry(ReadRequest request, RecordHub hub) {
        // Where to begin is each one's own.
        boolean isFor(final ReadRequest other) {
            return request.from(other.start()).equals(other);
        }
    }

    /**
     * None yet.
     *
     * @param path              to the journals; stays the caller's.
     * @param windowLength      of each hub in bytes, a power of two.
     * @param maxCatchUpReaders of each hub.
     */
    public RecordHubs(final ClusterPath path, final int windowLength, final int maxCatchUpReaders) {
        this.path = path;
        this.windowLength = windowLength;
        this.maxCatchUpReaders = maxCatchUpReaders;
    }

    /**
     * Opens a reader.
     *
     * @param request  what to read.
     * @param listener is told of moves and losses.
     * @return the reader, to be closed by the caller.
     */
    public RecordReader open(final ReadRequest request, final SubscriberListener listener) {
        removeEmpty();
        final ReadRequest shared = path.isFiltering() ? request : ofEverything(request);
        for (final Entry entry : entries) {
            if (entry.isFor(shared)) {
                return entry.hub.open(request.start(), listener);
            }
        }
        final RecordHub hub = new RecordHub(
                request.shardId(),
                (readerStart, told) -> path.openReader(shared.from(readerStart), told),
                windowLength,
                maxCatchUpReaders,
                SystemNanoClock.INSTANCE);
        entries.add(new Entry(shared, hub));
        return hub.open(request.start(), listener);
    }

    private static ReadRequest ofEverything(final ReadRequest request) {
        return new ReadRequest(
                request.shardId(),
                request.preferredNodeId(),
                request.silenceTimeoutNs(),
                RecordSelection.EVERYTHING,
                request.start());
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
