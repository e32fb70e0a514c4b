package io.lockstep.client.internal;

import io.lockstep.client.SubscriberListener;

/**
 * Finds the live end of a journal for readers that begin there while the shared reader may stand somewhat before it. Who
 * comes after it began to look waits for the next one: else it would get what was accepted before. Belongs to the thread
 * that owns the client.
 */
final class LiveProbe implements SubscriberListener {
    private RecordReader reader;
    private long position = -1;
    private int userCount;

    boolean isBegun() {
        return reader != null || isDone();
    }

    boolean isDone() {
        return position >= 0;
    }

    long position() {
        return position;
    }

    int nodeId() {
        return reader == null ? -1 : reader.nodeId();
    }

    void begin(final RecordReader newReader) {
        reader = newReader;
    }

    void hint(final long journalPosition) {
        if (reader != null) {
            reader.hint(journalPosition);
        }
    }

    void addUser() {
        userCount++;
    }

    /** One user less; true where none is left. */
    boolean removeUser() {
        return --userCount == 0;
    }

    /** Looks; the handler is to put the record back and say by {@link #found} where it begins. */
    void poll(final RecordHandler handler) {
        reader.poll(handler, 1);
        if (!isDone()) {
            position = reader.position();
        }
        if (isDone()) {
            close();
        }
    }

    void found(final long newPosition) {
        position = newPosition;
    }

    @Override
    public void onCursorLost(final int shardId, final long wantedPosition, final long firstReadablePosition) {
        // Those who wait begin there, and find out and say themselves what to do.
        position = wantedPosition;
    }

    void close() {
        if (reader != null) {
            reader.close();
            reader = null;
        }
    }
}
