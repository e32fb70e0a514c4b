package io.lockstep.client.internal;

import io.lockstep.archive.replay.StartPosition;
import io.lockstep.client.SubscriberListener;

/** Opens readers of one shard's journal. */
@FunctionalInterface
public interface ReaderSupplier {
    /**
     * Opens a reader; it connects while it is polled.
     *
     * @param start    where to begin.
     * @param listener is told of moves and losses, from within the reader's {@code poll}.
     * @return the reader, to be closed by the caller.
     */
    RecordReader open(StartPosition start, SubscriberListener listener);
}
