package io.lockstep.cluster.core;

import org.agrona.DirectBuffer;

/** Takes the messages of a snapshot in their order. Called on the engine's thread. */
@FunctionalInterface
public interface SnapshotSink {
    /**
     * Takes one message.
     *
     * @param buffer that holds it, valid during the call only.
     * @param offset of its first byte.
     * @param length in bytes, at most {@link Limits#MAX_SNAPSHOT_MESSAGE_LENGTH}.
     */
    void append(DirectBuffer buffer, int offset, int length);
}
